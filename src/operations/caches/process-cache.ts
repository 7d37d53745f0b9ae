import { LRUCache } from 'lru-cache';
import type { Clock } from '../../util/clock.ts';
import type { Cache, CacheEntry, Stamp } from './cache.ts';
import { epochTag, isCurrent, newVersion, TagVersions } from './tag-versions.ts';

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
export function processCache(options: ProcessCacheOptions): Cache {
  const entries = new ProcessEntries(options);
  const versions = new TagVersions(2 * options.maxEntries);
  return {
    peek: (key) => entries.get(key),
    getMany: async (questions) =>
      questions.map(({ key, tags }) => ({
        entry: entries.get(key),
        stamp: [versions.of(epochTag), ...tags.map((tag) => versions.of(tag))],
      })),
    async setMany(kept) {
      for (const [entry, stamp] of kept) entries.set(entry, stamp);
    },
    async evict(tags) {
      for (const tag of tags) versions.evict(tag, newVersion());
    },
    async evictAll() {
      versions.evict(epochTag, newVersion());
      entries.clear();
    },
    fault: () => undefined,
    close: async () => entries.clear(),
  };
}

interface Held {
  readonly entry: CacheEntry;
  readonly stamp: Stamp;
}

/** The entries of a process, each with the versions that it is good under. */
export class ProcessEntries {
  readonly #held: LRUCache<string, Held>;
  readonly #clock: Clock;

  constructor({ maxEntries, maxBytes, clock }: ProcessCacheOptions) {
    this.#held = new LRUCache({ max: maxEntries, maxSize: maxBytes });
    this.#clock = clock;
  }

  get(key: string): CacheEntry | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    if (held.entry.keptUntil > this.#clock.now() && isCurrent(held.stamp)) return held.entry;
    this.#held.delete(key);
    return undefined;
  }

  /** @param textLength of the value as JSON, where it is known */
  set(entry: CacheEntry, stamp: Stamp, textLength = JSON.stringify(entry.value)?.length ?? 0): void {
    if (!isCurrent(stamp)) return;
    freeze(entry.value);
    this.#held.set(entry.key, { entry, stamp }, { size: 1 + entry.key.length + textLength });
  }

  clear(): void {
    this.#held.clear();
  }
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
}
