import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { RedisLink } from '../../redis/redis-link.ts';
import type { RedisCommand } from '../../redis/redis-nodes.ts';
import type { Clock } from '../../util/clock.ts';
import { aliveScript, enterScript } from './limit-script.ts';
import { type Entering, type LimitStore, nothingToLeave, type Verdict } from './limit-store.ts';
import { ProcessLimits } from './process-limits.ts';

export interface RedisLimitsOptions {
  readonly link: RedisLink;
  readonly clock: Clock;
  /** Names this replica among all. */
  readonly node: string;
  /** The longest time that a request can take, in milliseconds: after that its replica is taken for dead. */
  readonly longestMs: number;
  /** Begins the name of every key. @default tributary:limit: */
  readonly prefix?: string;
}

const minuteMs = 60_000;
const aliveMs = 15_000;
const heartbeatMs = 5_000;
const enterSha = createHash('sha1').update(enterScript).digest('hex');

interface Waiting {
  readonly command: RedisCommand;
  readonly tell: (reply: unknown) => void;
}

/**
 * Counts in Redis, for all replicas together: one script a request, the requests of one turn of the event loop in one round
 * trip. While Redis does not answer each replica counts for itself, its share of every limit by the number of replicas that were
 * last known.
 */
export class RedisLimits implements LimitStore {
  /** How many replicas there are. */
  replicas = 1;
  readonly #options: RedisLimitsOptions;
  readonly #prefix: string;
  readonly #alone: ProcessLimits;
  /** Until when a group need not ask Redis: it would be refused. */
  readonly #refusedUntil: LRUCache<string, Refusal>;
  #waiting: Waiting[] = [];
  #leaving: RedisCommand[] = [];
  #isFlushing = false;
  #tokens = 0;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(options: RedisLimitsOptions) {
    this.#options = options;
    this.#prefix = options.prefix ?? 'tributary:limit:';
    this.#alone = new ProcessLimits(options.clock);
    this.#refusedUntil = new LRUCache({ max: 10_000 });
    this.#heartbeat = setInterval(() => void this.countReplicas(), heartbeatMs).unref();
    void options.link.whenUp(aliveMs).then(() => this.countReplicas());
  }

  enter(entering: Entering): Verdict | Promise<Verdict> {
    if (!this.#options.link.isUp) return this.#enterAlone(entering);
    return this.#refusedAlready(entering) ?? this.#ask(entering);
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    const { link, node } = this.#options;
    await link.run([{ key: this.#replicasKey, words: ['zrem', this.#replicasKey, node] }, ...this.#leaving]);
  }

  /** Says that this replica lives, and hears how many do. */
  async countReplicas(): Promise<void> {
    const key = this.#replicasKey;
    const { link, node } = this.#options;
    const replies = await link.run([{ key, words: ['eval', aliveScript, 1, key, node, aliveMs] }]);
    if (typeof replies?.[0] === 'number') this.replicas = Math.max(1, replies[0]);
  }

  get #replicasKey(): string {
    return `${this.#prefix}replicas`;
  }

  async #ask(entering: Entering): Promise<Verdict> {
    const { group, rate, cost, runner, running } = entering;
    const intervalMs = minuteMs / rate.perMinute;
    const token = `${this.#options.node}:${++this.#tokens}`;
    // One slot of a Cluster holds both keys.
    const keys = [`${this.#prefix}{${group}}:rate`, `${this.#prefix}{${group}}:running:${runner}`] as const;
    const values = [intervalMs, rate.burst * intervalMs, Math.min(cost, rate.burst) * intervalMs, running];
    const words = [2, ...keys, ...values, token, this.#options.longestMs] as const;
    const reply = await this.#send({ key: keys[0], words: ['evalsha', enterSha, ...words] });
    const known = isNoScript(reply)
      ? await this.#send({ key: keys[0], words: ['eval', enterScript, ...words] })
      : reply;
    if (!Array.isArray(known)) return this.#enterAlone(entering);
    const [refused, ahead, retry] = known as [number, number, number];
    const fullInMs = ahead / 1_000;
    if (refused === 1) this.#refuseUntil(entering, retry / 1_000, fullInMs);
    return {
      refusedBy: refused === 0 ? undefined : refused === 1 ? 'rate' : 'running',
      remaining: Math.max(0, Math.floor((rate.burst * intervalMs - fullInMs + 0.001) / intervalMs)),
      fullInMs,
      retryInMs: retry / 1_000,
      leave: refused === 0 && running > 0 ? () => this.#leave(keys[1], token) : nothingToLeave,
    };
  }

  #enterAlone(entering: Entering): Verdict {
    const { rate, running } = entering;
    const share = (all: number): number => Math.max(1, Math.ceil(all / this.replicas));
    return this.#alone.enter({
      ...entering,
      rate: { perMinute: rate.perMinute / this.replicas, burst: share(rate.burst) },
      running: running === 0 ? 0 : share(running),
    });
  }

  #refuseUntil({ group, rate }: Entering, retryInMs: number, fullInMs: number): void {
    const now = this.#options.clock.now();
    this.#refusedUntil.set(group, { rate, at: now + retryInMs, fullAt: now + fullInMs });
  }

  /** A flood of one group costs Redis one question for every request that is let through. */
  #refusedAlready({ group, rate, cost }: Entering): Verdict | undefined {
    const until = this.#refusedUntil.get(group);
    if (until === undefined || cost < 1) return undefined;
    const now = this.#options.clock.now();
    const isSameRate = until.rate.perMinute === rate.perMinute && until.rate.burst === rate.burst;
    if (now >= until.at || !isSameRate) {
      this.#refusedUntil.delete(group);
      return undefined;
    }
    return {
      refusedBy: 'rate',
      remaining: 0,
      fullInMs: until.fullAt - now,
      retryInMs: until.at - now,
      leave: nothingToLeave,
    };
  }

  #leave(key: string, token: string): void {
    this.#leaving.push({ key, words: ['zrem', key, token] });
    this.#flushSoon();
  }

  #send(command: RedisCommand): Promise<unknown> {
    return new Promise((tell) => {
      this.#waiting.push({ command, tell });
      this.#flushSoon();
    });
  }

  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    this.#isFlushing = false;
    const [waiting, leaving] = [this.#waiting, this.#leaving];
    [this.#waiting, this.#leaving] = [[], []];
    // Who leaves makes room for who comes in the same turn.
    const commands = [...leaving, ...waiting.map(({ command }) => command)];
    const replies = await this.#options.link.run(commands);
    waiting.forEach(({ tell }, index) => {
      tell(replies?.[leaving.length + index]);
    });
  }
}

/** When a group that was refused by a rate may ask again; of no meaning by another rate. */
interface Refusal {
  readonly rate: Entering['rate'];
  readonly at: number;
  readonly fullAt: number;
}

function isNoScript(reply: unknown): boolean {
  return reply instanceof Error && reply.message.startsWith('NOSCRIPT');
}
