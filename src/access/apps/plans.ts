import { TributaryError } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { badInput, checkedScopes } from '../inputs.ts';
import { allowOperators } from '../people/role.ts';
import type { Database } from '../state/database.ts';
import type { Writer } from '../writer.ts';
import type { KnownPlans } from './known-plans.ts';
import { type Plan, type PlanRow, planOf } from './plan.ts';

/** What is given of a plan; `null` takes a limit away. */
export type PlanChange = Partial<Omit<Plan, 'name' | Limit>> & { readonly [Name in Limit]?: number | null };

const limits = ['limitPerMinute', 'burst', 'concurrency', 'quotaUnits', 'maxCost'] as const;
type Limit = (typeof limits)[number];

/** The plans that apps are on. `open`, `partner` and `internal` are there from the start. */
export interface Plans extends KnownPlans {
  /**
   * Makes a plan, or changes what it says of whatever is given; every replica follows within a second.
   *
   * @throws TributaryError `FORBIDDEN`, `BAD_USER_INPUT`
   */
  put(actor: Actor, name: string, change: PlanChange): Promise<Plan>;
  /** Removes a plan that no app is on. Rejects with `NOT_FOUND`, `CONFLICT`, `FORBIDDEN`. */
  remove(actor: Actor, name: string): Promise<void>;
}

/** What a new plan says where nothing is said: little. */
const cautious: Omit<Plan, 'name'> = {
  audience: 'OPEN',
  scopes: [],
  limitPerMinute: 60,
  burst: 20,
  concurrency: 5,
  quotaUnits: 10_000,
  quotaPeriod: 'day',
  maxCost: 1_000,
  registeredOnly: false,
  locations: ['header'],
};

export function openPlans(known: KnownPlans, writer: Writer): Plans {
  return {
    get: known.get,
    all: known.all,
    get generation() {
      return known.generation;
    },
    put: (actor, name, changed) =>
      writer.write({ actor, action: 'plan.put', target: name }, async ({ database, publish }) => {
        allowOperators(actor);
        if (!/^[a-z][a-z0-9-]{0,39}$/.test(name))
          throw badInput('The name of a plan is made of small letters, digits and hyphens.');
        const before = await read(database, name);
        const plan = checked({ ...(before ?? cautious), ...limitsTaken(changed), name });
        await store(database, plan);
        await publish('plan', name);
        return { result: plan, before, after: plan };
      }),
    remove: (actor, name) =>
      writer.write({ actor, action: 'plan.remove', target: name }, async ({ database, publish }) => {
        allowOperators(actor);
        const before = await read(database, name);
        if (before === undefined) throw new TributaryError('NOT_FOUND');
        const [user] = await database.all('SELECT app_id FROM apps WHERE plan = ? LIMIT 1', [name]);
        if (user !== undefined) throw new TributaryError('CONFLICT', 'An app is on this plan.');
        await database.run('DELETE FROM plans WHERE name = ?', [name]);
        await publish('plan', name);
        return { result: undefined, before };
      }),
  };
}

/** The plan as the transaction sees it. */
export async function read(database: Database, name: string): Promise<Plan | undefined> {
  const [row] = await database.all<PlanRow>('SELECT * FROM plans WHERE name = ?', [name]);
  return row === undefined ? undefined : planOf(row);
}

/** A plan has no limit where it says nothing of it. */
function limitsTaken(change: PlanChange): Partial<Plan> {
  const entries = Object.entries(change).map(([part, value]) => [part, value ?? undefined]);
  return Object.fromEntries(entries) as Partial<Plan>;
}

function checked(plan: Plan): Plan {
  for (const limit of limits) {
    const value = plan[limit];
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0))
      throw badInput(`\`${limit}\` is a whole number above 0, or is left out.`);
  }
  if (plan.limitPerMinute !== undefined && plan.burst === undefined)
    throw badInput('A plan with `limitPerMinute` needs `burst` too: how many requests may come at once.');
  if (!['OPEN', 'PARTNER', 'INTERNAL'].includes(plan.audience)) throw badInput('There is no such audience.');
  if (!['day', 'month'].includes(plan.quotaPeriod)) throw badInput('A period is `day` or `month`.');
  if (plan.locations.some((each) => !['header', 'query', 'body'].includes(each)))
    throw badInput('A key may be given in the `header`, the `query` or the `body`.');
  return { ...plan, scopes: checkedScopes(plan.scopes), locations: [...new Set(plan.locations)] };
}

async function store(database: Database, plan: Plan): Promise<void> {
  const columns = {
    audience: plan.audience,
    scopes: JSON.stringify(plan.scopes),
    limit_per_minute: plan.limitPerMinute ?? null,
    burst: plan.burst ?? null,
    concurrency: plan.concurrency ?? null,
    quota_units: plan.quotaUnits ?? null,
    quota_period: plan.quotaPeriod,
    max_cost: plan.maxCost ?? null,
    registered_only: plan.registeredOnly ? 1 : 0,
    locations: JSON.stringify(plan.locations),
  };
  const names = Object.keys(columns);
  await database.run(
    `INSERT INTO plans (name, ${names.join(', ')}) VALUES (?, ${names.map(() => '?').join(', ')})
     ON CONFLICT (name) DO UPDATE SET ${names.map((column) => `${column} = excluded.${column}`).join(', ')}`,
    [plan.name, ...Object.values(columns)],
  );
}
