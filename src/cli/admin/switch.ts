import { Command, Option } from 'commander';
import { switchTargets } from '../../access/switches/switch.ts';
import { given } from '../../util/given.ts';
import { adminCommand } from './admin-command.ts';
import { duration } from './values.ts';

interface OffOptions {
  readonly reason: string;
  readonly for?: number;
  readonly mode?: string;
}

/** `tributary switch`: switches things off, and on again. */
export function switchCommand(): Command {
  const targets = switchTargets.join(', ');
  return new Command('switch')
    .description('Switches things off while the server runs, on every replica within a second.')
    .addCommand(
      adminCommand('list', 'Lists what is switched off.', (console) => console.call('listSwitches')),
    )
    .addCommand(
      adminCommand<OffOptions>(
        'off <target> [name]',
        `Switches something off. Targets: ${targets}.`,
        (console, { reason, for: forMs, mode }, target, name) =>
          console.call('setSwitch', { body: given({ target, name, reason, forMs, mode }) }),
      )
        .requiredOption('--reason <text>', 'why, for those who find it later')
        .option('--for <time>', 'for how long: 10m, 1h', duration)
        .addOption(
          new Option(
            '--mode <mode>',
            'of a datasource: whether what is kept of it may still be used',
          ).choices(['serve-stale', 'fail-fast']),
        ),
    )
    .addCommand(
      adminCommand('on <target> [name]', 'Switches it on again.', (console, _, target, name = '*') =>
        console.call('endSwitch', { parameters: { id: `${target}:${name}` } }),
      ),
    );
}
