import type { Metrics } from './metrics.ts';
import { CountsByOperation, type OperationCounts } from './operation-counts.ts';
import type { Span } from './span.ts';
import type { Trace } from './trace.ts';

/** Tells the work of one request to its summary, to the metrics and to its span. */
export class RequestTrace implements Trace {
  readonly operations = new CountsByOperation();
  readonly #metrics: Metrics;
  readonly #span: Span | undefined;

  constructor(metrics: Metrics, span: Span | undefined) {
    this.#metrics = metrics;
    this.#span = span;
  }

  batch(operation: string, inputs: number): Trace {
    const both = [this.operations.of(operation), this.#metrics.operations.of(operation)] as const;
    for (const counts of both) {
      counts.batches += 1;
      counts.inputs += inputs;
    }
    const span = this.#span?.child(`batch ${operation}`, {
      'tributary.operation': operation,
      'tributary.inputs': inputs,
    });
    return new BatchTrace(operation, both, this.#metrics, span);
  }

  /** A wire request outside a batch belongs to no operation, so that nothing is counted. */
  wire(): Trace {
    return this;
  }

  cacheHits(): void {}

  end(): void {}

  unsent(): void {}

  traceparent(): string | undefined {
    return this.#span?.traceparent();
  }
}

class BatchTrace implements Trace {
  readonly #operation: string;
  readonly #counts: readonly OperationCounts[];
  readonly #metrics: Metrics;
  readonly #span: Span | undefined;

  constructor(
    operation: string,
    counts: readonly OperationCounts[],
    metrics: Metrics,
    span: Span | undefined,
  ) {
    this.#operation = operation;
    this.#counts = counts;
    this.#metrics = metrics;
    this.#span = span;
  }

  batch(): Trace {
    return this;
  }

  wire(inputs: number): Trace {
    for (const counts of this.#counts) counts.wireRequests += 1;
    const span = this.#span?.child(`wire ${this.#operation}`, { 'tributary.inputs': inputs });
    const takeBack = (): void => {
      for (const counts of this.#counts) counts.wireRequests -= 1;
    };
    return new WireTrace(this, this.#operation, this.#metrics, span, takeBack);
  }

  cacheHits(state: 'fresh' | 'stale', count: number): void {
    for (const counts of this.#counts) {
      counts.cacheHits += count;
      if (state === 'stale') counts.staleHits += count;
    }
    this.#span?.set({ [`tributary.cache.${state}`]: count });
  }

  end(codes: readonly string[]): void {
    if (codes.length > 0) this.#failed(codes);
    this.#span?.end(codes);
  }

  unsent(): void {}

  traceparent(): string | undefined {
    return this.#span?.traceparent();
  }

  #failed(codes: readonly string[]): void {
    for (const counts of this.#counts) counts.errors += codes.length;
    const byCode = new Map<string, number>();
    for (const code of codes) byCode.set(code, (byCode.get(code) ?? 0) + 1);
    for (const [code, count] of byCode) this.#metrics.operationFailed(this.#operation, code, count);
  }
}

class WireTrace implements Trace {
  readonly #batch: Trace;
  readonly #operation: string;
  readonly #metrics: Metrics;
  readonly #span: Span | undefined;
  readonly #takeBack: () => void;
  readonly #beganAt = performance.now();

  constructor(
    batch: Trace,
    operation: string,
    metrics: Metrics,
    span: Span | undefined,
    takeBack: () => void,
  ) {
    this.#takeBack = takeBack;
    this.#batch = batch;
    this.#operation = operation;
    this.#metrics = metrics;
    this.#span = span;
  }

  batch(): Trace {
    return this;
  }

  wire(inputs: number): Trace {
    return this.#batch.wire(inputs);
  }

  cacheHits(state: 'fresh' | 'stale', count: number): void {
    this.#batch.cacheHits(state, count);
  }

  end(codes: readonly string[]): void {
    this.#metrics.wireRequestEnded(this.#operation, performance.now() - this.#beganAt);
    this.#span?.end(codes);
  }

  unsent(codes: readonly string[]): void {
    this.#takeBack();
    this.#span?.end(codes);
  }

  traceparent(): string | undefined {
    return this.#span?.traceparent();
  }
}
