const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** When something is abnormal: one table for the detectors and `docs/operations.md`. Times are milliseconds. */
export const thresholds = {
  /**
   * More calls than usual: above the mean by so many deviations and times, in every step of the time. The step in which it begins may not
   * count, and one is known when it is over: with two steps more it is told within a minute.
   */
  callRate: { deviations: 6, times: 5, forMs: 40 * secondMs },
  /** More cost, or bytes, than usual: so many times the mean, in every step of the time. */
  volume: { times: 8, forMs: 40 * secondMs },
  /** What is usual is known after so many steps. */
  baseline: { stepMs: 10 * secondMs, minSteps: 30, halfLifeSteps: 360 },
  /** Requests refused with 401 or 403: this many within the time, and this part of all. */
  refused: { count: 50, part: 0.2, withinMs: minuteMs },
  /** Different wrong keys from one address. */
  stuffing: { keys: 20, withinMs: 5 * minuteMs },
  /** Uses of a key that was revoked or has expired. */
  endedKey: { count: 10, withinMs: minuteMs },
  /** Documents that do not fit the contract. */
  probing: { count: 30, withinMs: minuteMs },
  introspection: { count: 3, withinMs: hourMs },
  /** Operations that a production key never ran before, once it is known by this many requests. */
  newOperations: { count: 10, withinMs: hourMs, knownAfter: 1_000 },
  /** Ids asked for one after the other: among so many, this part each one more than the last, or this part missing. */
  walk: { ids: 200, inOrder: 0.9, missing: 0.8 },
  /** Addresses of one key. */
  addresses: { count: 20, withinMs: 10 * minuteMs },
  /** A network and a program never seen together with a key that has been used for this long. */
  newPlace: { knownAfterMs: 30 * 24 * hourMs },
  /** The same anomaly of the same subject is told again after this long. */
  againAfterMs: 10 * minuteMs,
} as const;
