import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../src/access/state/database.ts';
import { shipLeftovers } from '../../../src/access/usage/shipper.ts';
import { openUsage, type Usage, type UsageOptions } from '../../../src/access/usage/usage.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { openMetrics } from '../../../src/telemetry/metrics.ts';
import { steadyClock } from '../../../src/util/clock.ts';
import { until } from '../../support/redis-server.ts';
import { openTestState, type TestState, tableOf } from './state.ts';
import { used } from './used.ts';

describe('usage of a server', () => {
  let state: TestState;
  let directory: string;
  let isDown: boolean;
  let database: Database;

  beforeEach(async () => {
    state = (await openTestState('sqlite')) as TestState;
    directory = mkdtempSync(join(tmpdir(), 'tributary-usage-'));
    isDown = false;
    const { database: real } = state;
    const check = async (): Promise<void> => {
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
  afterEach(async () => {
    await state.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const open = (changes: Partial<UsageOptions> = {}): Usage =>
    openUsage({
      directory,
      strict: false,
      segmentBytes: 100_000,
      maxBytes: 10_000_000,
      retentionDays: 90,
      shipMs: 20,
      database,
      clock: steadyClock,
      log: noLog,
      ...changes,
    });
  const requestsBooked = async (): Promise<readonly string[]> =>
    (await state.database.all<{ request: string }>('SELECT request FROM usage_events ORDER BY seq')).map(
      ({ request }) => request,
    );

  it('reaches the database by itself, and leaves nothing behind when it closes', async () => {
    const usage = open();
    for (let request = 0; request < 500; request++) void usage.record(used({ request: `r${request}` }));
    await until(async () => (await requestsBooked()).length === 500);
    void usage.record(used({ request: 'last' }));
    await usage.close();
    expect(await requestsBooked()).toHaveLength(501);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('M03: waits in bounded files while the database is down, is told once, and is all there afterwards', async () => {
    const told: string[] = [];
    const log = { ...noLog, warn: (_: object, message: string) => void told.push(message) };
    const metrics = openMetrics();
    const usage = open({ log, metrics });
    isDown = true;
    for (let request = 0; request < 2_000; request++) void usage.record(used({ request: `r${request}` }));
    await until(() => told.length > 0);
    await expect(usage.ship()).rejects.toThrow('down');
    const { body } = await metrics.text();
    expect(Number(/tributary_usage_waiting_bytes (\d+)/.exec(body)?.[1])).toBeGreaterThan(500_000);
    expect(body).toMatch(/tributary_usage_events_total 2000\n/);
    isDown = false;
    await usage.ship();
    expect(await requestsBooked()).toEqual(Array.from({ length: 2_000 }, (_, request) => `r${request}`));
    expect(told).toEqual(['Usage cannot be shipped to the state database; it waits in the usage log.']);
    await usage.close();
  });

  it('M03: what cannot be shipped before it closes is shipped at the next start', async () => {
    const first = open();
    await first.ship();
    isDown = true;
    void first.record(used({ request: 'left' }));
    await first.close();
    expect(await requestsBooked()).toEqual([]);
    isDown = false;
    const second = open();
    await until(async () => (await requestsBooked()).length === 1);
    await second.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('M01: a process that is killed loses nothing of what it has acknowledged', async () => {
    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round++) {
      const child = spawn(
        process.execPath,
        [join(import.meta.dirname, 'writer.mjs'), directory, String(round)],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      await until(() => text.length > 5_000);
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('close', resolve));
      acknowledged.push(...text.split('\n').slice(0, -1));
    }
    await shipLeftovers(directory, { database, clock: steadyClock, log: noLog, retentionMs: 86_400_000 });
    const booked = new Set(await requestsBooked());
    expect(acknowledged.filter((request) => !booked.has(request))).toEqual([]);
    expect((await requestsBooked()).length).toBe(booked.size);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('counts what is refused by who and why, as one event and not one each', async () => {
    const usage = open();
    const who = { app: 'app-1', key: 'key-1', caller: 'app:app-1', audience: 'PARTNER' } as const;
    for (let request = 0; request < 1_000; request++) usage.refused(who, 'RATE_LIMITED');
    usage.refused(who, 'GRAPHQL_VALIDATION_FAILED');
    await usage.close();
    expect(await tableOf(state.database, 'usage_events')).toHaveLength(2);
    expect(
      await state.database.all(
        'SELECT SUM(refused) AS refused, SUM(calls) AS calls, SUM(units) AS units FROM usage_rollups',
      ),
    ).toEqual([{ refused: 1_001, calls: 0, units: 0 }]);
    expect(
      await state.database.all("SELECT name, count FROM usage_details WHERE kind = 'code' ORDER BY name"),
    ).toEqual([
      { name: 'GRAPHQL_VALIDATION_FAILED', count: 1 },
      { name: 'RATE_LIMITED', count: 1_000 },
    ]);
  });

  it('two servers share a directory, and neither takes what the other is writing', async () => {
    const [one, other] = [open(), open()];
    for (let request = 0; request < 200; request++) {
      void one.record(used({ request: `one-${request}` }));
      void other.record(used({ request: `other-${request}` }));
    }
    await Promise.all([one.ship(), other.ship()]);
    await Promise.all([one.close(), other.close()]);
    expect(new Set(await requestsBooked()).size).toBe(400);
    expect(await requestsBooked()).toHaveLength(400);
  });

  it('says which option to mend where the directory cannot be written to', () => {
    writeFileSync(join(directory, 'file'), '');
    expect(() => open({ directory: join(directory, 'file') })).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ place: 'usage.directory' })] }),
    );
  });
});
