import type { Log } from '../telemetry/log.ts';
import type { Clock } from '../util/clock.ts';
import type { Background } from './background.ts';
import type { Cache } from './caches/cache.ts';
import type { Call } from './call.ts';
import { Circuits } from './circuits.ts';
import type { OpenOperation } from './operation.ts';
import { Passes } from './passes.ts';
import { breakerPolicy, openCircuitPolicy } from './policies/breaker.ts';
import { bulkheadPolicy } from './policies/bulkhead.ts';
import { cachePolicy } from './policies/cache.ts';
import { collapsePolicy } from './policies/collapse.ts';
import { deadline } from './policies/deadline.ts';
import { evictPolicy, WriteCounts } from './policies/evict.ts';
import { fillPolicy } from './policies/fill.ts';
import { hedgePolicy } from './policies/hedge.ts';
import { retryPolicy } from './policies/retry.ts';
import { split } from './policies/split.ts';
import { type SwitchedOffOf, switchedPolicy } from './policies/switched.ts';
import { throttlePolicy } from './policies/throttle.ts';
import { timeout } from './policies/timeout.ts';
import { trace } from './policies/trace.ts';
import type { Policy } from './policy.ts';

/** What the policies share. */
export interface PipelineServices {
  readonly cache: Cache;
  readonly clock: Clock;
  readonly background: Background;
  readonly log: Log;
  /** From 0 to 1; injected by tests. */
  readonly random?: () => number;
  /** What operators have switched off. @default nothing, ever */
  readonly switchedOff?: SwitchedOffOf | undefined;
}

/** The lists of policies of one engine: what is shared between operations (breakers, bulkheads) is shared by both. */
export interface Pipeline {
  readonly reads: readonly Policy[];
  readonly writes: readonly Policy[];
}

/**
 * The tour guide: every policy between a resolver and a backend, outermost first. The loader stands above the first,
 * the transport below the last.
 *
 * | policy       | why it stands there |
 * |--------------|---------------------|
 * | trace        | sees the batch as the graph asked for it |
 * | deadline     | what is left of the client's time caps everything below |
 * | switched     | a datasource that is switched off with all that is kept of it fails here; one whose kept answers still count fails above `split` |
 * | cache        | after batching: one question to the cache answers a batch, and only the misses travel on |
 * | collapse     | equal reads of different requests wait for one call; below the cache, so that only misses wait |
 * | fill         | below collapse, so that what many wait for is asked and kept once; asks other processes first |
 * | split        | cuts what is left into wire requests; below it one call is one request |
 * | retry        | only the inputs of the wire request that failed |
 * | throttle     | a datasource that asked to be left alone is; inside retry, which waits where there is time |
 * | hedge        | a second attempt is one like any other: it counts, takes a place, and has its own time |
 * | open circuit | what the breaker would refuse waits for no place |
 * | bulkhead     | so many attempts at a time, and so many wait |
 * | breaker      | inside retry, so that every attempt counts; below the bulkhead, so that what waited while the circuit opened is not sent |
 * | timeout      | per attempt, and not for the time spent waiting for a place |
 *
 * Writes are never kept and never shared; retry leaves them alone unless their author declared them idempotent. Their
 * `evict` stands inside the deadline: what a write made untrue is evicted though its client has left.
 */
export function pipelineOf(services: PipelineServices): Pipeline {
  const { clock, random = Math.random } = services;
  const { switchedOff } = services;
  const shared = { ...services, random, passes: new Passes(), writes: new WriteCounts() };
  const circuits = new Circuits(clock);
  const perWireRequest = [
    split,
    retryPolicy(random),
    throttlePolicy(clock),
    hedgePolicy(),
    openCircuitPolicy(circuits),
    bulkheadPolicy(),
    breakerPolicy(circuits),
    timeout,
  ];
  return {
    reads: [
      trace,
      deadline,
      switchedPolicy(switchedOff, ['fail-fast']),
      cachePolicy(shared),
      collapsePolicy(shared),
      fillPolicy(shared),
      switchedPolicy(switchedOff, ['serve-stale', 'fail-fast']),
      ...perWireRequest,
    ],
    writes: [
      trace,
      deadline,
      switchedPolicy(switchedOff, ['serve-stale', 'fail-fast']),
      evictPolicy(shared),
      ...perWireRequest,
    ],
  };
}

/** Wraps a transport's call in policies given outermost first. */
export function compose<I, O>(
  policies: readonly Policy[],
  call: Call<I, O>,
  operation: OpenOperation,
): Call<I, O> {
  return policies.reduceRight((next, policy) => policy(next, operation), call);
}
