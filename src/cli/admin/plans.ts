import { Command, Option } from 'commander';
import { given } from '../../util/given.ts';
import { adminCommand } from './admin-command.ts';
import { wholeNumberOrNone, words } from './values.ts';

type Limit = number | 'none';

interface PlanOptions {
  readonly audience?: string;
  readonly scopes?: readonly string[];
  readonly limitPerMinute?: Limit;
  readonly burst?: Limit;
  readonly concurrency?: Limit;
  readonly quotaUnits?: Limit;
  readonly quotaPeriod?: string;
  readonly maxCost?: Limit;
  readonly registeredOnly?: boolean;
  readonly locations?: readonly string[];
}

/** `tributary plans`: what apps may ask for, and how much of it. */
export function plansCommand(): Command {
  return new Command('plans')
    .description('Makes and changes plans.')
    .addCommand(adminCommand('list', 'Lists the plans.', (console) => console.call('listPlans')))
    .addCommand(
      adminCommand<PlanOptions>(
        'put <plan>',
        'Makes a plan, or changes what is given of it.',
        (console, options, plan) => console.call('putPlan', { parameters: { plan }, body: bodyOf(options) }),
      )
        .addOption(
          new Option('--audience <audience>', 'the contract that it sees').choices([
            'OPEN',
            'PARTNER',
            'INTERNAL',
          ]),
        )
        .option('--scopes <scopes>', 'what it grants, parted by commas', words)
        .option('--limit-per-minute <count>', 'requests a minute, or none', wholeNumberOrNone)
        .option('--burst <count>', 'requests at once, after a rest', wholeNumberOrNone)
        .option('--concurrency <count>', 'requests under way at the same time, or none', wholeNumberOrNone)
        .option('--quota-units <count>', 'units of cost in each period, or none', wholeNumberOrNone)
        .addOption(new Option('--quota-period <period>', 'the period of the quota').choices(['day', 'month']))
        .option('--max-cost <count>', 'units that one operation may cost, or none', wholeNumberOrNone)
        .option('--registered-only', 'its apps may run registered operations only')
        .option('--no-registered-only', 'its apps may run any operation')
        .option('--locations <places>', 'where keys may be given: header, query, body', words),
    )
    .addCommand(
      adminCommand('remove <plan>', 'Removes a plan that no app is on.', (console, _, plan) =>
        console.call('removePlan', { parameters: { plan } }),
      ),
    );
}

function bodyOf(options: PlanOptions): Record<string, unknown> {
  const { audience, scopes, limitPerMinute, burst, concurrency, quotaUnits, quotaPeriod } = options;
  const { maxCost, registeredOnly, locations } = options;
  const limits = { limitPerMinute, burst, concurrency, quotaUnits, maxCost };
  const taken = Object.entries(limits).map(([name, limit]) => [name, limit === 'none' ? null : limit]);
  return given({ audience, scopes, quotaPeriod, registeredOnly, locations, ...Object.fromEntries(taken) });
}
