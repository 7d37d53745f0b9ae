/** One span of a trace, as far as the engine uses it. Attributes hold names and counts, never values of requests. */
export interface Span {
  child(name: string, attributes: Readonly<Record<string, string | number>>): Span;
  set(attributes: Readonly<Record<string, string | number>>): void;
  rename(name: string): void;
  /** Ends the span; it failed where there are codes. */
  end(codes: readonly string[]): void;
  /** W3C Trace Context §3.2, to continue the trace in a backend. */
  traceparent(): string;
}

export interface Tracing {
  /** Begins the span of a request; continues the trace of its client where it sent a valid `traceparent`. */
  request(traceparent: string | undefined): Span;
  /** Sends what is left, for a short time only. */
  close(): Promise<void>;
}
