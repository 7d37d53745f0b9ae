/** How one exchange with a service is limited. Times are milliseconds, sizes bytes. */
export interface WireLimits {
  /** The largest body accepted, in bytes, after inflating. @default 10485760 */
  readonly maxResponseBytes?: number;
  /** How long opening a socket may take, with its TLS handshake, in milliseconds. @default 1000 */
  readonly connectTimeoutMs?: number;
  /**
   * How long the service may take, once a socket is there, until its answer begins, in milliseconds.
   * @default as long as the attempt may take
   */
  readonly firstByteTimeoutMs?: number;
  /** How long the service may be silent in the middle of a body, in milliseconds. @default 10000 */
  readonly idleTimeoutMs?: number;
  /**
   * The least bytes per second, on average, of a body that has been coming for two seconds: a service that drips holds a
   * socket no longer.
   * @default 0: as slow as the other limits allow
   */
  readonly minBytesPerSecond?: number;
  /**
   * The longest path and query sent. A list that makes a longer one is cut into several requests, an input that does so
   * by itself is refused with `BAD_USER_INPUT`.
   * @default 8000
   */
  readonly maxUrlLength?: number;
}

export const wireLimitDefaults = {
  maxResponseBytes: 10_485_760,
  connectTimeoutMs: 1_000,
  firstByteTimeoutMs: undefined,
  idleTimeoutMs: 10_000,
  minBytesPerSecond: 0,
  maxUrlLength: 8_000,
} as const;

/** As limits are when the defaults are filled in. */
export type FullWireLimits = Required<Omit<WireLimits, 'firstByteTimeoutMs'>> & {
  readonly firstByteTimeoutMs: number | undefined;
};

/** Fills in the defaults. Throws an `Error` that names a limit that cannot be meant. */
export function fullLimits(given: WireLimits): FullWireLimits {
  const limits = {} as Record<keyof WireLimits, number | undefined>;
  for (const [name, fallback] of Object.entries(wireLimitDefaults) as [
    keyof WireLimits,
    number | undefined,
  ][]) {
    const value = given[name] ?? fallback;
    const least = name === 'minBytesPerSecond' ? 0 : 1;
    if (value !== undefined && !(Number.isInteger(value) && value >= least))
      throw new Error(`\`${name}\` must be a whole number of at least ${least}, but is ${value}.`);
    limits[name] = value;
  }
  return limits as FullWireLimits;
}
