import type { RedisLink } from '../../redis/redis-link.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Clock } from '../../util/clock.ts';
import type { Database } from './database.ts';
import { reasonOfFailure } from './sql-errors.ts';

/** What a change is about. */
export type ChangeKind = 'key' | 'app' | 'plan' | 'user' | 'group' | 'switch' | 'token' | 'document';

export interface Change {
  /** Counts up by one. */
  readonly revision: number;
  readonly kind: ChangeKind;
  /** The id of what was changed; never a secret. */
  readonly subject: string;
  /** When, in milliseconds since the epoch, by the clock of the replica that wrote it. */
  readonly at: number;
}

/** Keeps something in this process in step with the state database. */
export interface Follower {
  readonly kinds: readonly ChangeKind[];
  /** In order of revision. What rejects is tried again, so it may see a change twice. */
  changed(changes: readonly Change[]): void | Promise<void>;
  /** Reads everything anew: at the start, and when changes may have been missed. */
  resync(): void | Promise<void>;
}

export interface Changes {
  /** Tells of a change, in the transaction that makes it; followers hear of it when that is committed. */
  publish(transaction: Database, kind: ChangeKind, subject: string): Promise<void>;
  /** Resynchronises the follower, and keeps it in step from there on. Rejects where the database does not answer. */
  follow(follower: Follower): Promise<void>;
  /** After a commit: wakes the other replicas, and resolves when this one has followed, or has failed to. */
  wake(): Promise<void>;
  /** When this replica was last in step, in milliseconds since the epoch; `undefined` while it is. */
  readonly staleSince: number | undefined;
  /** How long ago this replica was last in step, in milliseconds. */
  readonly lagMs: number;
  close(): Promise<void>;
}

export interface ChangesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** Wakes replicas at once; without it they hear of changes when they ask next. */
  readonly redis?: RedisLink | undefined;
  /** Shows `tributary_changes_lag_seconds`. */
  readonly metrics?: Pick<Metrics, 'gauge'>;
  /** How often the database is asked, in milliseconds. @default 500 */
  readonly pollMs?: number;
}

const channel = 'tributary:changes';
const batch = 1_000;
/** Older changes are forgotten: who is further behind reads everything anew. */
const keptChanges = 10_000;
/** Four polls: less is the time that one takes. */
const staleAfterMs = 2_000;
/** After so long without an answer everything is read anew. */
const silenceMs = 60_000;

/**
 * Opens the feed of changes. Replicas ask the database for what is new, so that a change reaches all of them within the poll's
 * interval; a message through Redis makes them ask at once. The message says nothing and may get lost.
 */
export async function openChanges(options: ChangesOptions): Promise<Changes> {
  const [head] = await options.database.all<HeadRow>(
    'SELECT revision, at FROM changes ORDER BY revision DESC LIMIT 1',
  );
  const feed = new Feed(options, head ?? noChange);
  options.metrics?.gauge(
    'tributary_changes_lag_seconds',
    'How long ago this replica was last in step with the state database: keys revoked since then still work here.',
    () => feed.lagMs / 1_000,
  );
  return feed;
}

// Types, not interfaces: rows are records by name.
type HeadRow = Pick<Change, 'revision' | 'at'>;
type ChangeRow = { readonly [Column in keyof Change]: Change[Column] };

const nothing = (): void => {};
const noChange: HeadRow = { revision: 0, at: 0 };

class Feed implements Changes {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #redis: RedisLink | undefined;
  readonly #pollMs: number;
  readonly #followers: Follower[] = [];
  readonly #subscription: { close(): void } | undefined;
  #head: HeadRow;
  #syncedAt: number;
  #reported = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor({ database, clock, log, redis, pollMs = 500 }: ChangesOptions, head: HeadRow) {
    this.#database = database;
    this.#clock = clock;
    this.#log = log;
    this.#redis = redis;
    this.#pollMs = pollMs;
    this.#head = head;
    this.#syncedAt = clock.now();
    this.#subscription = redis?.listen([channel], {
      hear: () => void this.#catchUp(),
      changed: () => void this.#catchUp(),
    });
    this.#pollLater();
  }

  get lagMs(): number {
    return Math.max(0, this.#clock.now() - this.#syncedAt);
  }

  get staleSince(): number | undefined {
    return this.lagMs > Math.max(staleAfterMs, 2 * this.#pollMs) ? this.#syncedAt : undefined;
  }

  async publish(transaction: Database, kind: ChangeKind, subject: string): Promise<void> {
    // A transaction begins as a writer, so that revisions are committed in their order and leave no gap.
    const [row] = await transaction.all<{ revision: number }>(
      'INSERT INTO changes (revision, kind, subject, at) SELECT COALESCE(MAX(revision), 0) + 1, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT) FROM changes RETURNING revision',
      [kind, subject, Math.floor(this.#clock.now())],
    );
    await transaction.run('DELETE FROM changes WHERE revision <= ?', [(row?.revision ?? 0) - keptChanges]);
  }

  async follow(follower: Follower): Promise<void> {
    // While it reads everything it hears nothing: rows that were asked for before a change could arrive after those of the change.
    while (this.#running !== undefined) await this.#running;
    // Known first, read second: what is committed in between is heard twice rather than never.
    this.#followers.push(follower);
    const read = Promise.resolve(follower.resync());
    this.#running = read.then(nothing, nothing).finally(() => {
      this.#running = undefined;
    });
    await read;
  }

  async wake(): Promise<void> {
    void this.#redis?.run([{ words: ['publish', channel, ''] }]);
    await this.#catchUp();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#subscription?.close();
    await this.#running;
  }

  #pollLater(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      void this.#catchUp().finally(() => this.#pollLater());
    }, this.#pollMs).unref();
  }

  /** Follows what is committed by now: a run that is under way may have asked too early, so another one comes after it. */
  #catchUp(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.#closed ? undefined : this.#start();
    });
    return this.#next;
  }

  #start(): Promise<void> {
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    const began = this.#clock.now();
    try {
      while (await this.#advance());
      this.#syncedAt = began;
      if (this.#reported) this.#log.info({}, 'This replica follows the changes of the state database again.');
      this.#reported = false;
    } catch (thrown) {
      if (!this.#reported)
        this.#log.error(
          { cause: reasonOfFailure(thrown) },
          'The changes of the state database cannot be followed; what is known is kept for a while.',
        );
      this.#reported = true;
    }
  }

  /** @returns whether there may be more */
  async #advance(): Promise<boolean> {
    // Where this replica stands is asked for too: a database that was put back to an earlier state does not have it.
    const rows = await this.#database.all<ChangeRow>(
      `SELECT revision, kind, subject, at FROM changes WHERE revision >= ? ORDER BY revision LIMIT ${batch + 1}`,
      [this.#head.revision],
    );
    const fresh = this.#head.revision === 0 ? rows : rows.slice(1);
    const last = rows.at(-1) ?? this.#head;
    if (this.#missed(rows, fresh) || this.#clock.now() - this.#syncedAt > silenceMs) {
      await this.#resync();
      return false;
    }
    for (const follower of fresh.length > 0 ? this.#followers : []) {
      const concerned = fresh.filter(({ kind }) => follower.kinds.includes(kind));
      if (concerned.length > 0) await follower.changed(concerned);
    }
    this.#head = last;
    return rows.length > batch;
  }

  #missed(rows: readonly ChangeRow[], fresh: readonly ChangeRow[]): boolean {
    const { revision, at } = this.#head;
    const standsThere = revision === 0 || (rows[0]?.revision === revision && rows[0].at === at);
    return !standsThere || fresh.some((row, index) => row.revision !== revision + 1 + index);
  }

  async #resync(): Promise<void> {
    const [head = noChange] = await this.#database.all<HeadRow>(
      'SELECT revision, at FROM changes ORDER BY revision DESC LIMIT 1',
    );
    for (const follower of this.#followers) await follower.resync();
    this.#head = head;
    this.#syncedAt = this.#clock.now();
    this.#log.info({ revision: head.revision }, 'Everything was read anew from the state database.');
  }
}
