/** Node's timers cannot wait longer than this. */
const longestTimerMs = 2 ** 31 - 1;
/** Most calls are over within this. */
const momentMs = 10;

/**
 * Runs `end` once after `limitMs`, unless it is cleared before. What is cleared within a moment, as nearly everything is,
 * has never had a timer of Node's: those cost several times what the rest of a limit does.
 */
export class TimeLimit {
  static readonly #young = new Set<TimeLimit>();
  static #tick: NodeJS.Timeout | undefined;
  readonly #end: () => void;
  readonly #endsAt: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(limitMs: number, end: () => void) {
    this.#end = end;
    this.#endsAt = performance.now() + limitMs;
    if (limitMs <= 2 * momentMs) this.#wait(limitMs);
    else {
      TimeLimit.#young.add(this);
      TimeLimit.#tick ??= setTimeout(TimeLimit.#age, momentMs);
    }
  }

  clear(): void {
    if (this.#timer === undefined) TimeLimit.#young.delete(this);
    else clearTimeout(this.#timer);
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(this.#end, Math.min(ms, longestTimerMs));
  }

  /** Those that are still there get a timer each. */
  static readonly #age = (): void => {
    TimeLimit.#tick = undefined;
    const now = performance.now();
    for (const limit of TimeLimit.#young) limit.#wait(limit.#endsAt - now);
    TimeLimit.#young.clear();
  };
}
