import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../src/access/state/database.ts';
import { billingCsv } from '../../../src/access/usage/billing-csv.ts';
import { periodAfter, periodOf } from '../../../src/access/usage/billing-period.ts';
import { lockDirectory } from '../../../src/access/usage/directory-lock.ts';
import { lineOf } from '../../../src/access/usage/event-line.ts';
import { billingLines, closePeriod } from '../../../src/access/usage/periods.ts';
import { reconcile } from '../../../src/access/usage/reconcile.ts';
import { type ShipperOptions, shipLeftovers, shipNode } from '../../../src/access/usage/shipper.ts';
import { usageDetails, usageLines } from '../../../src/access/usage/statistics.ts';
import type { UsageEvent } from '../../../src/access/usage/usage-event.ts';
import { runJobs } from '../../../src/access/usage/usage-jobs.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { openLogLines } from '../../support/log-lines.ts';
import { openTestState, type TestState, tableOf } from './state.ts';
import { event, someNode } from './used.ts';

const dayMs = 86_400_000;
const november = Date.UTC(2026, 10, 23, 12);
const tables = [
  'usage_events',
  'usage_rollups',
  'usage_details',
  'usage_cursors',
  'usage_periods',
  'usage_invoices',
];

describe.each(['sqlite', 'postgres'] as const)('shipping to %s', (kind) => {
  let state: TestState | undefined;
  let missing: string | undefined;
  let database: Database;
  let root: string;
  let now: number;

  beforeAll(async () => {
    const opened = await openTestState(kind);
    if ('missing' in opened) missing = opened.missing;
    else state = opened;
  });
  afterAll(() => state?.close());
  beforeEach(async (test) => {
    if (state === undefined) return test.skip(missing);
    database = state.database;
    for (const table of [...tables, 'usage_adjustments', 'usage_jobs'])
      await database.run(`DELETE FROM ${table}`);
    root = mkdtempSync(join(tmpdir(), 'tributary-usage-'));
    now = november;
  });
  afterEach(() => {
    if (root !== undefined) rmSync(root, { recursive: true, force: true });
  });

  const shipping = (changes: Partial<ShipperOptions> = {}): ShipperOptions => ({
    database,
    clock: { now: () => now },
    log: noLog,
    retentionMs: 90 * dayMs,
    ...changes,
  });

  /** The log that a node has left: a segment for each list of events. */
  function leave(node: string, ...segments: readonly (readonly UsageEvent[])[]): string {
    const directory = join(root, node);
    mkdirSync(directory, { recursive: true });
    for (const [index, events] of segments.entries())
      writeFileSync(
        join(directory, `${String(index + 1).padStart(8, '0')}.log`),
        events.map(lineOf).join(''),
      );
    return directory;
  }

  const some = (count: number, changes: (seq: number) => Partial<UsageEvent> = () => ({})): UsageEvent[] =>
    Array.from({ length: count }, (_, index) =>
      event(index + 1, { at: november - index * 60_000, ...changes(index + 1) }),
    );

  const sumsOf = async () => {
    const [line] = await usageLines(
      database,
      { from: november - 400 * dayMs, to: november + 400 * dayMs },
      [],
    );
    return line;
  };

  it('brings every event of every segment into the database once, and removes what it has shipped', async () => {
    const directory = leave(
      someNode,
      some(700),
      some(5, (seq) => ({ id: `01JE${String(seq).padStart(22, '0')}` })),
    );
    expect(await shipNode(directory, shipping())).toMatchObject({ counted: 705, spoiled: 0 });
    expect(readdirSync(directory)).toEqual([]);
    expect(await sumsOf()).toMatchObject({ calls: 705, billed: 705, units: 705 * 12, bytes: 705 * 3_456 });
  });

  it('M01: ships what comes after an event whose caller has a name that Postgres cannot keep', async () => {
    const events = some(3, (seq) => (seq === 2 ? { caller: 'user:people:an\0na' } : {}));
    expect(await shipNode(leave(someNode, events), shipping())).toMatchObject({ counted: 3 });
    expect(await sumsOf()).toMatchObject({ calls: 3 });
  });

  it('M01: ships the same log twice, and after a death between commit and removal, without counting twice', async () => {
    const events = some(120);
    await shipNode(leave(someNode, events), shipping());
    const before = await sumsOf();
    expect(await shipNode(leave(someNode, events), shipping())).toMatchObject({ counted: 0 });
    // Another node brings the same events: their ids are known.
    expect(await shipNode(leave('01jd0000000000000000000001', events), shipping())).toMatchObject({
      counted: 0,
    });
    expect(await sumsOf()).toEqual(before);
  });

  it('M01: goes on where a transaction was the last that was committed', async () => {
    const events = some(100);
    const directory = leave(someNode, events);
    let booked = 0;
    const dying: Database = {
      ...bound(database),
      transaction: (work) => {
        if (++booked > 2) return Promise.reject(new Error('The connection is gone.'));
        return database.transaction(work);
      },
    };
    await expect(shipNode(directory, shipping({ database: dying, batch: 30 }))).rejects.toThrow('gone');
    expect(await sumsOf()).toMatchObject({ calls: 60 });
    expect(await shipNode(directory, shipping({ batch: 30 }))).toMatchObject({ counted: 40 });
    expect(await sumsOf()).toMatchObject({ calls: 100 });
  });

  it('M01: books nothing of a transaction that fails in its midst', async () => {
    const failing: Database = {
      ...bound(database),
      transaction: (work) =>
        database.transaction((transaction) =>
          work({
            ...bound(transaction),
            run: (sql, values) =>
              sql.includes('usage_cursors') ? Promise.reject(new Error('cut')) : transaction.run(sql, values),
          }),
        ),
    };
    const directory = leave(someNode, some(10));
    await expect(shipNode(directory, shipping({ database: failing }))).rejects.toThrow('cut');
    expect(await tableOf(database, 'usage_events')).toEqual([]);
    expect(await tableOf(database, 'usage_rollups')).toEqual([]);
    expect(await shipNode(directory, shipping())).toMatchObject({ counted: 10 });
  });

  it('M01: two that ship the same log at the same time count it once', async () => {
    const directory = leave(someNode, some(300));
    const both = await Promise.allSettled([
      shipNode(directory, shipping({ batch: 50 })),
      shipNode(directory, shipping({ batch: 50 })),
    ]);
    expect(both.some(({ status }) => status === 'fulfilled')).toBe(true);
    await shipNode(directory, shipping());
    expect(await sumsOf()).toMatchObject({ calls: 300 });
  });

  it('reads the log of a living node as far as it is written, and leaves its segment', async () => {
    const directory = leave(someNode, some(10));
    const position = some(4).map(lineOf).join('').length;
    await shipNode(directory, shipping(), { segment: 1, position });
    expect(await sumsOf()).toMatchObject({ calls: 4 });
    await shipNode(directory, shipping(), { segment: 1, position: some(10).map(lineOf).join('').length });
    expect(await sumsOf()).toMatchObject({ calls: 10 });
    expect(readdirSync(directory)).toEqual(['00000001.log']);
  });

  it('ships what dead processes have left, passes over torn and spoiled lines, and leaves the living alone', async () => {
    const [dead, living] = ['01jd0000000000000000000002', '01jd0000000000000000000003'];
    const [first, second, ...rest] = some(6).map(lineOf) as [string, string, ...string[]];
    writeFileSync(
      join(leave(dead), '00000001.log'),
      first + second.replace('Board', 'Bored') + rest.join('') + first.slice(0, 50),
    );
    const lock = lockDirectory(
      leave(
        living,
        some(9, (seq) => ({ id: `01JF${String(seq).padStart(22, '0')}` })),
      ),
    );
    expect(await shipLeftovers(root, shipping())).toMatchObject({ counted: 5, spoiled: 1 });
    expect(existsSync(join(root, dead))).toBe(false);
    expect(readdirSync(join(root, living))).toContain('00000001.log');
    lock?.release();
    expect(await shipLeftovers(root, shipping())).toMatchObject({ counted: 9 });
  });

  it('M04: shuffled, repeated and late events come to the same totals, each in the hour of its own time', async () => {
    const events = some(300, (seq) => ({
      app: `app-${seq % 3}`,
      outcome: (['ok', 'partial', 'error', 'aborted'] as const)[seq % 4] as 'ok',
      code: seq % 4 === 2 ? 'UPSTREAM_TIMEOUT' : undefined,
      units: seq,
    }));
    await shipNode(leave(someNode, events), shipping());
    const [inOrder, details] = [
      await tableOf(database, 'usage_rollups'),
      await tableOf(database, 'usage_details'),
    ];
    for (const table of tables) await database.run(`DELETE FROM ${table}`);
    const shuffled = [...events, ...events.slice(0, 90)].sort((one, other) => hash(one.id) - hash(other.id));
    await shipNode(leave(someNode, shuffled.slice(0, 200)), shipping({ batch: 37 }));
    await shipNode(leave('01jd0000000000000000000004', shuffled.slice(150)), shipping());
    expect(await tableOf(database, 'usage_rollups')).toEqual(inOrder);
    expect(await tableOf(database, 'usage_details')).toEqual(details);
  });

  it('M04: counts a clock that is far ahead in the present hour, and one that is a little ahead in its own', async () => {
    const events = [
      event(1, { at: november + 40 * dayMs }),
      event(2, { at: november + 3_000_000 }),
      event(3, { at: november }),
    ];
    await shipNode(leave(someNode, events), shipping());
    const lines = await usageLines(database, { from: 0, to: november + 100 * dayMs }, ['hour']);
    expect(lines.map(({ at, calls }) => [at, calls])).toEqual([[november, 3]]);
    expect(await reconcile(database, { from: 0, to: 1_000_000 })).toEqual([]);
  });

  it('M04: at the boundary of a month each event belongs to the period of its own time', async () => {
    const boundary = Date.UTC(2026, 10, 1);
    await shipNode(leave(someNode, [event(1, { at: boundary - 1 }), event(2, { at: boundary })]), shipping());
    expect(await billingLines(database, '2026-10')).toMatchObject([{ calls: 1 }]);
    expect(await billingLines(database, '2026-11')).toMatchObject([{ calls: 1 }]);
  });

  it('M04: what comes late for a closed period is an adjustment of the first open one; its invoice stays', async () => {
    const october = Date.UTC(2026, 9, 15);
    await shipNode(
      leave(someNode, [event(1, { at: october }), event(2, { at: october, app: 'app-2' })]),
      shipping(),
    );
    await closePeriod(database, '2026-10', { now: () => now });
    const invoice = await billingLines(database, '2026-10');
    expect(invoice.map(({ app, calls, units }) => [app, calls, units])).toEqual([
      ['app-1', 1, 12],
      ['app-2', 1, 12],
    ]);
    const late = [
      event(3, { at: october, units: 30 }),
      event(4, { at: october, outcome: 'error' }),
      event(5, { at: november }),
    ];
    await shipNode(leave('01jd0000000000000000000005', late), shipping());
    await closePeriod(database, '2026-10', { now: () => now });
    expect(await billingLines(database, '2026-10')).toEqual(invoice);
    expect(await billingLines(database, periodOf(now))).toEqual([
      {
        period: '2026-11',
        app: 'app-1',
        key: 'Ab3dEf6hIj9k',
        calls: 1,
        aborted: 0,
        units: 12,
        isAdjustment: false,
      },
      {
        period: '2026-10',
        app: 'app-1',
        key: 'Ab3dEf6hIj9k',
        calls: 1,
        aborted: 0,
        units: 30,
        isAdjustment: true,
      },
    ]);
    expect(await reconcile(database, { from: 0, to: 1_000_000 })).toEqual([]);
  });

  it('closes no period that is not over, and none that is none', async () => {
    await expect(closePeriod(database, '2026-11', { now: () => now })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await expect(closePeriod(database, '2026-13', { now: () => now })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    await expect(billingLines(database, "2026-11' OR 1=1")).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(periodAfter('2026-12')).toBe('2027-01');
  });

  it('M04: does not count again what is older than events are kept', async () => {
    const events = [event(1, { at: november - 100 * dayMs }), event(2)];
    const { log, lines } = openLogLines();
    expect(await shipNode(leave(someNode, events), shipping({ log }))).toMatchObject({
      counted: 0,
      tooOld: 2,
    });
    expect(lines.join('')).toContain('Usage came later than events are kept');
    const recent = [event(3, { at: november - 80 * dayMs })];
    expect(await shipNode(leave('01jd0000000000000000000006', recent), shipping())).toMatchObject({
      counted: 1,
    });
  });

  it('M06: rollups, statistics and billing say what the events add up to', async () => {
    const outcomes = ['ok', 'partial', 'error', 'aborted', 'refused'] as const;
    const events = some(500, (seq) => ({
      app: `app-${seq % 4}`,
      key: `key-${seq % 7}`,
      operation: String(seq % 5).repeat(64),
      outcome: outcomes[hash(String(seq)) % 5] as 'ok',
      code: seq % 5 === 0 ? 'RATE_LIMITED' : undefined,
      units: hash(String(seq)) % 100,
      at: november - (hash(String(seq)) % (20 * dayMs)),
      micros: (hash(String(seq)) % 400) * 1_000,
      fields: seq % 9 === 0 ? ['Ride.driver'] : [],
    }));
    await shipNode(leave(someNode, events), shipping());
    expect(await reconcile(database, { from: 0, to: 1_000_000 })).toEqual([]);
    const began = events.filter(({ outcome }) => outcome !== 'refused');
    const billed = began.filter(({ outcome }) => outcome !== 'error');
    expect(await sumsOf()).toMatchObject({
      calls: began.length,
      billed: billed.length,
      failed: began.length - billed.length,
      refused: events.length - began.length,
      units: billed.reduce((sum, { units }) => sum + units, 0),
    });
    const all = { from: 0, to: november };
    const byDayAndApp = await usageLines(database, all, ['day', 'app']);
    expect(byDayAndApp.reduce((sum, { units }) => sum + units, 0)).toBe((await sumsOf())?.units);
    const lines = await billingLines(database, '2026-11');
    expect(lines.reduce((sum, { units }) => sum + units, 0)).toBe((await sumsOf())?.units);
    expect(await usageDetails(database, all, 'field')).toEqual([
      { name: 'Ride.driver', count: began.filter(({ fields }) => fields.length > 0).length },
    ]);
    expect(await usageDetails(database, all, 'code')).toEqual([{ name: 'RATE_LIMITED', count: 100 }]);
    expect(await usageDetails(database, { ...all, app: 'app-1' }, 'upstream')).toMatchObject([
      { name: 'fleet' },
      { name: 'rides' },
    ]);
  });

  it('M06: tells where rollups and events differ', async () => {
    await shipNode(leave(someNode, some(3)), shipping());
    await database.run("UPDATE usage_rollups SET units = units + 1, calls = calls + 2 WHERE app = 'app-1'");
    expect(await reconcile(database, { from: 0, to: 1_000_000 })).toMatchObject([
      { app: 'app-1', calls: { events: 2, rollups: 4 }, units: { events: 24, rollups: 25 } },
      { app: 'app-1', calls: { events: 1, rollups: 3 }, units: { events: 12, rollups: 13 } },
    ]);
  });

  it('tells of time: half of all took no longer than the bound of `p50Ms`', async () => {
    const events = some(100, (seq) => ({ at: november, micros: seq * 1_000 }));
    await shipNode(leave(someNode, events), shipping());
    expect(await sumsOf()).toMatchObject({ averageMs: 50.5, p50Ms: 50, p95Ms: 100, p99Ms: 100 });
  });

  it('forgets events after their time once a day, and keeps what they add up to', async () => {
    const told: object[] = [];
    const jobs = { ...shipping(), log: { ...noLog, error: (fields: object) => told.push(fields) } };
    await shipNode(
      leave(
        someNode,
        some(3, () => ({ at: november - 89 * dayMs })),
      ),
      shipping(),
    );
    await runJobs(jobs);
    expect(await tableOf(database, 'usage_events')).toHaveLength(3);
    now = november + dayMs / 2;
    await database.run('UPDATE usage_rollups SET units = 0');
    await runJobs(jobs);
    expect(await tableOf(database, 'usage_events')).toHaveLength(3);
    now = november + 3 * dayMs;
    await runJobs(jobs);
    expect(await tableOf(database, 'usage_events')).toEqual([]);
    expect(await sumsOf()).toMatchObject({ calls: 3 });
    expect(told).toEqual([]);
  });

  it('the daily comparison tells of a rollup that was changed', async () => {
    const told: object[] = [];
    await shipNode(
      leave(
        someNode,
        some(1, () => ({ at: november - 7_200_000 })),
      ),
      shipping(),
    );
    await database.run('UPDATE usage_rollups SET calls = 5');
    await runJobs({ ...shipping(), log: { ...noLog, error: (fields: object) => told.push(fields) } });
    expect(told).toMatchObject([{ calls: { events: 1, rollups: 5 } }]);
  });

  it('writes billing as CSV, and no cell as a formula', async () => {
    await shipNode(leave(someNode, [event(1, { app: '=cmd()', key: 'a,"b"', at: november })]), shipping());
    expect(billingCsv(await billingLines(database, '2026-11'))).toBe(
      'period,app,key,calls,aborted,units,adjustment\r\n2026-11,\'=cmd(),"a,""b""",1,0,12,no\r\n',
    );
  });
});

describe('the lock of a node', () => {
  it('is held once, and free when its holder lets go', () => {
    const directory = mkdtempSync(join(tmpdir(), 'tributary-usage-'));
    const held = lockDirectory(directory);
    expect(held).toBeDefined();
    expect(lockDirectory(directory)).toBeUndefined();
    held?.release();
    const again = lockDirectory(directory);
    expect(again).toBeDefined();
    again?.release();
    rmSync(directory, { recursive: true });
  });
});

/** The methods of a database as members, so that some can be replaced. */
function bound(database: Database): Database {
  return {
    dialect: database.dialect,
    all: (sql, values) => database.all(sql, values),
    run: (sql, values) => database.run(sql, values),
    transaction: (work) => database.transaction(work),
    close: () => database.close(),
  };
}

function hash(text: string): number {
  let value = 7;
  for (const letter of text) value = (Math.imul(value, 31) + letter.charCodeAt(0)) >>> 0;
  return (Math.imul(value, 0x9e3779b1) >>> 0) % 2_000_003;
}
