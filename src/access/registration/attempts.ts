import { LRUCache } from 'lru-cache';
import type { Clock } from '../../util/clock.ts';

/** Counts attempts by whoever makes them, in windows of an hour: the most recent few thousand are remembered. */
export interface Attempts {
  /** Counts one more. @returns how long to wait, in milliseconds, where it was one too many; else 0 */
  count(who: string): number;
}

const windowMs = 3_600_000;
const maxRemembered = 20_000;

export function openAttempts(mostAnHour: number, clock: Clock): Attempts {
  const windows = new LRUCache<string, { readonly began: number; count: number }>({ max: maxRemembered });
  return {
    count(who) {
      const now = clock.now();
      const last = windows.get(who);
      const window = last !== undefined && now - last.began < windowMs ? last : { began: now, count: 0 };
      window.count += 1;
      windows.set(who, window);
      return window.count > mostAnHour ? window.began + windowMs - now : 0;
    },
  };
}
