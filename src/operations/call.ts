import type { Caller } from '../caller.ts';
import type { Trace } from '../telemetry/trace.ts';
import type { Lookup } from './caches/cache.ts';
import type { Outcome, Validator } from './outcome.ts';

/**
 * The one shape under every operation: many inputs in; as many outcomes out, in the same order. A rejected promise
 * means that every input failed with that error.
 */
export type Call<I, O> = (inputs: readonly I[], context: CallContext) => Promise<readonly Outcome<O>[]>;

export interface CallContext {
  readonly caller: Caller;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** When the client stops waiting: `performance.now()` milliseconds. */
  readonly deadline: number;
  readonly requestId: string;
  readonly trace: Trace;
  /** By input object: what the cache holds of it, so that the backend can answer "not modified". */
  readonly validators?: ReadonlyMap<unknown, Validator>;
  /** For each input, in the same order: what the cache was asked and found. Between the policies only. */
  readonly lookups?: readonly Lookup[];
}
