import { Command, Option } from 'commander';
import { given } from '../../util/given.ts';
import { adminCommand } from './admin-command.ts';

interface UsageOptions {
  readonly from?: string;
  readonly to?: string;
  readonly app?: string;
  readonly key?: string;
  readonly operation?: string;
  readonly by?: string;
  readonly csv?: boolean;
  readonly kind?: string;
}

/** `tributary usage`: what apps have used. */
export function usageCommand(): Command {
  return new Command('usage')
    .description('Shows what was used, for people and for billing.')
    .addCommand(
      filtered(
        adminCommand<UsageOptions>('show', 'Shows calls, units, failures and latency.', (console, options) =>
          console.call('showUsage', {
            query: {
              ...filterOf(options),
              ...given({ by: options.by, format: options.csv ? 'csv' : undefined }),
            },
          }),
        ),
      )
        .option('--by <groups>', 'hour, day, app, key, operation; parted by commas', 'app')
        .option('--csv', 'as CSV'),
    )
    .addCommand(
      filtered(
        adminCommand<UsageOptions>(
          'details',
          'Counts errors, failing fields or requests to backends.',
          (console, options) =>
            console.call('showUsageDetails', {
              query: { ...filterOf(options), ...given({ kind: options.kind }) },
            }),
        ),
      ).addOption(new Option('--kind <kind>', 'what is counted').choices(['code', 'field', 'upstream'])),
    )
    .addCommand(
      adminCommand<UsageOptions>(
        'bill <period>',
        'Gives what a month (2026-11) is billed for.',
        (console, { csv }, period) =>
          console.call('billPeriod', {
            parameters: { period },
            query: given({ format: csv ? 'csv' : undefined }),
          }),
      ).option('--csv', 'as CSV'),
    )
    .addCommand(
      adminCommand('close <period>', 'Closes a month: its lines are frozen.', (console, _, period) =>
        console.call('closePeriod', { parameters: { period }, body: {} }),
      ),
    )
    .addCommand(
      adminCommand<UsageOptions>(
        'reconcile',
        'Tells where the statistics differ from the events.',
        (console, { from, to }) => console.call('reconcileUsage', { query: given({ from, to }) }),
      )
        .option('--from <instant>', 'since when: 2026-01-31T00:00:00Z')
        .option('--to <instant>', 'until when'),
    );
}

function filtered(command: Command): Command {
  return command
    .option('--from <instant>', 'since when: 2026-01-31T00:00:00Z; a week ago where nothing is said')
    .option('--to <instant>', 'until when; now where nothing is said')
    .option('--app <app>', 'of this app alone')
    .option('--key <key>', 'with this key alone')
    .option('--operation <hash>', 'of this operation alone');
}

function filterOf({ from, to, app, key, operation }: UsageOptions): Record<string, unknown> {
  return given({ from, to, app, key, operation });
}
