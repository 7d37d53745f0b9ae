import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openLimits } from '../../../src/access/limits/limits.ts';
import { ProcessLimits } from '../../../src/access/limits/process-limits.ts';
import { Quota, type QuotaLimit, quotaState } from '../../../src/access/limits/quota.ts';
import type { Database } from '../../../src/access/state/database.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { openTestState, type TestState } from '../usage/state.ts';

const noon = Date.UTC(2026, 10, 23, 12);

describe.each(['sqlite', 'postgres'] as const)('a quota in %s', (kind) => {
  let state: TestState | undefined;
  let missing: string | undefined;
  let database: Database;
  let now: number;
  /** How often the database is asked, and whether it answers. */
  let asked: number;
  let isDown: boolean;

  beforeAll(async () => {
    const opened = await openTestState(kind);
    if ('missing' in opened) missing = opened.missing;
    else state = opened;
  });
  afterAll(() => state?.close());
  beforeEach(async (test) => {
    if (state === undefined) return test.skip(missing);
    const { database: real } = state;
    await real.run('DELETE FROM quota_used');
    [now, asked, isDown] = [noon, 0, false];
    const check = async (): Promise<void> => {
      asked += 1;
      if (isDown) throw new Error('The database is down.');
    };
    database = {
      dialect: real.dialect,
      all: (sql, values) => check().then(() => real.all(sql, values)),
      run: (sql, values) => check().then(() => real.run(sql, values)),
      transaction: (work) => check().then(() => real.transaction(work)),
      close: async () => {},
    };
  });

  const open = (): Quota => new Quota({ database, clock: { now: () => now }, log: noLog });
  const stateOf = (of: QuotaLimit) => quotaState(database, 'app', of, now);
  const limit: QuotaLimit = { units: 1_000, period: 'day', prepaid: true };
  const spendAll = async (quota: Quota, cost: number, times: number, of = limit): Promise<number> => {
    const spent = await Promise.allSettled(
      Array.from({ length: times }, async () => await quota.spend('app', of, cost)),
    );
    return spent.filter(({ status }) => status === 'fulfilled').length;
  };

  it('asks the database once a chunk, and is at once in between', async () => {
    const quota = open();
    const large = { ...limit, units: 1_000_000 };
    await quota.spend('app', large, 1);
    const before = asked;
    for (let request = 0; request < 99; request++) expect(quota.spend('app', large, 1)).toBeUndefined();
    expect(asked).toBe(before);
    expect(quota.spend('app', large, 1)).toBeInstanceOf(Promise);
    await quota.close();
  });

  it('takes no more at once than a hundredth of what is left, or what is asked', async () => {
    const quota = open();
    await quota.spend('app', limit, 1);
    expect(await stateOf(limit)).toMatchObject({ used: 10 });
    await quota.spend('app', limit, 60);
    expect(await stateOf(limit)).toMatchObject({ used: 70, remaining: 930 });
    await quota.close();
  });

  it('gives exactly the quota to three replicas together, and not one unit more', async () => {
    const replicas = [open(), open(), open()];
    let given = 0;
    for (let round = 0; round < 5; round++)
      for (const spent of await Promise.all(replicas.map((quota) => spendAll(quota, 7, 30))))
        given += spent * 7;
    expect(given).toBeLessThanOrEqual(1_000);
    // What is left is less than one request, and what the others hold: less than a chunk each.
    expect(given).toBeGreaterThan(1_000 - 7 - 2 * 10);
    await Promise.all(replicas.map((quota) => quota.close()));
    expect((await stateOf(limit)).used).toBe(given);
  });

  it('refuses with `QUOTA_EXCEEDED` and the time at which the next period begins, and begins anew then', async () => {
    const quota = open();
    expect(await spendAll(quota, 1_000, 2)).toBe(1);
    await expect(async () => await quota.spend('app', limit, 5)).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      retryAfterMs: 12 * 3_600_000,
      shown: { quota: 1_000, resetAt: '2026-11-24T00:00:00.000Z' },
    });
    now = Date.UTC(2026, 10, 24);
    expect(await spendAll(quota, 5, 1)).toBe(1);
    expect(await stateOf(limit)).toMatchObject({ resetAt: Date.UTC(2026, 10, 25) });
    await quota.close();
  });

  it('counts by the period of the plan that the app is on now, not by that of the one before', async () => {
    const quota = open();
    const aMonth = { ...limit, period: 'month' } as const;
    await quota.spend('app', aMonth, 1_000);
    expect(await spendAll(quota, 1, 1, aMonth)).toBe(0);
    expect(await spendAll(quota, 5, 1)).toBe(1);
    await quota.close();
    expect(await stateOf(limit)).toMatchObject({ used: 5 });
    expect(await stateOf(aMonth)).toMatchObject({ used: 1_000 });
  });

  it('gives back what it held of the period of the plan before', async () => {
    const quota = open();
    const aMonth = { ...limit, period: 'month' } as const;
    await quota.spend('app', aMonth, 1);
    await quota.spend('app', limit, 1);
    await quota.close();
    expect(await stateOf(aMonth)).toMatchObject({ used: 1 });
  });

  it('lets cheap operations through when a dear one no longer fits', async () => {
    const quota = open();
    await quota.spend('app', limit, 950);
    expect(await spendAll(quota, 60, 1)).toBe(0);
    expect(await spendAll(quota, 10, 5)).toBe(5);
    await quota.close();
  });

  it('asks the database once a second, not once a request, when a quota is used up', async () => {
    const quota = open();
    await quota.spend('app', limit, 1_000);
    const before = asked;
    expect(await spendAll(quota, 1, 200)).toBe(0);
    expect(asked - before).toBeLessThan(4);
    const more = { ...limit, units: 2_000 };
    now += 1_001;
    expect(await spendAll(quota, 1, 1, more)).toBe(1);
    await quota.close();
  });

  it('M03: prepaid, spends what it holds while the database is down, and then says `QUOTA_UNAVAILABLE`', async () => {
    const quota = open();
    await quota.spend('app', limit, 4);
    isDown = true;
    expect(await spendAll(quota, 1, 6)).toBe(6);
    await expect(async () => await quota.spend('app', limit, 1)).rejects.toMatchObject({
      code: 'QUOTA_UNAVAILABLE',
    });
    const before = asked;
    expect(await spendAll(quota, 1, 100)).toBe(0);
    expect(asked).toBe(before);
    isDown = false;
    now += 1_001;
    expect(await spendAll(quota, 1, 1)).toBe(1);
    await quota.close();
  });

  it('M03: paid afterwards, goes on while the database is down, and books it later', async () => {
    const quota = open();
    const later = { ...limit, prepaid: false };
    await quota.spend('app', later, 10);
    isDown = true;
    expect(await spendAll(quota, 3, 50, later)).toBe(50);
    isDown = false;
    now += 1_001;
    expect(await spendAll(quota, 1, 1, later)).toBe(1);
    await quota.close();
    expect(await stateOf(later)).toMatchObject({ used: 161 });
  });

  it('is counted for apps alone, by their plan', async () => {
    const caller = {
      id: 'app',
      audience: 'PARTNER',
      tenant: undefined,
      app: 'app',
      plan: 'partner',
    } as const;
    const plan = { perMinute: 1, burst: 1, running: 0, quota: { ...limit, units: 20 } };
    const limits = openLimits({
      store: new ProcessLimits({ now: () => now }),
      quota: open(),
      planOf: ({ app }) => (app === 'app' ? plan : { ...plan, quota: undefined }),
      anonymous: plan,
      badCredentials: { most: 20, withinMs: 1, blockMs: 1 },
      clock: { now: () => now },
      log: noLog,
    });
    await limits.spend(caller, 15);
    await expect(async () => await limits.spend(caller, 15)).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
    });
    expect(limits.spend({ ...caller, app: undefined }, 15)).toBeUndefined();
    expect(limits.spend({ ...caller, app: 'other' }, 15)).toBeUndefined();
    await limits.close();
  });
});
