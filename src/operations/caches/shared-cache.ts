import type { RedisChannel } from '../../redis/redis-channel.ts';
import type { RedisLink } from '../../redis/redis-link.ts';
import type { RedisCommand } from '../../redis/redis-nodes.ts';
import type { Clock } from '../../util/clock.ts';
import type { Cache, CacheEntry, Found, Kept, Question, Stamp, Version } from './cache.ts';
import { EvictionLog } from './eviction-log.ts';
import { Evictions } from './evictions.ts';
import type { Keys } from './key.ts';
import { ProcessEntries } from './process-cache.ts';
import {
  entryName,
  epochName,
  isUnder,
  newVersion,
  readEntry,
  readVersion,
  tagLifeMs,
  tagName,
  writeEntry,
} from './redis-entries.ts';
import { RedisLeases } from './redis-leases.ts';

export interface SharedCacheOptions {
  /** The most answers kept in this process. */
  readonly maxEntries: number;
  /** The most bytes of answers kept in this process. */
  readonly maxBytes: number;
  /** The largest answer written to Redis. @default 1 MB */
  readonly maxValueBytes?: number;
  readonly clock: Clock;
}

/** While evictions by other processes cannot be heard of, an answer that has tags is believed for so long at most. */
const aloneMs = 1_000;

/**
 * Keeps answers in this process and in Redis, shared by all replicas: one `MGET` asks for a batch and for the versions
 * of its tags, one pipeline writes it.
 *
 * | Redis | its messages | what this process holds |
 * |---|---|---|
 * | answers | are heard | is trusted: evictions arrive as messages |
 * | answers | are not heard | is not asked: Redis is, every time |
 * | is down | | is trusted alone; what has tags for a second at most |
 */
export function sharedCache(link: RedisLink, options: SharedCacheOptions): Cache {
  return new SharedCache(link, options);
}

class SharedCache implements Cache {
  readonly leases: RedisLeases;
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #maxValueBytes: number;
  readonly #log = new EvictionLog();
  readonly #entries: ProcessEntries;
  readonly #evictions: Evictions;
  readonly #channel: RedisChannel;
  #epoch: string | undefined;

  constructor(link: RedisLink, options: SharedCacheOptions) {
    this.#link = link;
    this.#clock = options.clock;
    this.#maxValueBytes = options.maxValueBytes ?? 1_048_576;
    this.#entries = new ProcessEntries(options, this.#log);
    this.#evictions = new Evictions(link, this.#log);
    this.leases = new RedisLeases(link, options.clock);
    this.#channel = this.#evictions.listen(this.leases);
    link.onDown(() => this.#log.evictTagged());
  }

  peek(key: string, now?: number): CacheEntry | undefined {
    return this.#trustsItself ? this.#entries.get(key, now) : undefined;
  }

  peekMany(keys: Keys, now: number): readonly (CacheEntry | undefined)[] | undefined {
    return this.#trustsItself ? this.#entries.getMany(keys, now) : undefined;
  }

  async getMany(questions: readonly Question[]): Promise<readonly Found[]> {
    // What is written before it is asked for is found.
    this.#entries.finish();
    const { moment } = this.#log;
    const tags = [...new Set(questions.flatMap((question) => question.tags))];
    const entryNames = questions.map(({ key }) => entryName(key));
    const texts = await this.#link.getMany([epochName, ...entryNames, ...tags.map(tagName)]);
    if (texts === undefined) return questions.map((question) => this.#findAlone(question));
    const proposal: Version = { version: newVersion(), isProposed: true };
    const epoch = readVersion(texts[0]) ?? proposal;
    this.#see(epoch);
    const firstTag = 1 + questions.length;
    const versions = new Map(
      tags.map((tag, index) => [tag, readVersion(texts[firstTag + index]) ?? proposal]),
    );
    const now = this.#clock.now();
    return questions.map(({ key, tags: own }, index) => {
      const ofTags = own.map((tag) => versions.get(tag) as Version);
      return this.#find(key, { moment, tags: own, versions: [epoch, ...ofTags] }, texts[1 + index], now);
    });
  }

  isCurrent({ moment, tags }: Stamp): boolean {
    return this.#log.isCurrent(moment, tags);
  }

  async setMany(kept: readonly Kept[]): Promise<void> {
    const now = this.#clock.now();
    const commands: RedisCommand[] = [];
    const proposed = new Map<string, string>();
    for (const [entry, stamp, key, size] of kept) {
      if (entry.keptUntil <= now) continue;
      if (this.#trustsItself) this.#entries.set(this.#limited(entry, stamp, now), stamp, key, size);
      // Asked for while Redis was down: nothing says which versions it would be good under.
      if (!this.#link.isUp || stamp.versions.length === 0) continue;
      const text = writeEntry(entry, stamp);
      if (Buffer.byteLength(text) > this.#maxValueBytes) continue;
      commands.push(setUntil(entryName(entry.key), text, entry.keptUntil - now));
      stamp.versions.forEach(({ version, isProposed }, index) => {
        const tag = stamp.tags[index - 1];
        if (isProposed) proposed.set(tag === undefined ? epochName : tagName(tag), version);
      });
    }
    // Whoever evicts a tag sets its version: then this one is refused, and what was filled under it is never found. After
    // the answers: who sees the versions but no answer yet would take another lease than the one that is held, and ask.
    for (const [name, version] of proposed) commands.push(setUntil(name, version, tagLifeMs, 'NX'));
    if (commands.length > 0) await this.#link.run(commands);
  }

  keep(make: () => readonly Kept[]): Promise<void> {
    return this.#entries.later(() => this.setMany(make()));
  }

  evict(tags: readonly string[]): Promise<void> {
    return this.#evictions.evict(tags);
  }

  async evictAll(): Promise<void> {
    this.#entries.clear();
    await this.#evictions.evictAll();
  }

  whenShared(limitMs: number): Promise<boolean> {
    return this.#link.whenUp(limitMs);
  }

  fault(): string | undefined {
    return this.#link.fault();
  }

  async close(): Promise<void> {
    this.#entries.finish();
    this.#evictions.close();
    await this.leases.close();
    this.#entries.clear();
    await this.#link.close();
  }

  get #trustsItself(): boolean {
    return !this.#link.isUp || this.#channel.hears;
  }

  /** An epoch that Redis has lost, or that changed without a word, empties this process too. */
  #see({ version, isProposed }: Version): void {
    if (this.#epoch !== undefined && (isProposed || this.#epoch !== version)) this.#log.evictAll();
    this.#epoch = isProposed ? undefined : version;
  }

  #findAlone({ key, tags }: Question): Found {
    return { entry: this.peek(key), stamp: { moment: this.#log.moment, tags, versions: [] } };
  }

  #find(key: string, stamp: Stamp, text: string | null | undefined, now: number): Found {
    const held = this.peek(key, now);
    const stored = readEntry(text, key, now);
    if (stored === undefined || !this.isCurrent(stamp) || !isUnder(stored, stamp))
      return { entry: held, stamp };
    if (held !== undefined && held.freshUntil >= stored.entry.freshUntil) return { entry: held, stamp };
    if (this.#trustsItself) this.#entries.set(stored.entry, stamp);
    return { entry: stored.entry, stamp };
  }

  #limited(entry: CacheEntry, { tags }: Stamp, now: number): CacheEntry {
    if (this.#link.isUp || tags.length === 0) return entry;
    const limit = now + aloneMs;
    return {
      ...entry,
      freshUntil: Math.min(entry.freshUntil, limit),
      staleUntil: Math.min(entry.staleUntil, limit),
    };
  }
}

function setUntil(name: string, text: string, lifeMs: number, ...flags: readonly string[]): RedisCommand {
  return { key: name, words: ['set', name, text, 'PX', Math.ceil(lifeMs), ...flags] };
}
