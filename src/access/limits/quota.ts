import { LRUCache } from 'lru-cache';
import { TributaryError, toError } from '../../errors.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Clock } from '../../util/clock.ts';
import type { Database } from '../state/database.ts';
import { type QuotaPeriod, quotaPeriodAt } from './quota-period.ts';

/** How many units of `@cost` an app may use in a period. */
export interface QuotaLimit {
  readonly units: number;
  readonly period: QuotaPeriod;
  /** Whether units are paid before they are used: then nothing is given while they cannot be counted. */
  readonly prepaid: boolean;
}

/** What is left of a quota. */
export interface QuotaState {
  readonly units: number;
  /** What replicas have taken for their next requests counts as used. */
  readonly used: number;
  readonly remaining: number;
  /** When the next period begins: milliseconds since the epoch. */
  readonly resetAt: number;
}

export interface QuotaOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
}

/** Taken at once: a hundredth of what is left, but never more units than these. */
const largestChunk = 100;
const mostApps = 10_000;
/** What could not be given is not asked for again for so long. */
const askAgainMs = 1_000;
const idleMs = 60_000;

/** What this replica holds of the quota of an app. */
interface Lease {
  readonly app: string;
  readonly kind: QuotaPeriod;
  period: string;
  endsAt: number;
  left: number;
  /** Used while the database was down, and to be booked later; paid afterwards alone. */
  owed: number;
  usedAt: number;
  taking: Promise<void> | undefined;
  /** Costs from this one on were refused, until then. */
  refused: { readonly cost: number; readonly until: number; readonly error: TributaryError } | undefined;
}

/**
 * Counts units against quotas, in the state database: Redis may forget, and this is money. A replica takes units in chunks
 * and spends them by itself, so that most requests ask nobody. They count as used when they are taken: all replicas together
 * never give more than the quota. A replica that dies takes its chunk with it, at most a hundredth of what was left.
 */
export class Quota {
  readonly #options: QuotaOptions;
  readonly #leases: LRUCache<string, Lease>;
  readonly #idle: NodeJS.Timeout;
  readonly #givingBack = new Set<Promise<void>>();
  #isDown = false;

  constructor(options: QuotaOptions) {
    this.#options = options;
    this.#leases = new LRUCache({ max: mostApps, dispose: (lease) => this.#giveBackSoon(lease) });
    this.#idle = setInterval(() => this.#giveBackIdle(), idleMs).unref();
  }

  /**
   * Spends units of an app's quota; at once where this replica holds as many.
   *
   * @throws TributaryError, or rejects with it: `QUOTA_EXCEEDED` with the time of the next period, `QUOTA_UNAVAILABLE` where
   * a prepaid quota cannot be counted
   */
  spend(app: string, limit: QuotaLimit, cost: number): void | Promise<void> {
    if (cost <= 0) return;
    const lease = this.#leaseOf(app, limit);
    if (lease.left >= cost) {
      lease.left -= cost;
      return;
    }
    return this.#spendLater(lease, limit, cost);
  }

  /** Gives back what was not spent. */
  async close(): Promise<void> {
    clearInterval(this.#idle);
    this.#leases.clear();
    await Promise.all(this.#givingBack);
  }

  #leaseOf(app: string, limit: QuotaLimit): Lease {
    const now = this.#options.clock.now();
    let lease = this.#leases.get(app);
    // An app on another plan may be counted by another period: what it holds of this one goes back.
    if (lease?.kind !== limit.period) {
      const fresh = { left: 0, owed: 0, taking: undefined, refused: undefined };
      lease = { app, kind: limit.period, period: '', endsAt: 0, usedAt: now, ...fresh };
      this.#leases.set(app, lease);
    }
    lease.usedAt = now;
    if (now >= lease.endsAt) this.#renew(lease, limit, now);
    return lease;
  }

  /** A new period: what was held of the last one is worth nothing. */
  #renew(lease: Lease, { period }: QuotaLimit, now: number): void {
    const { name, endsAt } = quotaPeriodAt(period, now);
    if (lease.owed > 0) this.#giveBackSoon({ ...lease, left: 0 });
    lease.owed = 0;
    Object.assign(lease, { period: name, endsAt, left: 0, refused: undefined });
  }

  async #spendLater(lease: Lease, limit: QuotaLimit, cost: number): Promise<void> {
    for (;;) {
      if (lease.left >= cost) {
        lease.left -= cost;
        return;
      }
      const { refused } = lease;
      if (refused !== undefined && cost >= refused.cost && this.#options.clock.now() < refused.until) {
        if (limit.prepaid || refused.error.code !== 'QUOTA_UNAVAILABLE') throw refused.error;
        lease.owed += cost;
        return;
      }
      lease.taking ??= this.#take(lease, limit, cost).finally(() => {
        lease.taking = undefined;
      });
      await lease.taking;
    }
  }

  /** Takes a chunk, or remembers for a moment why there is none. */
  async #take(lease: Lease, limit: QuotaLimit, cost: number): Promise<void> {
    const { app, period, owed } = lease;
    lease.owed = 0;
    try {
      const taken = await this.#options.database.transaction(async (transaction) => {
        const rest = limit.units - (await usedOf(transaction, app, period)) - owed;
        if (rest < cost && owed === 0) return 0;
        const chunk = rest < cost ? 0 : Math.max(cost, Math.min(largestChunk, Math.floor(rest / 100)));
        await addUsed(transaction, app, period, chunk + owed);
        return chunk;
      });
      this.#isDown = false;
      // Meanwhile another period has begun: the chunk is of the one before.
      if (lease.period !== period) return;
      if (taken === 0) this.#refuse(lease, cost, exceeded(limit, lease.endsAt, this.#options.clock.now()));
      else lease.left += taken;
    } catch (thrown) {
      lease.owed += owed;
      if (!this.#isDown)
        this.#options.log.error(
          { error: toError(thrown) },
          'Quotas cannot be counted: the state database gives no answer.',
        );
      this.#isDown = true;
      this.#refuse(
        lease,
        0,
        new TributaryError('QUOTA_UNAVAILABLE', undefined, { retryAfterMs: askAgainMs }),
      );
    }
  }

  #refuse(lease: Lease, cost: number, error: TributaryError): void {
    lease.refused = { cost, error, until: this.#options.clock.now() + askAgainMs };
  }

  #giveBackIdle(): void {
    const before = this.#options.clock.now() - idleMs;
    for (const [app, lease] of this.#leases) if (lease.usedAt < before) this.#leases.delete(app);
  }

  #giveBackSoon(lease: Lease): void {
    const work = this.#giveBack(lease).finally(() => this.#givingBack.delete(work));
    this.#givingBack.add(work);
  }

  async #giveBack(lease: Lease): Promise<void> {
    const units = lease.owed - lease.left;
    lease.left = 0;
    lease.owed = 0;
    if (units === 0) return;
    try {
      await addUsed(this.#options.database, lease.app, lease.period, units);
    } catch (thrown) {
      this.#options.log.warn(
        { app: lease.app, units, error: toError(thrown) },
        'Units of a quota could not be given back.',
      );
    }
  }
}

/** What is left of the quota of an app, by the state database. Rejects with its error. */
export async function quotaState(
  database: Database,
  app: string,
  { units, period }: Pick<QuotaLimit, 'units' | 'period'>,
  now: number,
): Promise<QuotaState> {
  const { name, endsAt } = quotaPeriodAt(period, now);
  const used = await usedOf(database, app, name);
  return { units, used, remaining: Math.max(0, units - used), resetAt: endsAt };
}

async function usedOf(database: Database, app: string, period: string): Promise<number> {
  const [row] = await database.all<{ used: number }>(
    'SELECT used FROM quota_used WHERE app = ? AND period = ?',
    [app, period],
  );
  return row?.used ?? 0;
}

async function addUsed(database: Database, app: string, period: string, units: number): Promise<void> {
  await database.run(
    `INSERT INTO quota_used (app, period, used) VALUES (?, ?, ?)
     ON CONFLICT (app, period) DO UPDATE SET used = quota_used.used + excluded.used`,
    [app, period, units],
  );
}

function exceeded({ units, period }: QuotaLimit, resetAt: number, now: number): TributaryError {
  const reset = new Date(resetAt).toISOString();
  return new TributaryError(
    'QUOTA_EXCEEDED',
    `The quota of this ${period} is used up; the next begins at ${reset}.`,
    {
      retryAfterMs: resetAt - now,
      shown: { quota: units, resetAt: reset },
    },
  );
}
