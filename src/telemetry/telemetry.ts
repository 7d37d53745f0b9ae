import type { DestinationStream } from 'pino';
import { codeOf, errorTable, isTributaryError } from '../errors.ts';
import { type JsonLog, type LogLevel, logDestination, openJsonLog } from './json-log.ts';
import type { Log } from './log.ts';
import { type Metrics, openMetrics } from './metrics.ts';
import type { OperationCounts } from './operation-counts.ts';
import { RequestTrace } from './request-trace.ts';
import type { Span } from './span.ts';
import type { Trace } from './trace.ts';

/** Log, metrics and traces of one server. */
export interface Telemetry {
  readonly log: Log;
  readonly metrics: Metrics;
  /** A GraphQL request begins. */
  request(requestId: string, traceparent?: string): RequestTelemetry;
  /** Writes and sends what is left. */
  close(): Promise<void>;
}

export interface RequestTelemetry {
  readonly trace: Trace;
  /** What was done for the request so far, by operation. */
  readonly operations: ReadonlyMap<string, OperationCounts>;
  /** One thing that failed, however many fields it failed for. What a client may not read goes to the log here. */
  failed(failure: Failure): void;
  /** The request is over. Counts once; later calls do nothing. */
  end(outcome: RequestOutcome): void;
}

export interface Failure {
  readonly error: Error;
  /** How many fields it failed for. */
  readonly fields: number;
  /** The first of them, as the path in the answer. */
  readonly path: string | undefined;
}

export interface RequestOutcome {
  readonly caller: string;
  readonly audience: string;
  readonly app?: string | undefined;
  /** The public id of the key that was used. */
  readonly key?: string | undefined;
  readonly user?: string | undefined;
  /** `query`, `mutation`, `subscription`, or `none` where no operation could be told. */
  readonly kind: string;
  readonly operationName: string | undefined;
  /** First characters of the document's SHA-256. */
  readonly document: string | undefined;
  readonly status: number;
  /** The codes of the answer's errors, each once. */
  readonly codes: readonly string[];
  /** The answer was kept as a whole, or another request's. */
  readonly wholeAnswer?: boolean | undefined;
  /** What the answer cost, or might have: units of `@cost`. */
  readonly cost?: number | undefined;
}

export interface TelemetryOptions {
  readonly logLevel: LogLevel;
  /** OTLP/HTTP address; without it no tracer is loaded. */
  readonly traceUrl?: string | undefined;
  /** Where the log goes, for tests. @default the standard output */
  readonly logStream?: DestinationStream;
}

/** Opens log, metrics and, where an address is given, traces. */
export async function openTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const metrics = openMetrics();
  const log = openJsonLog(options.logLevel, options.logStream ?? logDestination(1, metrics.logRecordDropped));
  const tracing = options.traceUrl ? (await import('./spans.ts')).openTracing(options.traceUrl) : undefined;
  return {
    log,
    metrics,
    request: (requestId, traceparent) =>
      new RequestRecord(requestId, log, metrics, tracing?.request(traceparent)),
    async close() {
      await tracing?.close();
      await log.flush();
    },
  };
}

const nothingDone: ReadonlyMap<string, OperationCounts> = new Map();

/** The record of one request. Its trace is made when somebody asks for it: a whole answer needs none. */
class RequestRecord implements RequestTelemetry {
  readonly #requestId: string;
  readonly #log: JsonLog;
  readonly #metrics: Metrics;
  readonly #span: Span | undefined;
  readonly #beganAt = performance.now();
  #trace: RequestTrace | undefined;
  #isOver = false;

  constructor(requestId: string, log: JsonLog, metrics: Metrics, span: Span | undefined) {
    this.#requestId = requestId;
    this.#log = log;
    this.#metrics = metrics;
    this.#span = span;
    metrics.requestBegan();
  }

  get trace(): RequestTrace {
    this.#trace ??= new RequestTrace(this.#metrics, this.#span);
    return this.#trace;
  }

  get operations(): ReadonlyMap<string, OperationCounts> {
    return this.#trace?.operations ?? nothingDone;
  }

  failed(failure: Failure): void {
    logFailure(this.#log, this.#requestId, failure);
  }

  end(outcome: RequestOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const durationMs = performance.now() - this.#beganAt;
    if (outcome.wholeAnswer === true) this.#metrics.wholeAnswerGiven();
    this.#metrics.requestEnded(outcome.kind, outcome.codes[0] ?? 'OK', durationMs);
    if (this.#span !== undefined) endSpan(this.#span, outcome);
    if (this.#log.summarizes('info'))
      this.#log.summary('info', summaryOf(this.#requestId, outcome, this.#trace, durationMs), 'request');
  }
}

/**
 * What a backend, an operator or we did wrong is told in full. A mistake of the client's is a code in the summary: the
 * message of a refused document repeats the document. What a field refused may have a reason underneath.
 */
function logFailure(log: Log, requestId: string, { error, fields, path }: Failure): void {
  const code = codeOf(error);
  const { mender } = errorTable[code];
  if (code === 'CLIENT_CLOSED' || (mender === 'client' && path === undefined)) return;
  const service = isTributaryError(error) ? error.service : undefined;
  const record = { requestId, code, service, path, fields, error };
  if (mender === 'bug') log.error(record, 'Something failed that should not.');
  else if (mender === 'client') log.debug(record, 'A field refused what it was asked.');
  else log.warn(record, 'Something that an answer needs failed.');
}

function summaryOf(
  requestId: string,
  outcome: RequestOutcome,
  trace: RequestTrace | undefined,
  durationMs: number,
): object {
  const summary = { requestId, ...outcome, durationMs: Math.round(durationMs * 10) / 10 };
  if (trace === undefined || trace.operations.size === 0) return summary;
  const { operations } = trace;
  return { ...summary, datasources: datasourcesOf(operations), operations: Object.fromEntries(operations) };
}

/** The names of operations begin with their datasource's. */
function datasourcesOf(operations: ReadonlyMap<string, OperationCounts>): readonly string[] {
  const names = new Set<string>();
  for (const operation of operations.keys()) names.add(operation.slice(0, operation.indexOf('.')));
  return [...names];
}

function endSpan(span: Span, { kind, operationName, status, codes }: RequestOutcome): void {
  span.rename(operationName === undefined ? kind : `${kind} ${operationName}`);
  span.set({ 'graphql.operation.type': kind, 'http.response.status_code': status });
  span.end(codes);
}
