import { LRUCache } from 'lru-cache';
import type { Caller } from '../../caller.ts';
import type { Cache } from '../../operations/caches/cache.ts';
import type { Clock } from '../../util/clock.ts';
import { hashOf } from './trusted-documents.ts';

export interface AutomaticOptions {
  readonly automaticTtlMs: number;
  readonly registrationsPerMinute: number;
}

const minuteMs = 60_000;

/**
 * Documents that callers registered themselves, in the cache of operations, so that every process finds them. What is
 * found is looked at again: a text that has not the hash it stands under was put there by somebody else, and is evicted.
 */
export class AutomaticDocuments {
  readonly #cache: Cache;
  readonly #clock: Clock;
  readonly #options: AutomaticOptions;
  /** Of the audience and its contract: nobody finds what was registered against another. */
  readonly #prefix: string;
  /** When a caller may register again: each registration takes its part of a minute. */
  readonly #busyUntil = new LRUCache<string, number>({ max: 10_000 });

  constructor(cache: Cache, clock: Clock, prefix: string, options: AutomaticOptions) {
    this.#cache = cache;
    this.#clock = clock;
    this.#prefix = prefix;
    this.#options = options;
  }

  async find(hash: string): Promise<string | undefined> {
    const key = this.#prefix + hash;
    const [found] = await this.#cache.getMany([{ key, tags: [key] }]);
    const text = found?.entry?.value;
    if (text === undefined || this.#clock.now() >= (found?.entry?.freshUntil ?? 0)) return undefined;
    if (typeof text === 'string' && hashOf(text) === hash) return text;
    await this.#cache.evict([key]);
    return undefined;
  }

  /** Keeps a document that was found valid, where the caller may register one now. */
  async register(hash: string, text: string, { id }: Caller): Promise<void> {
    const now = this.#clock.now();
    const busyUntil = Math.max(now, this.#busyUntil.get(id) ?? 0);
    if (busyUntil - now >= minuteMs) return;
    const key = this.#prefix + hash;
    if (this.#cache.peek(key) !== undefined) return;
    this.#busyUntil.set(id, busyUntil + minuteMs / this.#options.registrationsPerMinute);
    const [found] = await this.#cache.getMany([{ key, tags: [key] }]);
    if (found === undefined || found.entry !== undefined) return;
    const until = now + this.#options.automaticTtlMs;
    const times = { freshUntil: until, staleUntil: until, errorUntil: until, keptUntil: until };
    await this.#cache.setMany([[{ key, value: text, ...times }, found.stamp]]);
  }
}
