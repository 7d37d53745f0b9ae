import type { Caller } from '../caller.ts';
import type { ErrorCode } from '../errors.ts';
import type { RequestTelemetry } from '../telemetry/telemetry.ts';
import type { CancelSignal } from '../util/abort.ts';
import type { MediaType } from './answer-status.ts';
import type { Gate } from './gate.ts';

/** What belongs to one GraphQL request that came over HTTP, beside the request itself. */
export interface HttpRun {
  readonly caller: Caller;
  /** Where the request came from: the client's address, behind trusted proxies. Empty where it is not known. */
  readonly address?: string;
  /** Whether the caller asked for an explanation, and may have one. */
  readonly explain?: boolean;
  /** Asked once, before the operation is answered; without it every operation may pass. */
  readonly gate?: Gate | undefined;
  /** Aborted when the client has left. */
  readonly signal: CancelSignal;
  /** Aborts the signal: the operation ends what runs for it. */
  abort(reason: Error): void;
  /** When the client stops waiting: `performance.now()` milliseconds. */
  readonly deadline: number;
  readonly requestId: string;
  readonly telemetry: RequestTelemetry;
  /** Headers of the request that datasources may forward; absent where none does. */
  readonly forwarded?: Readonly<Record<string, string>> | undefined;
  /** The media type that the client prefers. */
  readonly mediaType: MediaType;
}

/** What became of a request: for its record in the log and for the metrics. */
export interface RunReport {
  kind: string;
  operationName: string | undefined;
  /** First characters of the document's SHA-256; the text itself is never logged. */
  document: string | undefined;
  codes: readonly ErrorCode[];
  /** What the operation might have cost, and what its answer did, in units of `@cost`. */
  estimatedCost?: number | undefined;
  actualCost?: number | undefined;
  /** Whether something of the data is there, where there are errors. */
  hasData?: boolean;
  /** The schema coordinates of fields that failed, each once: `Ride.driver`. */
  failedFields?: readonly string[];
  /** The answer was kept as a whole, or another request's. */
  wholeAnswer?: boolean;
}

export function emptyReport(): RunReport {
  return { kind: 'none', operationName: undefined, document: undefined, codes: [] };
}
