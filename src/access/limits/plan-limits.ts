import type { QuotaLimit } from './quota.ts';

/** What a plan allows. The same object for as long as the plan is the same. */
export interface PlanLimits {
  readonly perMinute: number;
  /** Requests at once, after a pause. */
  readonly burst: number;
  /** Requests of one key under way at the same time; 0 for any number. */
  readonly running: number;
  readonly quota?: QuotaLimit | undefined;
}
