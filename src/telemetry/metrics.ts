import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { Durations } from './durations.ts';
import { CountsByOperation, type OperationCounts } from './operation-counts.ts';

/** The figures of this process, for Prometheus. Labels are names of the project and of the table of errors alone. */
export interface Metrics {
  /** What was done for each operation since the start; the pipeline's trace adds to it. */
  readonly operations: CountsByOperation;
  requestBegan(): void;
  /**
   * @param kind `query`, `mutation`, `subscription` or `none` where no operation could be told
   * @param code `OK`, or the first code of the answer
   */
  requestEnded(kind: string, code: string, durationMs: number): void;
  operationFailed(operation: string, code: string, count: number): void;
  wireRequestEnded(operation: string, durationMs: number): void;
  /** A request was answered with a whole answer that was kept, or another request's. */
  wholeAnswerGiven(): void;
  /** A record of the log was lost, because whoever reads the log is too slow. */
  logRecordDropped(): void;
  /** Shows what is read when somebody asks: a level, not a count. Called once for a name. */
  gauge(name: string, help: string, read: () => number): void;
  /** As `gauge`, for what only ever grows. */
  counter(name: string, help: string, read: () => number): void;
  /** The text that Prometheus reads, and its media type. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Opens the metrics. Each server has its own: two servers of one process do not mix. */
export function openMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const operations = new CountsByOperation();
  exposeCounts(operations, registers);
  const requests = exposeRequests(registers);
  const durations = new Durations(
    registry,
    'tributary_request_duration_seconds',
    'Time from the arrival of a GraphQL request to its answer.',
    'kind',
  );
  const failures = new Counter({
    name: 'tributary_operation_errors_total',
    help: 'Inputs of operations that failed, by error code.',
    labelNames: ['operation', 'code'],
    registers,
  });
  const wires = new Durations(
    registry,
    'tributary_wire_request_duration_seconds',
    'Time that one request to a backend took.',
    'operation',
  );
  const dropped = new Counter({
    name: 'tributary_log_records_dropped_total',
    help: 'Records of the log that were lost because their reader is too slow.',
    registers,
  });
  return {
    operations,
    logRecordDropped: () => dropped.inc(),
    wholeAnswerGiven() {
      requests.whole += 1;
    },
    requestBegan() {
      requests.inFlight += 1;
    },
    requestEnded(kind, code, durationMs) {
      requests.inFlight -= 1;
      const byCode = requests.ended.get(kind) ?? new Map<string, number>();
      byCode.set(code, (byCode.get(code) ?? 0) + 1);
      requests.ended.set(kind, byCode);
      durations.observe(kind, durationMs);
    },
    operationFailed: (operation, code, count) => failures.inc({ operation, code }, count),
    wireRequestEnded: (operation, durationMs) => wires.observe(operation, durationMs),
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    counter(name, help, read) {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(read());
        },
      });
    },
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

interface RequestCounts {
  inFlight: number;
  /** Answered with a whole answer. */
  whole: number;
  /** By kind and code. */
  readonly ended: Map<string, Map<string, number>>;
}

/** As `exposeCounts`, for requests. */
function exposeRequests(registers: Registry[]): RequestCounts {
  const counts: RequestCounts = { inFlight: 0, whole: 0, ended: new Map() };
  new Gauge({
    name: 'tributary_requests_in_flight',
    help: 'GraphQL requests under way.',
    registers,
    collect() {
      this.set(counts.inFlight);
    },
  });
  new Counter({
    name: 'tributary_whole_answers_total',
    help: 'GraphQL requests answered with a whole answer that was kept, or that another request got.',
    registers,
    collect() {
      this.reset();
      this.inc(counts.whole);
    },
  });
  new Counter({
    name: 'tributary_requests_total',
    help: 'GraphQL requests answered, by the kind of operation and the first error code.',
    labelNames: ['kind', 'code'],
    registers,
    collect() {
      this.reset();
      for (const [kind, byCode] of counts.ended)
        for (const [code, count] of byCode) this.inc({ kind, code }, count);
    },
  });
  return counts;
}

/** Plain numbers are added to on the hot path; the counters are set from them when somebody reads. */
function exposeCounts(operations: CountsByOperation, registers: Registry[]): void {
  const expose = (name: string, help: string, read: (counts: OperationCounts) => number): void => {
    new Counter({
      name,
      help,
      labelNames: ['operation'],
      registers,
      collect() {
        this.reset();
        for (const [operation, counts] of operations) this.inc({ operation }, read(counts));
      },
    });
  };
  expose('tributary_operation_batches_total', 'Batches asked of an operation.', (counts) => counts.batches);
  expose('tributary_operation_inputs_total', 'Inputs asked of an operation.', (counts) => counts.inputs);
  expose(
    'tributary_operation_wire_requests_total',
    'Requests sent to the backend.',
    (counts) => counts.wireRequests,
  );
  expose(
    'tributary_operation_cache_hits_total',
    'Inputs answered from the cache.',
    (counts) => counts.cacheHits,
  );
  expose(
    'tributary_operation_stale_hits_total',
    'Of the cache hits, those that were no longer fresh.',
    (counts) => counts.staleHits,
  );
}
