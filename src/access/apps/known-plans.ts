import type { Changes } from '../state/changes.ts';
import type { Database } from '../state/database.ts';
import { type Plan, type PlanRow, planOf } from './plan.ts';

/** Every plan, in this process and in step with the database: there are few of them. */
export interface KnownPlans {
  get(name: string): Plan | undefined;
  all(): readonly Plan[];
  /** Counts up whenever a plan has changed: what was worked out under another number is worked out anew. */
  readonly generation: number;
}

export async function openKnownPlans(database: Database, changes: Changes): Promise<KnownPlans> {
  let plans = new Map<string, Plan>();
  let generation = 0;
  const read = async (): Promise<void> => {
    const rows = await database.all<PlanRow>('SELECT * FROM plans ORDER BY name');
    plans = new Map(rows.map((row) => [row.name, planOf(row)]));
    generation += 1;
  };
  await changes.follow({ kinds: ['plan'], changed: read, resync: read });
  return {
    get: (name) => plans.get(name),
    all: () => [...plans.values()],
    get generation() {
      return generation;
    },
  };
}
