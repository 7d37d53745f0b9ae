/** How an operation's failures are tried again. Times are milliseconds. */
export interface RetryOptions {
  /** The most attempts, the first included; 1 never tries again. @default 2 */
  readonly attempts?: number;
  /** The longest pause before the second attempt; it doubles with each one after. @default 50 */
  readonly pauseMs?: number;
  /** How many retries a datasource may get per first attempt, on average. @default 0.1 */
  readonly budget?: number;
}

export const retryDefaults = {
  attempts: 2,
  pauseMs: 50,
  budget: 0.1,
} as const satisfies Required<RetryOptions>;

/** When a datasource is left alone. Times are milliseconds. */
export interface BreakerOptions {
  /** Opens when so much of what was asked in the window failed, from 0 to 1. @default 0.5 */
  readonly failureRate?: number;
  /** Never opens on fewer wire requests in the window. @default 20 */
  readonly minRequests?: number;
  /** How far back failures count. @default 10000 */
  readonly windowMs?: number;
  /** How long it stays open at first; it doubles, up to 30 s, each time the probe fails. @default 1000 */
  readonly openMs?: number;
}

export const breakerDefaults = {
  failureRate: 0.5,
  minRequests: 20,
  windowMs: 10_000,
  openMs: 1_000,
} as const satisfies Required<BreakerOptions>;

/**
 * When a read that is slow to be answered is asked a second time: after so many milliseconds, or after the time within
 * which so great a share of the operation's latest answers came, from 0 to 1.
 *
 * @example { percentile: 0.95 }
 */
export type HedgeOptions =
  | { readonly afterMs: number; readonly percentile?: never }
  | { readonly percentile: number; readonly afterMs?: never };
