/** An `Error` stands where one input failed. */
export type Outcome<O> = O | Error | Described<O>;

/** How long an answer may be kept, in milliseconds. */
export interface Freshness {
  /** Served without asking the backend. */
  readonly ttlMs: number;
  /** After that: served at once while one refresh runs (RFC 5861 §3). */
  readonly staleWhileRevalidateMs?: number;
  /** After that: served when the backend fails (RFC 5861 §4). */
  readonly staleIfErrorMs?: number;
}

/** What a backend gave to ask "has it changed?" with (RFC 9110 §8.8). */
export interface Validator {
  readonly etag?: string;
  readonly lastModified?: string;
}

export interface Description {
  readonly freshness?: Freshness;
  readonly validator?: Validator;
  /** The value that the validator stands for is still good; `value` is not read. */
  readonly notModified?: boolean;
  /** Whether the answer may be kept at all; `true` unless the backend forbids it. */
  readonly storable?: boolean;
}

/** A value together with what its backend said about keeping it. Only the cache reads the description. */
export class Described<O> {
  readonly value: O;
  readonly description: Description;

  constructor(value: O, description: Description) {
    this.value = value;
    this.description = description;
  }
}

/** The value of an outcome that is no error. */
export function unwrap<O>(outcome: O | Described<O>): O {
  return outcome instanceof Described ? outcome.value : outcome;
}

/** One outcome per input, all the same error. */
export function allFailed(inputs: readonly unknown[], error: Error): Error[] {
  return inputs.map(() => error);
}
