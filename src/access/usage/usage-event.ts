import type { Audience } from '../../caller.ts';

/**
 * What became of an operation. `ok` and `partial` gave data; `error` gave none; of `aborted` the client left after its
 * execution had begun; `refused` never began: a limit, a credential or a mistake in the document stood before it.
 */
export type UsageOutcome = 'ok' | 'partial' | 'error' | 'aborted' | 'refused';

/** What is known of an operation when its answer is about to be sent. */
export interface Used {
  /** The id of the request, as its answer and the log tell it. A client may have chosen it, so it is no key. */
  readonly request: string;
  /** Public id of the API key; empty where there was none. */
  readonly key: string;
  /** The app that it is billed to; empty for anonymous callers. */
  readonly app: string;
  readonly caller: string;
  readonly audience: Audience;
  /** SHA-256 of the document, in hexadecimal digits; empty where the document was not known. */
  readonly operation: string;
  readonly name: string | undefined;
  /** `query`, `mutation`, `subscription`, or `none`. */
  readonly kind: string;
  readonly outcome: UsageOutcome;
  /** The first error code of the answer. */
  readonly code: string | undefined;
  /** The schema coordinates of fields that failed, each once: `Ride.driver`. */
  readonly fields: readonly string[];
  /** What it cost: units of `@cost`. */
  readonly units: number;
  /** Bytes of the answer's body. */
  readonly bytes: number;
  /** From the arrival of the request to its answer, in whole microseconds. */
  readonly micros: number;
  /** Requests sent to backends, by datasource. */
  readonly upstream: Readonly<Record<string, number>>;
  /** How many requests this stands for; refused ones are counted together. */
  readonly count: number;
}

/** Of what asked no backend. */
export const noCalls: Readonly<Record<string, number>> = Object.freeze({});

/** One line of the usage log: counted exactly once, by its id. */
export interface UsageEvent extends Used {
  /** A ULID: unique, and sorted by time. */
  readonly id: string;
  /** When the answer was ready: milliseconds since the epoch, by the clock of its node. */
  readonly at: number;
  /** The process that wrote it. */
  readonly node: string;
  /** Ascending within the node, without gaps. */
  readonly seq: number;
}

/** Member by member: a spread looks each name up, for every event. */
export function eventOf(used: Used, id: string, at: number, node: string, seq: number): UsageEvent {
  return {
    id,
    at,
    node,
    seq,
    request: used.request,
    key: used.key,
    app: used.app,
    caller: used.caller,
    audience: used.audience,
    operation: used.operation,
    name: used.name,
    kind: used.kind,
    outcome: used.outcome,
    code: used.code,
    fields: used.fields,
    units: used.units,
    bytes: used.bytes,
    micros: used.micros,
    upstream: used.upstream,
    count: used.count,
  };
}

/** Whether an operation is billed: those that gave data, and those whose client left after they had begun. */
export function isBilled(outcome: UsageOutcome): boolean {
  return outcome === 'ok' || outcome === 'partial' || outcome === 'aborted';
}
