import type { DestinationStream } from 'pino';
import { codeOf, errorTable, isTributaryError } from '../errors.ts';
import { type JsonLog, type LogLevel, logDestination, openJsonLog } from './json-log.ts';
import type { Log } from './log.ts';
import { type Metrics, openMetrics } from './metrics.ts';
import type { CountsByOperation } from './operation-counts.ts';
import { RequestTrace } from './request-trace.ts';
import type { Span, Tracing } from './span.ts';
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
  readonly operations: CountsByOperation;
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
    request: (requestId, traceparent) => begin(requestId, log, metrics, tracing, traceparent),
    async close() {
      await tracing?.close();
      await log.flush();
    },
  };
}

function begin(
  requestId: string,
  log: JsonLog,
  metrics: Metrics,
  tracing: Tracing | undefined,
  traceparent: string | undefined,
): RequestTelemetry {
  const beganAt = performance.now();
  const span = tracing?.request(traceparent);
  const trace = new RequestTrace(metrics, span);
  let over = false;
  metrics.requestBegan();
  return {
    trace,
    operations: trace.operations,
    failed: (failure) => logFailure(log, requestId, failure),
    end(outcome) {
      if (over) return;
      over = true;
      const durationMs = performance.now() - beganAt;
      if (outcome.wholeAnswer === true) metrics.wholeAnswerGiven();
      metrics.requestEnded(outcome.kind, outcome.codes[0] ?? 'OK', durationMs);
      if (span !== undefined) endSpan(span, outcome);
      if (log.summarizes('info')) logSummary(log, requestId, outcome, trace, durationMs);
    },
  };
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

function logSummary(
  log: JsonLog,
  requestId: string,
  outcome: RequestOutcome,
  trace: RequestTrace,
  durationMs: number,
): void {
  const { operations } = trace;
  log.summary(
    'info',
    {
      requestId,
      ...outcome,
      durationMs: Math.round(durationMs * 10) / 10,
      ...(operations.size === 0 ? {} : { operations: Object.fromEntries(operations) }),
    },
    'request',
  );
}

function endSpan(span: Span, { kind, operationName, status, codes }: RequestOutcome): void {
  span.rename(operationName === undefined ? kind : `${kind} ${operationName}`);
  span.set({ 'graphql.operation.type': kind, 'http.response.status_code': status });
  span.end(codes);
}
