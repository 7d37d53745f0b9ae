import { LRUCache } from 'lru-cache';
import type { Clock } from '../../util/clock.ts';
import type { Cache, CacheEntry, Stamp, Version } from './cache.ts';
import { EvictionLog } from './eviction-log.ts';
import { freezeAndMeasure } from './freeze.ts';

export interface ProcessCacheOptions {
  readonly maxEntries: number;
  /** Counted roughly as the JSON text of keys and values, so about half of what they take in memory. */
  readonly maxBytes: number;
  readonly clock: Clock;
}

const noVersions: readonly Version[] = [];

/**
 * Keeps answers in this process, the least recently used one going first. Values are frozen: one object answers many
 * requests, and none may change what the next one sees.
 */
export function processCache(options: ProcessCacheOptions): Cache {
  const log = new EvictionLog();
  const entries = new ProcessEntries(options, log);
  return {
    peek: (key) => entries.get(key),
    getMany: async (questions) => {
      const { moment } = log;
      return questions.map(({ key, tags }) => ({
        entry: entries.get(key),
        stamp: { moment, tags, versions: noVersions },
      }));
    },
    isCurrent: ({ moment, tags }) => log.isCurrent(moment, tags),
    async setMany(kept) {
      for (const [entry, stamp] of kept) entries.set(entry, stamp);
    },
    async evict(tags) {
      for (const tag of tags) log.evict(tag);
    },
    async evictAll() {
      log.evictAll();
      entries.clear();
    },
    fault: () => undefined,
    close: async () => entries.clear(),
  };
}

interface Held {
  readonly entry: CacheEntry;
  readonly tags: readonly string[];
  /** When it was last seen that nothing of it was evicted. */
  moment: number;
}

/** The entries of a process, each with the tags that it falls under. */
export class ProcessEntries {
  readonly #held: LRUCache<string, Held>;
  readonly #clock: Clock;
  readonly #log: EvictionLog;

  constructor({ maxEntries, maxBytes, clock }: ProcessCacheOptions, log: EvictionLog) {
    this.#held = new LRUCache({ max: maxEntries, maxSize: maxBytes });
    this.#clock = clock;
    this.#log = log;
  }

  get(key: string): CacheEntry | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    if (held.entry.keptUntil > this.#clock.now() && this.#log.isCurrent(held.moment, held.tags)) {
      held.moment = this.#log.moment;
      return held.entry;
    }
    this.#held.delete(key);
    return undefined;
  }

  set(entry: CacheEntry, { moment, tags }: Stamp): void {
    if (!this.#log.isCurrent(moment, tags)) return;
    const size = entry.key.length + freezeAndMeasure(entry.value);
    this.#held.set(entry.key, { entry, tags, moment }, { size });
  }

  clear(): void {
    this.#held.clear();
  }
}
