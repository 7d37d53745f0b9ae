import type { Verdict } from './limit-store.ts';
import type { PlanLimits } from './plan-limits.ts';

/** Names and values, one after the other, as `writeHead` takes them. */
export type RateHeaders = readonly string[];

/**
 * The `RateLimit-Policy` of a plan (draft-ietf-httpapi-ratelimit-headers-10 §3): how many requests a minute, and how many
 * at the same time. Made once a plan.
 */
export function policyHeader({ perMinute, running }: PlanLimits): string {
  const requests = `"requests";q=${perMinute};w=60`;
  return running === 0 ? requests : `${requests}, "running";q=${running};qu="concurrent-requests"`;
}

/** Both headers of an answer (§4): how many requests may follow at once, and in how many seconds as many as ever may. */
export function rateHeaders(policy: string, { remaining, fullInMs, retryInMs }: Verdict): RateHeaders {
  const seconds = Math.ceil((remaining === 0 && retryInMs > 0 ? retryInMs : fullInMs) / 1_000);
  return ['ratelimit-policy', policy, 'ratelimit', `"requests";r=${remaining};t=${seconds}`];
}
