/** Counts what happens within a window that moves with time, exactly, in memory that the limit bounds. */
export class Burst {
  readonly #times: Float64Array;
  readonly #windowMs: number;
  #next = 0;

  /** @param limit as many within the window are no burst yet; one more is */
  constructor(limit: number, windowMs: number) {
    this.#times = new Float64Array(limit + 1).fill(Number.NEGATIVE_INFINITY);
    this.#windowMs = windowMs;
  }

  /** @returns whether this one is more than the limit allows within the window that ends now */
  add(at: number): boolean {
    this.#times[this.#next] = at;
    this.#next = (this.#next + 1) % this.#times.length;
    return at - (this.#times[this.#next] as number) < this.#windowMs;
  }
}

/** Counts different values within a window, up to one more than its limit. */
export class DistinctBurst {
  readonly #seen = new Map<string, number>();
  readonly #limit: number;
  readonly #windowMs: number;

  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** @returns whether more different values than the limit were added within the window that ends now */
  add(value: string, at: number): boolean {
    // Reinserted, so that the oldest stands first.
    this.#seen.delete(value);
    this.#seen.set(value, at);
    for (const [oldest, seenAt] of this.#seen) {
      if (at - seenAt < this.#windowMs && this.#seen.size <= this.#limit + 1) break;
      this.#seen.delete(oldest);
    }
    return this.#seen.size > this.#limit;
  }
}

/** Sums over a window in ten slots: the oldest tenth leaves at a time. */
export class WindowSum {
  readonly #slots = new Float64Array(10);
  readonly #slotMs: number;
  #slot = 0;
  total = 0;

  constructor(windowMs: number) {
    this.#slotMs = windowMs / 10;
  }

  add(amount: number, at: number): void {
    this.#moveTo(at);
    this.#slots[this.#slot % 10] = (this.#slots[this.#slot % 10] as number) + amount;
    this.total += amount;
  }

  #moveTo(at: number): void {
    const slot = Math.floor(at / this.#slotMs);
    const steps = Math.min(slot - this.#slot, 10);
    for (let step = 1; step <= steps; step++) {
      const place = (slot - steps + step) % 10;
      this.total -= this.#slots[place] as number;
      this.#slots[place] = 0;
    }
    if (steps > 0) this.#slot = slot;
    // What is added and taken away again leaves a trace in floating point.
    if (steps === 10) this.total = 0;
  }
}
