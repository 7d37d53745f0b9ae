import type { Clock } from '../../util/clock.ts';
import { type Entering, type LimitStore, nothingToLeave, type Verdict } from './limit-store.ts';

/** So many are remembered; those who have not asked for longest are forgotten first. */
const mostGroups = 100_000;
const minuteMs = 60_000;
/** Sums of fractions of milliseconds are not exact. */
const roundingMs = 0.000_1;
/** How soon to ask again where nobody knows when a request will end. */
const runningRetryMs = 1_000;

/**
 * Counts within this process. The rate is GCRA, the "generic cell rate algorithm" (ITU-T I.371): of each group one time is
 * kept, at which all that it has asked for will have been earned. It may be ahead by as much as the burst takes to earn.
 */
export class ProcessLimits implements LimitStore {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #earnedAt = new Map<string, number>();
  readonly #running = new Map<string, number>();

  constructor(clock: Clock, most = mostGroups) {
    this.#clock = clock;
    this.#most = most;
  }

  /** How many groups and runners are remembered. */
  get size(): number {
    return this.#earnedAt.size + this.#running.size;
  }

  enter({ group, rate, cost, runner, running }: Entering): Verdict {
    const now = this.#clock.now();
    const intervalMs = minuteMs / rate.perMinute;
    const burstMs = rate.burst * intervalMs;
    // What costs more than all that can be saved up would never be let through.
    const costMs = Math.min(cost, rate.burst) * intervalMs;
    const knownMs = this.#earnedAt.get(group) ?? 0;
    // Further ahead than the burst only by a smaller plan: whoever leaves that does not work off its minutes.
    const isOfOtherPlan = knownMs > now + burstMs + roundingMs;
    const begunMs = isOfOtherPlan ? now + burstMs - costMs : Math.max(now, knownMs);
    const isFull = running > 0 && (this.#running.get(runner) ?? 0) >= running;
    if (isFull) return refusal('running', runningRetryMs, begunMs - now, burstMs, intervalMs);
    const earnedMs = begunMs + costMs;
    const lateMs = earnedMs - now - burstMs;
    if (lateMs > roundingMs) {
      // Also who is refused has asked: others must not make it forgotten.
      if (knownMs > 0) this.#remember(group, knownMs, now);
      return refusal('rate', lateMs, begunMs - now, burstMs, intervalMs);
    }
    this.#remember(group, earnedMs, now);
    return {
      refusedBy: undefined,
      remaining: remainingOf(earnedMs - now, burstMs, intervalMs),
      fullInMs: earnedMs - now,
      retryInMs: 0,
      leave: running > 0 ? this.#run(runner) : nothingToLeave,
    };
  }

  async close(): Promise<void> {}

  #run(runner: string): () => void {
    this.#running.set(runner, (this.#running.get(runner) ?? 0) + 1);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      const left = (this.#running.get(runner) ?? 0) - 1;
      if (left > 0) this.#running.set(runner, left);
      else this.#running.delete(runner);
    };
  }

  #remember(group: string, earnedMs: number, now: number): void {
    // Taken out and put in at the end: the first is who has not asked for longest.
    if (!this.#earnedAt.delete(group) && this.#earnedAt.size >= this.#most) this.#makeRoom(now);
    this.#earnedAt.set(group, earnedMs);
  }

  /** Whoever has earned everything is like somebody who never came. */
  #makeRoom(now: number): void {
    for (const [group, earnedMs] of this.#earnedAt) if (earnedMs <= now) this.#earnedAt.delete(group);
    const tooMany = this.#earnedAt.size - Math.floor(this.#most * 0.9);
    let dropped = 0;
    for (const group of this.#earnedAt.keys()) {
      if (dropped++ >= tooMany) break;
      this.#earnedAt.delete(group);
    }
  }
}

function refusal(
  refusedBy: 'rate' | 'running',
  retryInMs: number,
  aheadMs: number,
  burstMs: number,
  intervalMs: number,
): Verdict {
  const remaining = remainingOf(aheadMs, burstMs, intervalMs);
  return { refusedBy, remaining, fullInMs: aheadMs, retryInMs, leave: nothingToLeave };
}

function remainingOf(aheadMs: number, burstMs: number, intervalMs: number): number {
  return Math.max(0, Math.floor((burstMs - aheadMs + roundingMs) / intervalMs));
}
