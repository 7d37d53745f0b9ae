import type { RedisChannel } from '../../redis/redis-channel.ts';
import type { RedisLink } from '../../redis/redis-link.ts';
import type { RedisCommand } from '../../redis/redis-nodes.ts';
import type { Clock } from '../../util/clock.ts';
import type { Cache, CacheEntry, Found, Question, Stamp } from './cache.ts';
import { Evictions } from './evictions.ts';
import { ProcessEntries } from './process-cache.ts';
import {
  entryName,
  isUnder,
  readEntry,
  type StoredEntry,
  tagLifeMs,
  tagName,
  writeEntry,
} from './redis-entries.ts';
import { RedisLeases } from './redis-leases.ts';
import { epochTag, isCurrent, newVersion, type TagVersion, TagVersions } from './tag-versions.ts';

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
  readonly #entries: ProcessEntries;
  readonly #versions: TagVersions;
  readonly #evictions: Evictions;
  readonly #channel: RedisChannel;

  constructor(link: RedisLink, options: SharedCacheOptions) {
    this.#link = link;
    this.#clock = options.clock;
    this.#maxValueBytes = options.maxValueBytes ?? 1_048_576;
    this.#entries = new ProcessEntries(options);
    this.#versions = new TagVersions(2 * options.maxEntries);
    this.#evictions = new Evictions(link, this.#versions);
    this.leases = new RedisLeases(link, options.clock);
    this.#channel = this.#evictions.listen(this.leases);
    link.onDown(() => this.#versions.forgetTags());
  }

  peek(key: string): CacheEntry | undefined {
    return this.#trustsItself ? this.#entries.get(key) : undefined;
  }

  async getMany(questions: readonly Question[]): Promise<readonly Found[]> {
    const { moment } = this.#versions;
    const tags = [...new Set(questions.flatMap((question) => question.tags))];
    const entryNames = questions.map(({ key }) => entryName(key));
    const texts = await this.#link.getMany([tagName(epochTag), ...entryNames, ...tags.map(tagName)]);
    if (texts === undefined) return questions.map((question) => this.#findAlone(question));
    const versionOf = (tag: string, text: string | null | undefined): TagVersion =>
      isVersion(text) ? this.#versions.learn(tag, text, moment) : this.#versions.propose(tag, moment);
    const epoch = versionOf(epochTag, texts[0]);
    const versions = new Map(
      tags.map((tag, index) => [tag, versionOf(tag, texts[1 + questions.length + index])]),
    );
    const now = this.#clock.now();
    return questions.map((question, index) => {
      const stamp = [epoch, ...question.tags.map((tag) => versions.get(tag) as TagVersion)];
      return this.#find(question.key, stamp, texts[1 + index], now);
    });
  }

  async setMany(kept: readonly (readonly [CacheEntry, Stamp])[]): Promise<void> {
    const now = this.#clock.now();
    const commands: RedisCommand[] = [];
    const proposed = new Set<TagVersion>();
    for (const [entry, stamp] of kept) {
      if (!isCurrent(stamp) || entry.keptUntil <= now) continue;
      const text = writeEntry(entry, stamp);
      if (this.#trustsItself) this.#entries.set(this.#limited(entry, stamp, now), stamp, text.length);
      if (Buffer.byteLength(text) > this.#maxValueBytes) continue;
      commands.push(setUntil(entryName(entry.key), text, entry.keptUntil - now));
      for (const version of stamp) if (version.isProposed) proposed.add(version);
    }
    // Whoever evicts a tag sets its version: then this one is refused, and what was filled under it is never found.
    for (const { tag, version } of proposed)
      commands.unshift(setUntil(tagName(tag), version, tagLifeMs, 'NX'));
    if (commands.length > 0) await this.#link.run(commands);
  }

  evict(tags: readonly string[]): Promise<void> {
    return this.#evictions.evict(tags.map((tag) => [tag, newVersion()]));
  }

  async evictAll(): Promise<void> {
    this.#entries.clear();
    await this.#evictions.evict([[epochTag, newVersion()]]);
  }

  fault(): string | undefined {
    return this.#link.fault();
  }

  async close(): Promise<void> {
    this.#evictions.close();
    await this.leases.close();
    this.#entries.clear();
    await this.#link.close();
  }

  get #trustsItself(): boolean {
    return !this.#link.isUp || this.#channel.hears;
  }

  #findAlone({ key, tags }: Question): Found {
    const stamp = [epochTag, ...tags].map((tag) => this.#versions.of(tag));
    return { entry: this.peek(key), stamp };
  }

  #find(key: string, stamp: Stamp, text: string | null | undefined, now: number): Found {
    const held = this.peek(key);
    const stored = readEntry(text, key, now);
    if (stored === undefined || !isUnder(stored, stamp)) return { entry: held, stamp };
    if (held !== undefined && held.freshUntil >= stored.entry.freshUntil) return { entry: held, stamp };
    if (this.#trustsItself) this.#entries.set(stored.entry, stamp, (text as string).length);
    return { entry: stored.entry, stamp };
  }

  #limited(entry: CacheEntry, stamp: Stamp, now: number): CacheEntry {
    if (this.#link.isUp || stamp.length === 1) return entry;
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

/** What is under a tag's name may be anything: it is compared, so only its size matters. */
function isVersion(text: string | null | undefined): text is string {
  return typeof text === 'string' && text.length > 0 && text.length <= 64;
}
