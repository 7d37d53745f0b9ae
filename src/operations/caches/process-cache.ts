import { LRUCache } from 'lru-cache';
import type { Clock } from '../../util/clock.ts';
import type { Cache, CacheEntry } from './cache.ts';

export interface ProcessCacheOptions {
  readonly maxEntries: number;
  /** Counted as the JSON text of keys and values, so about half of what they take in memory. */
  readonly maxBytes: number;
  readonly clock: Clock;
}

/**
 * Keeps answers in this process, the least recently used one going first. Values are frozen: one object answers many
 * requests, and none may change what the next one sees.
 */
export function processCache({ maxEntries, maxBytes, clock }: ProcessCacheOptions): Cache {
  const entries = new LRUCache<string, CacheEntry>({
    max: maxEntries,
    maxSize: maxBytes,
    sizeCalculation: (entry) => 1 + entry.key.length + (JSON.stringify(entry.value)?.length ?? 0),
  });
  return {
    async getMany(keys) {
      const now = clock.now();
      return keys.map((key) => {
        const entry = entries.get(key);
        return entry !== undefined && entry.keptUntil > now ? entry : undefined;
      });
    },
    async setMany(added) {
      for (const entry of added) {
        freeze(entry.value);
        entries.set(entry.key, entry);
      }
    },
    async deleteMany(keys) {
      for (const key of keys) entries.delete(key);
    },
    fault: () => undefined,
    async close() {
      entries.clear();
    },
  };
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
}
