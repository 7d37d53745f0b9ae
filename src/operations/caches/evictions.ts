import type { ChannelListener, RedisChannel } from '../../redis/redis-channel.ts';
import type { RedisLink } from '../../redis/redis-link.ts';
import type { RedisCommand } from '../../redis/redis-nodes.ts';
import { tagLifeMs, tagName } from './redis-entries.ts';
import type { RedisLeases } from './redis-leases.ts';
import { epochTag, newVersion, type TagVersions } from './tag-versions.ts';

type Eviction = readonly [tag: string, version: string];

const evictedChannel = 'tributary:evicted';
const toldChannel = 'tributary:told';
const mostInOneStep = 500;
/** More than so many that could not be written yet become one that empties everything. */
const mostPending = 10_000;
const beatMs = 1_000;

/**
 * Evictions, sent to Redis and to every process. One that Redis does not take is kept, and made up for before Redis is
 * used again: a write during an outage leaves nothing stale behind it.
 */
export class Evictions {
  readonly #link: RedisLink;
  readonly #versions: TagVersions;
  readonly #pending = new Map<string, string>();
  readonly #beatChannel = `tributary:beat:${newVersion()}`;
  #beatHeardAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(link: RedisLink, versions: TagVersions) {
    this.#link = link;
    this.#versions = versions;
    link.beforeUse(async (run) => {
      while (this.#pending.size > 0) if (!(await this.#send([...this.#pending], run))) return false;
      // What others evicted meanwhile was not heard.
      this.#versions.forget();
      return true;
    });
  }

  /** Listens to what other processes evict and tell, and makes sure that it is heard. */
  listen(leases: RedisLeases): RedisChannel {
    const listener: ChannelListener = {
      hear: (channel, text) => {
        if (channel === evictedChannel) this.#hear(text);
        else if (channel === toldChannel) leases.hear(text);
        else this.#beatHeardAt = performance.now();
      },
      changed: () => {
        this.#beatHeardAt = performance.now();
        this.#versions.forget();
      },
    };
    const channel = this.#link.listen([evictedChannel, toldChannel, this.#beatChannel], listener);
    leases.tellThrough(channel, toldChannel);
    this.#timer = setInterval(() => this.#beat(channel), beatMs).unref();
    return channel;
  }

  async evict(evictions: readonly Eviction[]): Promise<void> {
    this.#apply(evictions);
    for (const [tag, version] of evictions) this.#pending.set(tag, version);
    if (this.#pending.size > mostPending) {
      this.#pending.clear();
      this.#pending.set(epochTag, newVersion());
      this.#apply([...this.#pending]);
    }
    if (!this.#link.isUp) return;
    await this.#send(evictions, (commands) => this.#link.run(commands));
    // What was asked of Redis before the new versions were there does not count.
    this.#apply(evictions);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #apply(evictions: readonly Eviction[]): void {
    for (const [tag, version] of evictions) this.#versions.evict(tag, version);
  }

  async #send(evictions: readonly Eviction[], run: RedisLink['run']): Promise<boolean> {
    for (let start = 0; start < evictions.length; start += mostInOneStep) {
      const step = evictions.slice(start, start + mostInOneStep);
      // A Redis without memory takes no new version, but it can forget the old one, which is as good.
      const replies = await run(step.flatMap(([tag, version]) => renewVersion(tagName(tag), version)));
      if (replies === undefined || replies.some((reply, at) => at % 2 === 0 && reply instanceof Error))
        return false;
      // Only now: whoever hears of it asks Redis, and must not be given the old version.
      const words = ['publish', evictedChannel, JSON.stringify(step)] as const;
      if ((await run([{ words }])) === undefined) return false;
      for (const [tag, version] of step) if (this.#pending.get(tag) === version) this.#pending.delete(tag);
    }
    return true;
  }

  #hear(text: string): void {
    for (const [tag, version] of evictionsIn(text)) this.#versions.evict(tag, version);
  }

  /** A connection may be dead without knowing: each process tells itself something now and then. */
  #beat(channel: RedisChannel): void {
    if (!this.#link.isUp) return;
    if (this.#pending.size > 0) void this.#send([...this.#pending], (commands) => this.#link.run(commands));
    if (!channel.hears) return;
    if (performance.now() - this.#beatHeardAt > 2.5 * beatMs) channel.renew();
    else void this.#link.run([{ words: ['publish', this.#beatChannel, ''] }]);
  }
}

function renewVersion(name: string, version: string): readonly RedisCommand[] {
  return [
    { key: name, words: ['del', name] },
    { key: name, words: ['set', name, version, 'PX', tagLifeMs] },
  ];
}

function evictionsIn(text: string): readonly Eviction[] {
  try {
    const message: unknown = JSON.parse(text);
    if (!Array.isArray(message)) return [];
    return message.filter(
      (pair) => Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'string',
    );
  } catch {
    return [];
  }
}
