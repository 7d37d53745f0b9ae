import { readRedisAddress } from './redis-address.ts';
import { type ChannelListener, openChannel, type RedisChannel } from './redis-channel.ts';
import type { RedisLog } from './redis-log.ts';
import { openNodes, type RedisCommand, type RedisNodes } from './redis-nodes.ts';

/** A Redis that never fails a request and hardly ever delays one. */
export interface RedisLink {
  /** Whether commands are sent at all. */
  readonly isUp: boolean;
  /** The values under the keys, in one round trip to each node; `undefined` when Redis gives no answer in time. */
  getMany(keys: readonly string[]): Promise<readonly (string | null)[] | undefined>;
  /** The reply to each command, or its error, in one round trip to each node; `undefined` as above. */
  run(commands: readonly RedisCommand[]): Promise<readonly unknown[] | undefined>;
  /**
   * Work to be done when Redis answers again, before anybody else is let through: it gets a `run` that works already.
   * When it resolves to `false` Redis stays down and is tried again later.
   */
  beforeUse(work: (run: RedisLink['run']) => Promise<boolean>): void;
  /** Called when Redis stops answering. */
  onDown(callback: () => void): void;
  /** Listens to messages on a connection of its own. */
  listen(channels: readonly string[], listener: ChannelListener): RedisChannel;
  /** What keeps it from working, without secrets; `undefined` while it works. */
  fault(): string | undefined;
  /**
   * Resolves with `true` as soon as Redis answers, with `false` when an attempt to reach it fails, and after so many
   * milliseconds.
   */
  whenUp(limitMs: number): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * How long one question to Redis may take: paid once, then it is down until a probe says otherwise. With timers that are
 * late on a busy machine, and what else the request needs, a Redis that freezes costs it 50 ms.
 */
const answerLimitMs = 40;
const firstProbeMs = 100;
const longestProbeMs = 2_000;

/** What a server says that cannot serve at all; other errors are about one command. */
const outage =
  /^(READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|NOAUTH|NOPERM|WRONGPASS|TRYAGAIN|MOVED|ASK|Connection is closed|Command aborted|Stream isn't writeable|Cluster|Reached the max|None of startup nodes|Failed to refresh|All sentinels)/;

/**
 * Opens a link to Redis; resolves no sooner or later whether Redis is there. While Redis is down nothing is sent but a
 * probe now and then, in the background, with growing pauses and jitter.
 *
 * @param url see `readRedisAddress`; throws where it cannot be read
 * @param limitMs how long one question may take
 */
export function openRedis(url: string, log: RedisLog, limitMs: number = answerLimitMs): RedisLink {
  return new GuardedRedis(openNodes(readRedisAddress(url)), log, limitMs);
}

class GuardedRedis implements RedisLink {
  isUp = false;
  readonly #nodes: RedisNodes;
  readonly #log: RedisLog;
  readonly #limitMs: number;
  #fault: string | undefined = 'not connected yet';
  #reported = false;
  #closed = false;
  #probing = false;
  #probeMs = firstProbeMs;
  #timer: NodeJS.Timeout | undefined;
  /** Gives up each question that waits for an answer. */
  readonly #waiting = new Set<() => void>();
  readonly #channels: RedisChannel[] = [];
  readonly #beforeUse: ((run: RedisLink['run']) => Promise<boolean>)[] = [];
  readonly #onDown: (() => void)[] = [];
  readonly #onOutcome = new Set<(isUp: boolean) => void>();

  constructor(nodes: RedisNodes, log: RedisLog, limitMs: number) {
    this.#nodes = nodes;
    this.#log = log;
    this.#limitMs = limitMs;
    nodes.onReady(() => void this.#probe());
    nodes.onError((error) => this.#connectionFailed(reasonOf(error)));
    this.#probeLater();
  }

  getMany(keys: readonly string[]): Promise<readonly (string | null)[] | undefined> {
    if (!this.isUp) return Promise.resolve(undefined);
    return this.#limited(() => this.#nodes.getMany(keys));
  }

  run(commands: readonly RedisCommand[]): Promise<readonly unknown[] | undefined> {
    return this.isUp ? this.#run(commands) : Promise.resolve(undefined);
  }

  beforeUse(work: (run: RedisLink['run']) => Promise<boolean>): void {
    this.#beforeUse.push(work);
  }

  onDown(callback: () => void): void {
    this.#onDown.push(callback);
  }

  listen(channels: readonly string[], listener: ChannelListener): RedisChannel {
    const channel = openChannel(this.#nodes, channels, listener);
    this.#channels.push(channel);
    return channel;
  }

  fault(): string | undefined {
    return this.#fault;
  }

  whenUp(limitMs: number): Promise<boolean> {
    if (this.isUp) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (isUp: boolean): void => {
        clearTimeout(timer);
        this.#onOutcome.delete(end);
        resolve(isUp);
      };
      const timer = setTimeout(() => end(false), limitMs);
      this.#onOutcome.add(end);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#stop('closed');
    for (const channel of this.#channels) channel.close();
    this.#nodes.close();
  }

  async #run(commands: readonly RedisCommand[]): Promise<readonly unknown[] | undefined> {
    const replies = await this.#limited(() => this.#nodes.run(commands));
    const error = replies?.find((reply) => reply instanceof Error && outage.test(reply.message));
    if (error !== undefined) this.#stop((error as Error).message);
    return replies;
  }

  /** The result of the work, or `undefined` when it fails, takes too long, or Redis is found to be down meanwhile. */
  #limited<T>(work: () => Promise<T>): Promise<T | undefined> {
    return new Promise((resolve) => {
      const end = (result: T | undefined): void => {
        clearTimeout(timer);
        this.#waiting.delete(giveUp);
        resolve(result);
      };
      const giveUp = (): void => end(undefined);
      // The answer may lie in the socket already, when it was us who were busy.
      const timer = setTimeout(() => setImmediate(() => this.#late(giveUp)), this.#limitMs);
      this.#waiting.add(giveUp);
      work().then(end, (error: Error) => {
        this.#stop(error.message);
        end(undefined);
      });
    });
  }

  #late(giveUp: () => void): void {
    if (this.#waiting.has(giveUp)) this.#stop(`no answer within ${this.#limitMs} ms`);
  }

  #stop(reason: string): void {
    this.#fault = withoutAddress(reason);
    for (const giveUp of [...this.#waiting]) giveUp();
    if (!this.isUp) return;
    this.isUp = false;
    this.#report();
    this.#probeMs = firstProbeMs;
    for (const callback of this.#onDown) callback();
    this.#probeLater();
  }

  /** One node of several may fail without anybody missing it: while questions are answered this says nothing. */
  #connectionFailed(reason: string): void {
    if (this.isUp) return;
    this.#fault = withoutAddress(reason);
    this.#report();
    this.#tell(false);
  }

  #tell(isUp: boolean): void {
    for (const hear of [...this.#onOutcome]) hear(isUp);
  }

  #probeLater(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#probe(), this.#probeMs * (0.5 + Math.random() / 2)).unref();
    this.#probeMs = Math.min(longestProbeMs, this.#probeMs * 2);
  }

  async #probe(): Promise<void> {
    if (this.isUp || this.#probing || this.#closed) return;
    this.#probing = true;
    const works = await this.#works();
    this.#probing = false;
    if (this.#closed) return;
    if (works) this.#start();
    else {
      this.#nodes.refresh();
      this.#probeLater();
    }
  }

  /** Every node takes a write, be it that it has no memory left for it; and what must come first is done. */
  async #works(): Promise<boolean> {
    const replies = await this.#run(
      this.#nodes.probes.map((key) => ({ key, words: ['set', key, '1', 'PX', 1_000] })),
    );
    if (
      replies === undefined ||
      replies.some((reply) => reply instanceof Error && outage.test(reply.message))
    )
      return false;
    for (const work of this.#beforeUse) if (!(await work((commands) => this.#run(commands)))) return false;
    return true;
  }

  #start(): void {
    this.isUp = true;
    this.#fault = undefined;
    if (this.#reported) this.#log.info({}, 'Redis is back.');
    this.#reported = false;
    this.#tell(true);
  }

  #report(): void {
    if (this.#reported || this.#closed) return;
    this.#reported = true;
    this.#log.warn(
      { cause: this.#fault },
      'Redis does not answer; answers are kept in this process only until it does.',
    );
  }
}

/** A certificate that proves nothing has a code; its message would repeat names of hosts. */
const certificate = /^(ERR_TLS_CERT|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA)/;

function reasonOf({ code = '', message }: Error & { readonly code?: string }): string {
  return certificate.test(code) ? `its certificate is refused: ${code}` : message;
}

/** Operators see the reason on the readiness page: no address, no credentials. */
function withoutAddress(reason: string): string {
  if (/WRONGPASS|NOAUTH|invalid password|without any password/i.test(reason))
    return 'the credentials are refused';
  if (/^[A-Z]{3,} /.test(reason)) return reason.slice(0, reason.indexOf(' '));
  return reason
    .replaceAll(/\b[\d.]{7,}(:\d+)?|(?<![0-9a-f])\[?[0-9a-f]*::[0-9a-f:]*\]?(:\d+)?|\/\/\S+/gi, '…')
    .slice(0, 200);
}
