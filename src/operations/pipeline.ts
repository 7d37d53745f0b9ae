import type { Clock } from '../util/clock.ts';
import type { Cache } from './caches/cache.ts';
import type { Call, Policy } from './call.ts';
import type { OpenOperation } from './operation.ts';
import { cachePolicy } from './policies/cache.ts';
import { deadline } from './policies/deadline.ts';
import { split } from './policies/split.ts';
import { timeout } from './policies/timeout.ts';
import { trace } from './policies/trace.ts';

/** What the policies share. */
export interface PipelineServices {
  readonly cache: Cache;
  readonly clock: Clock;
}

/**
 * The tour guide: every policy between a resolver and a backend, outermost first. The loader stands above the first,
 * the transport below the last.
 *
 * | policy   | why it stands there |
 * |----------|---------------------|
 * | trace    | sees the batch as the graph asked for it |
 * | deadline | what is left of the client's time caps everything below |
 * | cache    | after batching: one question to the cache answers a batch, and only the misses travel on |
 * | split    | cuts what is left into wire requests; below it one call is one request |
 * | timeout  | per attempt |
 *
 * Collapsing equal reads has its place between cache and split; retry, breaker and bulkhead, in that order, theirs
 * between split and timeout.
 */
export function readPolicies({ cache, clock }: PipelineServices): readonly Policy[] {
  return [trace, deadline, cachePolicy(cache, clock), split, timeout];
}

/** Writes are never kept. */
export function writePolicies(): readonly Policy[] {
  return [trace, deadline, split, timeout];
}

/** Wraps a transport's call in policies given outermost first. */
export function compose<I, O>(
  policies: readonly Policy[],
  call: Call<I, O>,
  operation: OpenOperation,
): Call<I, O> {
  return policies.reduceRight((next, policy) => policy(next, operation), call);
}
