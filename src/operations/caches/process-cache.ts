import type { Clock } from '../../util/clock.ts';
import type { Cache, CacheEntry, Stamp, Version } from './cache.ts';
import { EvictionLog } from './eviction-log.ts';
import { freezeAndMeasure } from './freeze.ts';
import { Generations } from './generations.ts';
import { type Key, type Keys, keyAt, keyOf } from './key.ts';
import { PutOff } from './put-off.ts';

export interface ProcessCacheOptions {
  readonly maxEntries: number;
  /** Counted roughly as the JSON text of keys and values, so about half of what they take in memory. */
  readonly maxBytes: number;
  readonly clock: Clock;
}

const noVersions: readonly Version[] = [];

/**
 * Keeps answers in this process; what was not asked for for longest goes first. Values are frozen: one object answers many
 * requests, and none may change what the next one sees.
 */
export function processCache(options: ProcessCacheOptions): Cache {
  const log = new EvictionLog();
  const entries = new ProcessEntries(options, log);
  return {
    peek: (key, now) => entries.get(key, now),
    peekMany: (keys, now) => entries.getMany(keys, now),
    moment: () => log.moment,
    getMany: async (questions) => {
      const { moment } = log;
      const now = options.clock.now();
      return questions.map((question) => ({
        entry: 'entry' in question ? question.entry : entries.get(question.key, now),
        stamp: { moment, tags: question.tags, versions: noVersions },
      }));
    },
    isCurrent: ({ moment, tags }) => log.isCurrent(moment, tags),
    async setMany(kept) {
      for (const each of kept) entries.set(...each);
    },
    keep: (make) =>
      entries.later(() => {
        for (const each of make()) entries.set(...each);
      }),
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
  readonly size: number;
  /** When it was last seen that nothing of it was evicted. */
  moment: number;
}

/** The entries of a process, each with the tags that it falls under. */
export class ProcessEntries {
  readonly #held: Generations<Held>;
  readonly #clock: Clock;
  readonly #log: EvictionLog;
  readonly #putOff = new PutOff();

  constructor({ maxEntries, maxBytes, clock }: ProcessCacheOptions, log: EvictionLog) {
    this.#held = new Generations(maxEntries, maxBytes);
    this.#clock = clock;
    this.#log = log;
  }

  get(key: string, now = this.#clock.now()): CacheEntry | undefined {
    this.#putOff.finish();
    return this.#get(keyOf(key), now);
  }

  /** `undefined` where none is held of any. */
  getMany(keys: Keys, now: number): readonly (CacheEntry | undefined)[] | undefined {
    this.#putOff.finish();
    if (!this.#held.mayHaveAny(keys.hashes)) return undefined;
    return keys.texts.map((_, index) => this.#get(keyAt(keys, index), now));
  }

  /** Work after which there is more here: done before anybody looks. */
  later(work: () => void | Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#putOff.add(() => {
        try {
          resolve(work());
        } catch (thrown) {
          reject(thrown);
        }
      });
    });
  }

  #get(key: Key, now: number): CacheEntry | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    if (held.entry.keptUntil > now && this.#log.isCurrent(held.moment, held.tags)) {
      held.moment = this.#log.moment;
      return held.entry;
    }
    this.#held.delete(key);
    return undefined;
  }

  set(
    entry: CacheEntry,
    { moment, tags }: Stamp,
    key = keyOf(entry.key),
    valueSize = freezeAndMeasure(entry.value),
  ): void {
    if (!this.#log.isCurrent(moment, tags)) return;
    const size = entry.key.length + valueSize;
    this.#held.set(key, { entry, tags, moment, size });
  }

  /** Does what was put off. */
  finish(): void {
    this.#putOff.finish();
  }

  clear(): void {
    this.#held.clear();
  }
}
