import type { Clock } from '../../util/clock.ts';

/** What was not written of one kind. */
export interface Omitted<Kind extends string> {
  readonly kind: Kind;
  readonly count: number;
}

interface Minute {
  readonly began: number;
  taken: number;
  omitted: number;
}

const minuteMs = 60_000;

/**
 * So many entries a minute of each kind: whoever is refused again and again fills neither the log nor the database, and
 * keeps nothing of another kind out of it.
 */
export class NoteBudget<Kind extends string> {
  readonly #mostAMinute: number;
  readonly #clock: Clock;
  readonly #minutes = new Map<Kind, Minute>();

  constructor(mostAMinute: number, clock: Clock) {
    this.#mostAMinute = mostAMinute;
    this.#clock = clock;
  }

  /** Whether one more may be written; where not, it is counted. */
  take(kind: Kind): boolean {
    const minute = this.#minuteOf(kind);
    if (minute.taken >= this.#mostAMinute) {
      minute.omitted += 1;
      return false;
    }
    minute.taken += 1;
    return true;
  }

  /** Counts one that was taken, and could not be kept after all. */
  leaveOut(kind: Kind): void {
    this.#minuteOf(kind).omitted += 1;
  }

  /**
   * What was left out in the minutes that are over, each told once.
   *
   * @param all of the minutes that run, too: nothing comes after
   */
  omitted(all = false): readonly Omitted<Kind>[] {
    const told: Omitted<Kind>[] = [];
    for (const [kind, { began, omitted: count }] of this.#minutes) {
      if (!all && this.#clock.now() - began < minuteMs) continue;
      this.#minutes.delete(kind);
      if (count > 0) told.push({ kind, count });
    }
    return told;
  }

  /** A minute that is over and left something out stays until that is told, and takes nothing more. */
  #minuteOf(kind: Kind): Minute {
    const known = this.#minutes.get(kind);
    const now = this.#clock.now();
    if (known !== undefined && (now - known.began < minuteMs || known.omitted > 0)) return known;
    const minute = { began: now, taken: 0, omitted: 0 };
    this.#minutes.set(kind, minute);
    return minute;
  }
}
