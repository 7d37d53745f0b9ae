import { randomBytes } from 'node:crypto';
import type { RedisChannel } from '../../redis/redis-channel.ts';
import type { RedisLink } from '../../redis/redis-link.ts';
import type { CancelSignal } from '../../util/abort.ts';
import type { Clock } from '../../util/clock.ts';
import type { CacheEntry, Fill, Lease, Leases, Told } from './cache.ts';
import { entryName, isUnder, leaseName, readEntry } from './redis-entries.ts';

/** A process that dies is waited for so long at most. */
const leaseMs = 1_000;
const renewMs = 300;
/** Messages may be lost: those who wait look again after so long. */
const lookAgainMs = 250;
/** So do those who hear no messages at the moment: otherwise each of them would ask the backend. */
const deafLookAgainMs = 30;

const renewal =
  "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end";
const ending = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end";

interface HeldLease extends Lease {
  readonly token: string;
}

const nobodyElse: Lease = { end: () => {} };

/**
 * Leases in Redis: `SET NX PX` with a token of ours, renewed while the backend is asked, so that a process that dies
 * holds up the others for a second at most. Waiters are told by a message; while messages cannot be heard (the connection
 * for them is being made) they look again and again.
 */
export class RedisLeases implements Leases {
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #held = new Map<string, HeldLease>();
  readonly #waiting = new Map<string, Set<(told: Told) => void>>();
  /** The name of a lease holds versions that may become known otherwise while it is waited for. */
  readonly #names = new WeakMap<Fill, string>();
  #channel: RedisChannel | undefined;
  #channelName = '';
  #renewing: NodeJS.Timeout | undefined;
  #ended: { name: string; token: string; told: Told }[] = [];
  #ending: Promise<void> = Promise.resolve();

  constructor(link: RedisLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
    link.onDown(() => this.#releaseAll());
  }

  tellThrough(channel: RedisChannel, name: string): void {
    this.#channel = channel;
    this.#channelName = name;
  }

  async take(fills: readonly Fill[]): Promise<readonly (Lease | CacheEntry | undefined)[]> {
    if (!this.#link.isUp) return fills.map(() => nobodyElse);
    const token = randomBytes(9).toString('base64url');
    const replies = await this.#link.run(
      fills.flatMap((fill) => {
        const [lease, entry] = [this.#nameOf(fill), entryName(fill.key)];
        return [
          { key: lease, words: ['set', lease, token, 'PX', leaseMs, 'NX'] },
          // In this order, on the same node: a lease that was free after an answer came, comes with the answer.
          { key: entry, words: ['get', entry] },
        ] as const;
      }),
    );
    if (replies === undefined) return fills.map(() => nobodyElse);
    return fills.map((fill, index) => this.#turnOf(fill, token, replies[2 * index], replies[2 * index + 1]));
  }

  wait(fills: readonly Fill[], signal: CancelSignal): Promise<ReadonlyMap<Fill, Told>> {
    return new Promise((resolve) => {
      const told = new Map<Fill, Told>();
      const hearers = fills.map((fill) => {
        const hear = (what: Told): void => {
          // Those that were filled together are told together.
          if (told.size === 0) setImmediate(end);
          told.set(fill, what);
        };
        return [this.#nameOf(fill), hear] as const;
      });
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        for (const [name, hear] of hearers) this.#unhear(name, hear);
        resolve(told);
      };
      const waitMs = this.#channel?.hears === true ? lookAgainMs : deafLookAgainMs;
      const timer = setTimeout(end, waitMs * (0.8 + 0.4 * Math.random()));
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) return end();
      for (const [name, hear] of hearers) this.#hearOf(name, hear);
    });
  }

  /** Takes a message of another process. */
  hear(text: string): void {
    for (const [name, told] of toldIn(text))
      for (const hear of [...(this.#waiting.get(name) ?? [])]) hear(told);
  }

  /** Passes every lease on: nobody need wait until they run out. */
  async close(): Promise<void> {
    for (const lease of [...this.#held.values()]) lease.end('left');
    await this.#ending;
    clearInterval(this.#renewing);
  }

  #turnOf(fill: Fill, token: string, taken: unknown, text: unknown): Lease | CacheEntry | undefined {
    const stored = readEntry(text, fill.key, this.#clock.now());
    const isAnswer =
      stored !== undefined &&
      stored.entry.freshUntil > this.#clock.now() &&
      isUnder(stored, fill.stamp, true);
    const name = this.#nameOf(fill);
    if (taken === 'OK') {
      const lease = this.#hold(name, token);
      if (!isAnswer) return lease;
      lease.end('kept');
    }
    if (isAnswer) return stored.entry;
    return taken === null ? undefined : nobodyElse;
  }

  #hold(name: string, token: string): Lease {
    const lease: HeldLease = {
      token,
      end: (told) => {
        if (this.#held.get(name) !== lease) return;
        this.#held.delete(name);
        if (this.#ended.push({ name, token, told }) === 1)
          this.#ending = Promise.resolve().then(() => this.#end());
      },
    };
    this.#held.set(name, lease);
    this.#renewing ??= setInterval(() => this.#renew(), renewMs).unref();
    return lease;
  }

  #renew(): void {
    if (this.#held.size === 0) {
      clearInterval(this.#renewing);
      this.#renewing = undefined;
      return;
    }
    void this.#link.run(
      [...this.#held].map(([name, { token }]) => ({
        key: name,
        words: ['eval', renewal, 1, name, token, leaseMs],
      })),
    );
  }

  async #end(): Promise<void> {
    const ended = this.#ended;
    this.#ended = [];
    await this.#link.run(
      ended.map(({ name, token }) => ({ key: name, words: ['eval', ending, 1, name, token] })),
    );
    const message = JSON.stringify(ended.map(({ name, told }) => [name, told]));
    await this.#link.run([{ words: ['publish', this.#channelName, message] }]);
  }

  #nameOf(fill: Fill): string {
    let name = this.#names.get(fill);
    if (name === undefined) {
      name = leaseName(fill);
      this.#names.set(fill, name);
    }
    return name;
  }

  #hearOf(name: string, hear: (told: Told) => void): void {
    const hearers = this.#waiting.get(name);
    if (hearers === undefined) this.#waiting.set(name, new Set([hear]));
    else hearers.add(hear);
  }

  #unhear(name: string, hear: (told: Told) => void): void {
    const hearers = this.#waiting.get(name);
    if (hearers?.delete(hear) && hearers.size === 0) this.#waiting.delete(name);
  }

  #releaseAll(): void {
    this.#held.clear();
    for (const hearers of [...this.#waiting.values()]) for (const hear of [...hearers]) hear('left');
  }
}

function toldIn(text: string): readonly (readonly [name: string, told: Told])[] {
  try {
    const message: unknown = JSON.parse(text);
    if (!Array.isArray(message)) return [];
    return message.filter((pair) => Array.isArray(pair) && /^(kept|unkept|left)$/.test(String(pair[1])));
  } catch {
    return [];
  }
}
