import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeOf } from '../../../src/errors.ts';
import {
  column,
  columns,
  execute,
  expression,
  input,
  list,
  row,
  sql,
} from '../../../src/transports/sql/index.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { availableDatabases, type Runner, runnerOf } from './fixture.ts';
import { proxyTo } from './proxy.ts';

const databases = await availableDatabases(['postgres', 'mariadb']);

const dialects = {
  postgres: {
    sleep: (seconds: number) => `pg_sleep(${seconds})`,
    session: 'pg_backend_pid()',
    sessions: `SELECT pid AS id FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    sleeping: `SELECT pid AS id FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND state = 'active' AND query LIKE '%pg_sleep%'`,
    sneak: `CREATE FUNCTION sneak() RETURNS INT LANGUAGE SQL AS 'DELETE FROM boxes RETURNING 1'`,
    deadlock: `CREATE FUNCTION deadlock() RETURNS INT LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'hush' USING ERRCODE = '40P01'; END $$`,
    kill: (id: unknown) => `SELECT pg_terminate_backend(${id})`,
    cancel: 'pg_cancel_backend',
  },
  mariadb: {
    // In a condition, so that being stopped is an error and not an answer of SLEEP.
    sleep: (seconds: number) => `SELECT MAX(id) FROM boxes WHERE SLEEP(${seconds}) = 0`,
    session: 'CONNECTION_ID()',
    sessions: `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()`,
    sleeping: `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()
      AND INFO LIKE '%SLEEP%'`,
    sneak: 'CREATE FUNCTION sneak() RETURNS INT BEGIN DELETE FROM boxes; RETURN 1; END',
    deadlock: `CREATE FUNCTION deadlock() RETURNS INT
      BEGIN SIGNAL SQLSTATE '40001' SET MESSAGE_TEXT = 'hush'; RETURN 1; END`,
    kill: (id: unknown) => `KILL CONNECTION ${id}`,
    cancel: 'KILL QUERY',
  },
};

const dialectOf = ({ kind }: TestDatabase) => dialects[kind as 'postgres' | 'mariadb'];

const boxOf = (database: TestDatabase, url = database.url) => {
  const { sleep, session } = dialectOf(database);
  return sql('box', {
    url,
    connections: 2,
    acquireTimeoutMs: 150,
    connectTimeoutMs: 1_000,
    operations: {
      hurried: row<object, { slept: string }>({ timeoutMs: 200 })`
        SELECT ${columns({ slept: column.text(expression(sleep(30))) })}`,
      patient: row<object, { slept: string }>`
        SELECT ${columns({ slept: column.text(expression(sleep(30))) })}`,
      session: row<object, { id: number }>`SELECT ${columns({ id: column.int(expression(session)) })}`,
      numbers: list<object, { n: number }>({ maxRows: 50 })`
        WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 900)
        SELECT ${columns({ n: column.int('n') })} FROM numbers`,
      write: execute<{ id: number }>`INSERT INTO boxes (id) VALUES (${input('id')})`,
      boxes: list<object, { id: number }>`SELECT ${columns({ id: 'id' })} FROM boxes`,
      deadlock: row<object, { n: number }>`SELECT ${columns({ n: column.int(expression('deadlock()')) })}`,
      sneaky: row<object, { done: number }>`SELECT ${columns({ done: column.int(expression('sneak()')) })}`,
    },
  });
};

const secretly = (url: string, change: (url: URL) => void) => {
  const changed = new URL(url);
  changed.password = 'hunter2';
  change(changed);
  return changed.href;
};

describe.each(databases)('a $kind server', (database: TestDatabase) => {
  const box = boxOf(database);
  let runner: Runner;
  const isSleeping = async () => (await database.run(dialectOf(database).sleeping)).length;
  const killAll = async () => {
    const { sessions, kill } = dialectOf(database);
    for (const { id } of await database.run(sessions)) await database.run(kill(id));
  };

  beforeAll(async () => {
    await database.run('CREATE TABLE boxes (id INTEGER PRIMARY KEY)');
    await database.run('INSERT INTO boxes VALUES (1)');
    runner = await runnerOf(box);
  });

  afterAll(async () => {
    await runner.close();
    await database.drop();
  });

  test('stops a statement when its time is over, and the connection lives on', async () => {
    const [before] = await runner.run(box.session, [{}]);
    const [outcome] = await runner.run(box.hurried, [{}]);
    expect(codeOf(outcome)).toBe('UPSTREAM_TIMEOUT');
    await expect.poll(isSleeping, { timeout: 3_000 }).toBe(0);
    await expect.poll(async () => (await runner.run(box.session, [{}]))[0]).toEqual(before);
  });

  test('stops a statement that nobody waits for any more', async () => {
    const client = new AbortController();
    const running = runner.run(box.patient, [{}], client.signal);
    await expect.poll(isSleeping).toBe(1);
    client.abort();
    expect(codeOf((await running)[0])).toBe('CLIENT_CLOSED');
    await expect.poll(isSleeping, { timeout: 3_000 }).toBe(0);
  });

  test('lets nobody wait longer than allowed for a connection', async () => {
    const client = new AbortController();
    const held = [{}, {}].map((input) => runner.run(box.patient, [input], client.signal));
    await expect.poll(isSleeping).toBe(2);
    const outcomes = await Promise.all(Array.from({ length: 300 }, () => runner.run(box.session, [{}])));
    expect(new Set(outcomes.map(([outcome]) => codeOf(outcome)))).toEqual(new Set(['UPSTREAM_OVERLOADED']));
    expect(await runner.ping()).toBeUndefined();
    client.abort();
    await Promise.all(held);
    await expect.poll(async () => (await runner.run(box.session, [{}]))[0]).toHaveProperty('id');
  });

  test('refuses too many rows, and the next statement is fine', async () => {
    expect(codeOf((await runner.run(box.numbers, [{}]))[0])).toBe('UPSTREAM_RESPONSE_TOO_LARGE');
    expect((await runner.run(box.session, [{}]))[0]).toHaveProperty('id');
  });

  test('replaces connections that the server has closed', async () => {
    await runner.run(box.session, [{}]);
    await killAll();
    await expect.poll(async () => (await runner.run(box.session, [{}]))[0]).toHaveProperty('id');
    expect(await runner.ping()).toBeUndefined();
  });

  test('tells of a statement whose connection is cut that the service cannot be reached', async () => {
    const running = runner.run(box.patient, [{}]);
    await expect.poll(isSleeping).toBe(1);
    await killAll();
    expect(codeOf((await running)[0])).toBe('UPSTREAM_UNAVAILABLE');
  });

  test('lets a statement that is declared a read only read', async () => {
    await expect.poll(async () => (await runner.run(box.session, [{}]))[0]).toHaveProperty('id');
    await database.run(dialectOf(database).sneak);
    const [outcome] = await runner.run(box.sneaky, [{}]);
    expect(codeOf(outcome)).toBe('DOWNSTREAM_SERVICE_ERROR');
    expect((outcome as { detail?: string }).detail).toContain('SQLSTATE 25006');
    expect(await runner.run(box.boxes, [{}])).toEqual([[{ id: 1 }]]);
    expect(await runner.run(box.write, [{ id: 2 }])).toEqual([{ changed: 1 }]);
    await database.run('DELETE FROM boxes WHERE id = 2');
  });

  test('tells of a deadlock that asking again may help, and nothing of its text', async () => {
    await database.run(dialectOf(database).deadlock);
    const [outcome] = await runner.run(box.deadlock, [{}]);
    expect(codeOf(outcome)).toBe('UPSTREAM_UNAVAILABLE');
    expect((outcome as Error).message).not.toContain('hush');
    expect((await runner.run(box.session, [{}]))[0]).toHaveProperty('id');
  });

  test('survives a table that changes under its prepared statements', async () => {
    expect(await runner.run(box.boxes, [{}])).toEqual([[{ id: 1 }]]);
    await database.run('ALTER TABLE boxes ADD COLUMN extra BIGINT');
    await database.run('ALTER TABLE boxes DROP COLUMN extra');
    await expect.poll(async () => (await runner.run(box.boxes, [{}]))[0]).toEqual([{ id: 1 }]);
  });

  test('starts while the database is down, and works when it is there', async () => {
    const proxy = await proxyTo(database.url);
    await proxy.stop();
    const through = boxOf(
      database,
      secretly(database.url, (url) => {
        url.port = String(proxy.port);
        url.password = '';
      }),
    );
    const later = await runnerOf(through);
    expect(codeOf((await later.run(through.session, [{}]))[0])).toBe('UPSTREAM_UNAVAILABLE');
    expect(codeOf(await later.ping())).toBe('UPSTREAM_UNAVAILABLE');
    await proxy.start();
    expect((await later.run(through.session, [{}]))[0]).toHaveProperty('id');
    expect(await later.ping()).toBeUndefined();
    await later.close();
    await proxy.stop();
  });

  test('gives up on a server that accepts and says nothing', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const url = secretly(database.url, (changed) => {
      changed.port = String((silent.address() as AddressInfo).port);
    });
    const mute = boxOf(database, url);
    const waiting = await runnerOf(mute);
    const [outcome] = await waiting.run(mute.session, [{}]);
    expect(codeOf(outcome)).toBe('UPSTREAM_UNAVAILABLE');
    await waiting.close();
    silent.close();
  });

  test('gets its places back when the server freezes in the middle of a statement', async () => {
    const proxy = await proxyTo(database.url);
    const url = new URL(database.url);
    url.port = String(proxy.port);
    const through = boxOf(database, url.href);
    const frozen = await runnerOf(through);
    await frozen.run(through.session, [{}]);
    proxy.freeze();
    const held = await Promise.all([{}, {}].map((input) => frozen.run(through.hurried, [input])));
    expect(held.map(([outcome]) => codeOf(outcome))).toContain('UPSTREAM_TIMEOUT');
    await proxy.stop();
    await proxy.start();
    await expect
      .poll(async () => (await frozen.run(through.session, [{}]))[0], { timeout: 8_000 })
      .toHaveProperty('id');
    await frozen.close();
    await proxy.stop();
  });

  test('gets its place back when the server freezes while it is told to stop a statement', async () => {
    const { cancel } = dialectOf(database);
    let stopped = 0;
    const proxy = await proxyTo(database.url, (chunk) => {
      if (!chunk.includes(cancel)) return;
      stopped += 1;
      proxy.freeze();
    });
    const url = new URL(database.url);
    url.port = String(proxy.port);
    const through = boxOf(database, url.href);
    const frozen = await runnerOf(through);
    const outcomes = await Promise.all([{}, {}].map((input) => frozen.run(through.hurried, [input])));
    expect(outcomes.map(([outcome]) => codeOf(outcome))).toContain('UPSTREAM_TIMEOUT');
    await expect.poll(() => stopped, { timeout: 3_000 }).toBeGreaterThan(0);
    proxy.thaw();
    await expect
      .poll(async () => (await frozen.run(through.session, [{}]))[0], { timeout: 8_000 })
      .toHaveProperty('id');
    await frozen.close();
    await proxy.stop();
  });

  test('shows neither password, address nor statement in an error', async () => {
    const url = secretly(database.url, (changed) => {
      changed.username = 'nobody_here';
      changed.pathname = '/nowhere';
    });
    const wrong = boxOf(database, url);
    const failing = await runnerOf(wrong);
    const [outcome] = await failing.run(wrong.session, [{}]);
    expect(codeOf(outcome)).toBe('UPSTREAM_UNAVAILABLE');
    const { message, detail, cause } = outcome as Error & { detail?: string };
    expect(message).toBe('A service cannot be reached.');
    expect(JSON.stringify([detail, cause])).not.toContain('hunter2');
    await failing.close();
  });
});
