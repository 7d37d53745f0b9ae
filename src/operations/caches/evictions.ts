import type { ChannelListener, RedisChannel } from '../../redis/redis-channel.ts';
import type { RedisLink } from '../../redis/redis-link.ts';
import type { RedisCommand } from '../../redis/redis-nodes.ts';
import type { EvictionLog } from './eviction-log.ts';
import { epochName, newVersion, tagLifeMs, tagName } from './redis-entries.ts';
import type { RedisLeases } from './redis-leases.ts';

/** `null` is everything. */
type Evicted = string | null;

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
  readonly #log: EvictionLog;
  readonly #pending = new Set<Evicted>();
  readonly #self = newVersion();
  readonly #beatChannel = `tributary:beat:${this.#self}`;
  #beatHeardAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(link: RedisLink, log: EvictionLog) {
    this.#link = link;
    this.#log = log;
    link.beforeUse(async (run) => {
      while (this.#pending.size > 0) if (!(await this.#send([...this.#pending], run))) return false;
      // What others evicted meanwhile was not heard.
      this.#log.evictAll();
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
        this.#log.evictAll();
      },
    };
    const channel = this.#link.listen([evictedChannel, toldChannel, this.#beatChannel], listener);
    leases.tellThrough(channel, toldChannel);
    this.#timer = setInterval(() => this.#beat(channel), beatMs).unref();
    return channel;
  }

  evictAll(): Promise<void> {
    return this.evict([null]);
  }

  async evict(evicted: readonly Evicted[]): Promise<void> {
    this.#apply(evicted);
    for (const tag of evicted) this.#pending.add(tag);
    if (this.#pending.size > mostPending) {
      this.#pending.clear();
      this.#pending.add(null);
      this.#apply([null]);
    }
    if (!this.#link.isUp) return;
    await this.#send(evicted, (commands) => this.#link.run(commands));
    // What was asked of Redis before the new versions were there does not count.
    this.#apply(evicted);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #apply(evicted: readonly Evicted[]): void {
    for (const tag of evicted) {
      if (tag === null) this.#log.evictAll();
      else this.#log.evict(tag);
    }
  }

  async #send(evicted: readonly Evicted[], run: RedisLink['run']): Promise<boolean> {
    for (let start = 0; start < evicted.length; start += mostInOneStep) {
      const step = evicted.slice(start, start + mostInOneStep);
      // Whatever is evicted from now on is to be sent once more.
      for (const tag of step) this.#pending.delete(tag);
      if (!(await this.#sendStep(step, run))) {
        for (const tag of step) this.#pending.add(tag);
        return false;
      }
    }
    return true;
  }

  async #sendStep(step: readonly Evicted[], run: RedisLink['run']): Promise<boolean> {
    const replies = await run(step.flatMap(renewVersion));
    // A Redis without memory takes no new version, but it can forget the old one, which is as good.
    if (replies === undefined || replies.some((reply, at) => at % 2 === 0 && reply instanceof Error))
      return false;
    // Only now: whoever hears of it asks Redis, and must not be given the old version.
    const message = JSON.stringify({ from: this.#self, evicted: step });
    return (await run([{ words: ['publish', evictedChannel, message] }])) !== undefined;
  }

  /** What this process evicted itself it knows already, and for longer. */
  #hear(text: string): void {
    const { from, evicted } = messageIn(text);
    if (from !== this.#self) this.#apply(evicted);
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

function renewVersion(tag: Evicted): readonly RedisCommand[] {
  const name = tag === null ? epochName : tagName(tag);
  return [
    { key: name, words: ['del', name] },
    { key: name, words: ['set', name, newVersion(), 'PX', tagLifeMs] },
  ];
}

function messageIn(text: string): { readonly from: unknown; readonly evicted: readonly Evicted[] } {
  try {
    const { from, evicted } = JSON.parse(text) as { from?: unknown; evicted?: unknown };
    if (!Array.isArray(evicted)) return { from, evicted: [] };
    return { from, evicted: evicted.filter((tag) => tag === null || typeof tag === 'string') };
  } catch {
    return { from: undefined, evicted: [] };
  }
}
