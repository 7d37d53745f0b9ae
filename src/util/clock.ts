/** Tells the time in milliseconds. Injected, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since the epoch, never running backwards within the process. */
  now(): number;
}

const origin = performance.timeOrigin;

/**
 * Wall time that does not jump: the machine's clock is read once, at start, and a monotonic one after that. A clock
 * set forward or back by an operator neither expires a cache at once nor keeps it for ever.
 */
export const steadyClock: Clock = { now: () => origin + performance.now() };
