import { Command, Option } from 'commander';
import { switchTargets } from '../../access/switches/switch.ts';
import { given } from '../../util/given.ts';
import { adminCommand } from './admin-command.ts';
import { checkDatasourceName } from './datasource-name.ts';
import { duration } from './values.ts';

interface OffOptions {
  readonly reason: string;
  readonly for?: number;
  readonly mode?: string;
  readonly project: string;
  readonly url?: string;
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
        async (server, { reason, for: forMs, mode, project, url }, target, name) => {
          // A server knows its own, and refuses others.
          const isUnknown = target === 'datasource' && name !== undefined && url === undefined;
          const warning = isUnknown ? await checkDatasourceName(project, name.trim()) : undefined;
          const done = await server.call('setSwitch', { body: given({ target, name, reason, forMs, mode }) });
          if (warning !== undefined) console.error(`Warning: ${warning}`);
          return done;
        },
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
