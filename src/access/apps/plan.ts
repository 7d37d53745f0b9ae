import type { Audience } from '../../caller.ts';
import type { KeyLocation } from '../keys/verified-key.ts';

/** What the apps of a plan may ask for, and how much of it. */
export interface Plan {
  readonly name: string;
  readonly audience: Audience;
  /** What every app on it is granted. */
  readonly scopes: readonly string[];
  /** Requests a minute, on average; `undefined`: no limit. */
  readonly limitPerMinute: number | undefined;
  /** Requests at once, after a rest. */
  readonly burst: number | undefined;
  /** Requests under way at the same time. */
  readonly concurrency: number | undefined;
  /** Units of cost in each period; `undefined`: no quota. */
  readonly quotaUnits: number | undefined;
  readonly quotaPeriod: 'day' | 'month';
  /** Units that one operation may cost. */
  readonly maxCost: number | undefined;
  /** Whether apps on it may run registered operations only. */
  readonly registeredOnly: boolean;
  /** Where its keys may be given. */
  readonly locations: readonly KeyLocation[];
}

export type PlanRow = {
  readonly name: string;
  readonly audience: string;
  readonly scopes: string;
  readonly limit_per_minute: number | null;
  readonly burst: number | null;
  readonly concurrency: number | null;
  readonly quota_units: number | null;
  readonly quota_period: string | null;
  readonly max_cost: number | null;
  readonly registered_only: number;
  readonly locations: string;
};

export function planOf(row: PlanRow): Plan {
  return {
    name: row.name,
    audience: row.audience as Audience,
    scopes: JSON.parse(row.scopes) as string[],
    limitPerMinute: row.limit_per_minute ?? undefined,
    burst: row.burst ?? undefined,
    concurrency: row.concurrency ?? undefined,
    quotaUnits: row.quota_units ?? undefined,
    quotaPeriod: row.quota_period === 'day' ? 'day' : 'month',
    maxCost: row.max_cost ?? undefined,
    registeredOnly: row.registered_only === 1,
    locations: JSON.parse(row.locations) as KeyLocation[],
  };
}
