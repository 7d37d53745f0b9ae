import type { Caller } from '../caller.ts';
import type { Trace } from '../telemetry/trace.ts';
import type { CancelSignal } from '../util/abort.ts';
import type { Lookups } from './caches/lookups.ts';
import type { Forwarded } from './forwarded.ts';
import type { Outcome, Validator } from './outcome.ts';
import type { ReturnedHeaders } from './returned-headers.ts';

/**
 * The one shape under every operation: many inputs in; as many outcomes out, in the same order. A rejected promise
 * means that every input failed with that error.
 */
export type Call<I, O> = (inputs: readonly I[], context: CallContext) => Promise<readonly Outcome<O>[]>;

/** The canonical text of each input of a list, in the same order. */
export interface ToldInputs {
  readonly inputs: readonly unknown[];
  readonly texts: readonly string[];
}

export interface CallContext {
  readonly caller: Caller;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: CancelSignal;
  /** When the client stops waiting: `performance.now()` milliseconds. */
  readonly deadline: number;
  readonly requestId: string;
  readonly trace: Trace;
  /** What of the client's request a datasource may forward; absent where none forwards anything. */
  readonly forwarded?: Forwarded | undefined;
  /** Where headers of services' answers go; absent where the call is made for nobody's request in particular. */
  readonly returned?: ReturnedHeaders | undefined;
  /** What the loader knows of the inputs already; good for nothing but the very list that it names. */
  readonly told?: ToldInputs;
  /** By input object: what the cache holds of it, so that the backend can answer "not modified". */
  readonly validators?: ReadonlyMap<unknown, Validator>;
  /** What the cache was asked for each input, and found. Between the policies only. */
  readonly lookups?: Lookups | undefined;
}
