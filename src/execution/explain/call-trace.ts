import type { Trace } from '../../telemetry/trace.ts';

/** Counts what the pipeline tells of one batch, and passes it on. */
export class CallTrace implements Trace {
  wireRequests = 0;
  attempts = 0;
  fresh = 0;
  stale = 0;
  readonly #next: Trace;
  /** Wire requests that failed and were not repeated yet: how many inputs failed, at which attempt. */
  readonly #failed: { readonly inputs: number; readonly attempt: number }[] = [];

  constructor(next: Trace) {
    this.#next = next;
  }

  batch(operation: string, inputs: number): Trace {
    return this.#passing(this.#next.batch(operation, inputs));
  }

  wire(inputs: number): Trace {
    return this.#wire(this.#next, inputs);
  }

  cacheHits(state: 'fresh' | 'stale', count: number): void {
    this.#hits(this.#next, state, count);
  }

  end(codes: readonly string[]): void {
    this.#next.end(codes);
  }

  unsent(codes: readonly string[]): void {
    this.#next.unsent(codes);
  }

  traceparent(): string | undefined {
    return this.#next.traceparent();
  }

  #passing(next: Trace): Trace {
    return {
      batch: (operation, inputs) => this.#passing(next.batch(operation, inputs)),
      wire: (inputs) => this.#wire(next, inputs),
      cacheHits: (state, count) => this.#hits(next, state, count),
      end: (codes) => next.end(codes),
      unsent: (codes) => next.unsent(codes),
      traceparent: () => next.traceparent(),
    };
  }

  #wire(next: Trace, inputs: number): Trace {
    const attempt = this.#attemptOf(inputs);
    this.wireRequests += 1;
    this.attempts = Math.max(this.attempts, attempt);
    const wire = next.wire(inputs);
    return {
      ...this.#passing(wire),
      end: (codes) => {
        if (codes.length > 0) this.#failed.push({ inputs: codes.length, attempt });
        wire.end(codes);
      },
      unsent: (codes) => {
        this.wireRequests -= 1;
        wire.unsent(codes);
      },
    };
  }

  #hits(next: Trace, state: 'fresh' | 'stale', count: number): void {
    this[state] += count;
    next.cacheHits(state, count);
  }

  /** A retry asks for the inputs that failed, and no others. */
  #attemptOf(inputs: number): number {
    const at = this.#failed.findIndex((failed) => failed.inputs === inputs);
    const [repeated] = at === -1 ? [] : this.#failed.splice(at, 1);
    return repeated === undefined ? 1 : repeated.attempt + 1;
  }
}
