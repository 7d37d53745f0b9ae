import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorCode, toError } from '../../errors.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Clock } from '../../util/clock.ts';
import type { Database } from '../state/database.ts';
import { isLockFile } from './directory-lock.ts';
import { newIds } from './new-ids.ts';
import { openNodeDirectory } from './node-directory.ts';
import { Refusals, type Refused } from './refusals.ts';
import { nodesBelow, type Shipped, type ShipperOptions, shipLeftovers, shipNode } from './shipper.ts';
import { eventOf, type Used } from './usage-event.ts';
import { runJobs } from './usage-jobs.ts';
import { UsageLog } from './usage-log.ts';

export interface UsageOptions {
  /** The root below which every node has its directory. */
  readonly directory: string;
  readonly strict: boolean;
  readonly segmentBytes: number;
  readonly maxBytes: number;
  /** How long raw events are kept in the state database, in days. */
  readonly retentionDays: number;
  /** How often usage is shipped, in milliseconds. */
  readonly shipMs: number;
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: Pick<Metrics, 'gauge' | 'counter'>;
  /** Writes to a file; injected by tests to fill a disk. */
  readonly write?: (file: number, text: string) => number;
}

/** Writes down what is used, and brings it to the state database. */
export interface Usage {
  /** Names this process in what it writes. */
  readonly node: string;
  /**
   * Asked before an operation begins.
   *
   * @throws TributaryError `OVERLOADED` where its usage could not be written down, and that must not be
   */
  check(): void;
  /**
   * Writes an operation down, before the last byte of its answer is sent.
   *
   * @throws TributaryError, or rejects with it: `OVERLOADED`, in strict mode alone
   */
  record(used: Used): void | Promise<void>;
  /** Counts a request that was refused before anything began. */
  refused(who: Refused, code: ErrorCode): void;
  /** Ships at once; rejects with the database's error. */
  ship(): Promise<void>;
  /** Ships what is left, for a few seconds at most; the rest is shipped at the next start. */
  close(): Promise<void>;
}

const dayMs = 86_400_000;
const leftoversMs = 30_000;
const longestPauseMs = 30_000;
const closeLimitMs = 5_000;

/**
 * Opens the usage log of this process. What processes that are gone have left below the same directory is shipped too.
 *
 * @throws ProblemsError where the directory cannot be written to
 */
export function openUsage(options: UsageOptions): Usage {
  return new OpenUsage(options);
}

class OpenUsage implements Usage {
  readonly node: string;
  readonly #options: UsageOptions;
  readonly #shipping: ShipperOptions;
  readonly #directory: ReturnType<typeof openNodeDirectory>;
  readonly #log: UsageLog;
  readonly #newId = newIds();
  readonly #refusals = new Refusals((used) => void this.#append(used).catch(() => {}));
  #seq = 0;
  #failures = 0;
  #shippedAt: number;
  #leftoversAt = Number.NEGATIVE_INFINITY;
  #isAlarmed = false;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: UsageOptions) {
    const { clock, retentionDays, database, log } = options;
    this.#options = options;
    this.#shipping = { database, clock, log, retentionMs: retentionDays * dayMs };
    this.#directory = openNodeDirectory(options.directory);
    this.node = this.#directory.node;
    this.#log = new UsageLog({ ...options, directory: this.#directory.path });
    this.#shippedAt = clock.now();
    this.#watch();
    this.#shipLater();
  }

  check(): void {
    this.#log.check();
  }

  record(used: Used): void | Promise<void> {
    const at = Math.floor(this.#options.clock.now());
    this.#seq += 1;
    return this.#log.append(eventOf(used, this.#newId(at), at, this.node, this.#seq));
  }

  refused(who: Refused, code: ErrorCode): void {
    this.#refusals.add(who, code);
  }

  async ship(): Promise<void> {
    while (this.#running !== undefined) await this.#running.catch(() => {});
    this.#running = this.#shipAll();
    try {
      await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #append(used: Used): Promise<void> {
    await this.record(used);
  }

  #watch(): void {
    const { metrics, clock } = this.#options;
    metrics?.gauge(
      'tributary_usage_waiting_bytes',
      'Bytes of usage that wait to be shipped.',
      () => this.#log.bytes,
    );
    metrics?.counter(
      'tributary_usage_events_total',
      'Events of usage that were written down.',
      () => this.#seq,
    );
    metrics?.counter(
      'tributary_usage_lost_total',
      'Events of usage that could be kept nowhere.',
      () => this.#log.lost,
    );
    metrics?.gauge(
      'tributary_usage_unshipped_seconds',
      'How long ago everything that was used had reached the state database.',
      () => Math.max(0, clock.now() - this.#shippedAt) / 1_000,
    );
  }

  #shipLater(): void {
    const pauseMs = Math.min(longestPauseMs, this.#options.shipMs * 2 ** Math.min(this.#failures, 10));
    this.#timer = setTimeout(() => void this.#shipNow(), pauseMs * (0.8 + Math.random() * 0.4)).unref();
  }

  async #shipNow(): Promise<void> {
    try {
      await this.ship();
      if (this.#failures > 0) this.#options.log.info({}, 'Usage is shipped again.');
      this.#failures = 0;
    } catch (thrown) {
      this.#failures += 1;
      if (this.#failures === 1)
        this.#options.log.warn(
          { error: toError(thrown), waitingBytes: this.#log.bytes },
          'Usage cannot be shipped to the state database; it waits in the usage log.',
        );
    }
    this.#alarm();
    if (this.#closed === undefined) this.#shipLater();
  }

  async #shipAll(): Promise<void> {
    this.#refusals.flush();
    this.#log.retry();
    const { clock, directory } = this.#options;
    const begunAt = clock.now();
    // A large log is not kept open until it is full: what was shipped of it is removed.
    const { removedBytes } = await shipNode(this.#directory.path, this.#shipping, this.#log.end);
    this.#log.released(removedBytes);
    if (begunAt - this.#leftoversAt >= leftoversMs) {
      this.#leftoversAt = begunAt;
      await shipLeftovers(directory, this.#shipping);
      this.#log.countOthers(bytesBelow(directory, this.node));
      await runJobs(this.#shipping);
    }
    this.#shippedAt = begunAt;
  }

  /** Told when four fifths of the room are taken, and again only after half of it was free. */
  #alarm(): void {
    const { maxBytes, log } = this.#options;
    const taken = this.#log.bytes / maxBytes;
    if (taken > 0.8 && !this.#isAlarmed)
      log.error(
        { waitingBytes: this.#log.bytes, maxBytes },
        'The usage log is nearly full: the state database takes nothing.',
      );
    this.#isAlarmed = taken > (this.#isAlarmed ? 0.5 : 0.8);
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#refusals.flush();
    await this.#log.close();
    await withinLimit(this.ship().then(() => this.#leaveNothing()));
    this.#directory.lock.release();
  }

  /** Everything was shipped: nothing is left for the next start. */
  async #leaveNothing(): Promise<void> {
    const { path } = this.#directory;
    await shipNode(path, this.#shipping);
    if (readdirSync(path).every(isLockFile)) rmSync(path, { recursive: true });
  }
}

async function withinLimit(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, closeLimitMs);
  });
  // What could not be shipped is on the disk.
  await Promise.race([work.catch(() => {}), limit]);
  clearTimeout(timer);
}

/** Bytes of the directories of other nodes. */
function bytesBelow(root: string, node: string): number {
  let bytes = 0;
  for (const other of nodesBelow(root)) {
    if (other === node || !existsSync(join(root, other))) continue;
    for (const name of readdirSync(join(root, other)))
      bytes += statSync(join(root, other, name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

export type { Shipped };
