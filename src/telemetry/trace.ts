/**
 * What the pipeline tells of its work. One interface for the request log, the metrics and OpenTelemetry, so that no
 * policy knows which of them listens.
 */
export interface Trace {
  /** A batch of an operation begins; what belongs to it is told to the trace returned. */
  batch(operation: string, inputs: number): Trace;
  /** A wire request begins; `end` ends it. */
  wire(inputs: number): Trace;
  /** So many inputs were answered from the cache. */
  cacheHits(state: 'fresh' | 'stale', count: number): void;
  /** The batch or the wire request is over; the codes are those of the inputs that failed. */
  end(codes: readonly string[]): void;
  /** In place of `end`: the wire request was refused before anything of it was sent, and does not count. */
  unsent(codes: readonly string[]): void;
  /** The W3C `traceparent` to send to the backend, where a tracer is configured. */
  traceparent(): string | undefined;
}

/** Listens to nothing. */
export const noTrace: Trace = {
  batch: () => noTrace,
  wire: () => noTrace,
  cacheHits: () => {},
  end: () => {},
  unsent: () => {},
  traceparent: () => undefined,
};
