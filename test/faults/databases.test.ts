import { afterEach, describe, expect, it } from 'vitest';
import type { CallContext } from '../../src/operations/call.ts';
import * as sql from '../../src/transports/sql/index.ts';
import { type DatabaseKind, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { contextOf } from '../support/operations.ts';
import { codeAs, eventually, openAsker, tally, timed } from './harness/faulty.ts';
import { openTcpFault } from './harness/tcp-fault.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** How each server is told to take its time, to lock a table, and to end the sessions of others. */
const dialects = {
  postgres: {
    sleep: (seconds: number) => `pg_sleep(${seconds})`,
    many: '(WITH RECURSIVE n(one) AS (SELECT 1 UNION ALL SELECT one + 1 FROM n WHERE one < 10000000) SELECT one FROM n) AS x',
    sessions:
      "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()",
    transactions:
      "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
    updates:
      "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE query LIKE 'UPDATE notes SET body = $%' AND state = 'active'",
    endAll: async (database: TestDatabase) => {
      await database.run(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
    },
  },
  mariadb: {
    sleep: (seconds: number) => `SLEEP(${seconds})`,
    many: '(SELECT seq AS one FROM seq_1_to_10000000) AS x',
    sessions:
      "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE info LIKE '%SLEEP(%' AND info NOT LIKE '%processlist%' AND db = DATABASE()",
    transactions:
      'SELECT COUNT(*) AS n FROM information_schema.innodb_trx WHERE trx_mysql_thread_id <> CONNECTION_ID()',
    updates:
      "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE info LIKE 'UPDATE notes SET body = %' AND db = DATABASE()",
    endAll: async (database: TestDatabase) => {
      const rows = await database.run(
        'SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()',
      );
      for (const { id } of rows) await database.run(`KILL ${String(id)}`).catch(() => []);
    },
  },
} as const;

type Served = keyof typeof dialects;

async function world(kind: Served, database: TestDatabase, options: object = {}) {
  const address = new URL(database.url);
  const proxy = await openTcpFault({
    host: address.hostname,
    port: Number(address.port || (kind === 'postgres' ? 5432 : 3306)),
  });
  address.hostname = '127.0.0.1';
  address.port = String(proxy.port);
  await database.run('CREATE TABLE notes (id INT PRIMARY KEY, body VARCHAR(100) NOT NULL)');
  await database.run("INSERT INTO notes VALUES (1, 'one'), (2, 'two')");
  const { sleep } = dialects[kind];
  const note = sql.columns({ id: 'id', body: 'body' });
  const rows = (from: string) =>
    sql.list<Record<never, never>, { one: number }>(
      Object.assign([`SELECT `, ` FROM ${from}`], { raw: ['', ''] }) as unknown as TemplateStringsArray,
      sql.columns({ one: 'one' }) as never,
    );
  const statement = (seconds: number) => rows(`(SELECT 1 AS one, ${sleep(seconds)} AS slept) AS x`);
  const source = sql.sql('notes', {
    url: address.href,
    timeoutMs: 1_500,
    connections: 3,
    retry: { pauseMs: 1 },
    breaker: { minRequests: 1_000, openMs: 100 },
    ...options,
    operations: {
      note: sql.one<
        { id: number },
        { id: number; body: string }
      >`SELECT ${note} FROM notes WHERE id IN (${sql.keys('id')})`,
      rename: sql.execute<{
        id: number;
        body: string;
      }>`UPDATE notes SET body = ${sql.input('body')} WHERE id = ${sql.input('id')}`,
      sleeps: statement(0.8),
      hangs: statement(30),
      flood: rows(dialects[kind].many),
      all: sql.list<
        Record<never, never>,
        { id: number; body: string }
      >`SELECT ${note} FROM notes, (SELECT id AS other FROM notes) AS o, (SELECT id AS third FROM notes) AS p`,
    },
  });
  const asker = await openAsker([source]);
  open.push(proxy, asker);
  return { proxy, source, ...asker };
}

const count = async (database: TestDatabase, statement: string): Promise<number> =>
  Number((await database.run(statement))[0]?.n);

describe.each(['postgres', 'mariadb'] as const satisfies readonly DatabaseKind[])('%s', (kind) => {
  const run = (title: string, body: (database: TestDatabase) => Promise<void>): void => {
    it(title, async (test) => {
      const database = await openTestDatabase(kind);
      if ('missing' in database) return test.skip(database.missing);
      open.push({ close: () => database.drop() });
      await body(database);
    });
  };
  const row = kind === 'mariadb' ? 'D11 ' : '';

  run(
    `${row}D01 away at the start and in flight: UPSTREAM_UNAVAILABLE at once, and used again as soon as it is there`,
    async (database) => {
      const { proxy, source, code } = await world(kind, database);
      proxy.set({ is: 'off' });
      const [outcome, tookMs] = await timed(() => code(source.note, { id: 1 }));
      expect(outcome).toBe('UPSTREAM_UNAVAILABLE');
      expect(tookMs).toBeLessThan(1_000);
      proxy.set({ is: 'open' });
      expect(await code(source.note, { id: 1 })).toBe('OK');
      const hanging = code(source.hangs, {});
      await eventually(async () => (await count(database, dialects[kind].sessions)) >= 1);
      proxy.set({ is: 'off' });
      expect(await hanging).toBe('UPSTREAM_UNAVAILABLE');
      proxy.set({ is: 'open' });
      await eventually(async () => (await code(source.note, { id: 1 })) === 'OK', 2_000);
    },
  );

  run(
    `${row}D01 freezes: every call ends with its limit, nobody waits without end, and the pool is whole again`,
    async (database) => {
      const { proxy, source, code } = await world(kind, database, { timeoutMs: 300 });
      expect(await code(source.note, { id: 1 })).toBe('OK');
      proxy.set({ is: 'frozen' });
      const [codes, tookMs] = await timed(() =>
        Promise.all(Array.from({ length: 20 }, (_, id) => code(source.note, { id }))),
      );
      for (const each of codes) expect(each).toMatch(/^UPSTREAM_(TIMEOUT|OVERLOADED|UNAVAILABLE)$/);
      expect(tookMs).toBeLessThan(300 * 5 + 2_000);
      proxy.set({ is: 'open' });
      const askMany = () => Promise.all(Array.from({ length: 20 }, () => code(source.note, { id: 2 })));
      await eventually(async () => tally(await askMany()).OK === 20);
    },
  );

  run(
    `${row}D02 has no free connection: UPSTREAM_OVERLOADED in time, waiters bounded, and the pool is whole after`,
    async (database) => {
      const { source, code } = await world(kind, database, {
        acquireTimeoutMs: 200,
        maxQueue: 20,
        retry: { attempts: 1 },
      });
      expect(await code(source.note, { id: 1 })).toBe('OK');
      const [outcomes, tookMs] = await timed(() =>
        Promise.all(Array.from({ length: 40 }, () => timed(() => code(source.sleeps, {})))),
      );
      const codes = tally(outcomes.map(([code]) => code));
      expect(codes.OK).toBe(3);
      expect(codes.UPSTREAM_OVERLOADED).toBe(37);
      for (const [outcome, ms] of outcomes) if (outcome !== 'OK') expect(ms).toBeLessThan(200 * 5);
      expect(tookMs).toBeLessThan(4_000);
      expect(await code(source.note, { id: 1 })).toBe('OK');
    },
  );

  run(
    `${row}D04 waits for a lock: the write ends with its limit, is not done later, and leaves no transaction`,
    async (database) => {
      const { source, ask, code } = await world(kind, database);
      // A lock that is held by another session for as long as the statement may take.
      const lock = await openTestLock(kind, database);
      open.push(lock);
      const [outcome, tookMs] = await timed(() => code(source.rename, { id: 1, body: 'late' }));
      expect(outcome).toMatch(/^UPSTREAM_(TIMEOUT|OVERLOADED|UNAVAILABLE)$/);
      expect(tookMs).toBeLessThan(1_500 * 2 + 1_000);
      await eventually(async () => (await count(database, dialects[kind].updates)) === 0);
      await lock.close();
      await eventually(async () => (await count(database, dialects[kind].transactions)) === 0);
      expect(await ask(source.note, { id: 1 })).toMatchObject({ body: 'one' });
      expect(await code(source.rename, { id: 1, body: 'now' })).toBe('OK');
      expect(await ask(source.note, { id: 1 })).toMatchObject({ body: 'now' });
    },
  );

  run(
    `${row}D05 ends all sessions: the pool drops what is dead, errors are over in two seconds, writes are sent once`,
    async (database) => {
      const { source, ask, code } = await world(kind, database);
      await Promise.all(Array.from({ length: 3 }, () => code(source.sleeps, {})));
      await dialects[kind].endAll(database);
      const [, tookMs] = await timed(() =>
        eventually(async () => {
          const codes = await Promise.all(Array.from({ length: 6 }, () => code(source.note, { id: 1 })));
          for (const each of codes) expect(each).toMatch(/^(OK|UPSTREAM_UNAVAILABLE)$/);
          return codes.every((each) => each === 'OK');
        }),
      );
      expect(tookMs).toBeLessThan(2_000 * 5);
      expect(await code(source.rename, { id: 2, body: 'after' })).toBe('OK');
      expect(await ask(source.note, { id: 2 })).toMatchObject({ body: 'after' });
    },
  );

  run(`${row}D07 leaves nothing of one call in the session of the next`, async (database) => {
    const { source, ask, engine } = await world(kind, database, { connections: 1 });
    for (let index = 0; index < 20; index++) {
      const body = `of tenant ${index}`;
      await ask(source.rename, { id: 1, body });
      // One that is left half way, one that fails, and one that reads: on the only connection there is.
      const controller = new AbortController();
      const left = engine.call(source.sleeps)([{}], contextOf({ signal: controller.signal }));
      if (index % 2 === 0) await eventually(async () => (await count(database, dialects[kind].sessions)) > 0);
      controller.abort();
      expect(codeAs((await left)[0])).toBe('CLIENT_CLOSED');
      expect(codeAs(await ask(source.rename, { id: 1, body: 'x'.repeat(101) }))).not.toBe('OK');
      expect(await ask(source.note, { id: 1 })).toMatchObject({ id: 1, body });
      expect(await ask(source.note, { id: 2 })).toMatchObject({ id: 2, body: 'two' });
    }
    expect(await count(database, dialects[kind].transactions)).toBe(0);
  });

  run(
    `${row}D10 gives more rows than the cap: UPSTREAM_RESPONSE_TOO_LARGE, without holding them`,
    async (database) => {
      const { source, code } = await world(kind, database, { maxRows: 5 });
      expect(await code(source.all, {})).toBe('UPSTREAM_RESPONSE_TOO_LARGE');
      const before = process.memoryUsage().rss;
      const [outcome, tookMs] = await timed(() => code(source.flood, {}));
      expect(outcome).toBe('UPSTREAM_RESPONSE_TOO_LARGE');
      expect(tookMs).toBeLessThan(1_500);
      // Ten million rows would be hundreds.
      expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
      expect(await code(source.note, { id: 1 })).toBe('OK');
    },
  );

  run(`${row}C01 is told to stop a statement when nobody waits for it any more`, async (database) => {
    const { source, engine } = await world(kind, database, { timeoutMs: 20_000 });
    const controller = new AbortController();
    const context: Partial<CallContext> = { signal: controller.signal };
    const asked = engine.call(source.hangs)([{}], contextOf(context));
    await eventually(async () => (await count(database, dialects[kind].sessions)) === 1);
    const [, tookMs] = await timed(async () => {
      controller.abort();
      expect(codeAs((await asked)[0])).toBe('CLIENT_CLOSED');
      await eventually(async () => (await count(database, dialects[kind].sessions)) === 0);
    });
    expect(tookMs).toBeLessThan(2_000);
  });

  run(`${row}D01 too slow a statement is UPSTREAM_TIMEOUT, and stopped at the server`, async (database) => {
    const { source, code } = await world(kind, database, { timeoutMs: 300 });
    const [outcome, tookMs] = await timed(() => code(source.hangs, {}));
    expect(outcome).toBe('UPSTREAM_TIMEOUT');
    expect(tookMs).toBeLessThan(300 + 1_000);
    await eventually(async () => (await count(database, dialects[kind].sessions)) === 0);
  });
});

it('D04 an idempotent write that lost a deadlock is tried again, another is not', async (test) => {
  const database = await openTestDatabase('postgres');
  if ('missing' in database) return test.skip(database.missing);
  open.push({ close: () => database.drop() });
  await database.run('CREATE SEQUENCE tries');
  await database.run(`CREATE FUNCTION loses() RETURNS int LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('tries') % 2 = 1 THEN RAISE EXCEPTION 'CANARY' USING ERRCODE = '40P01'; END IF;
      RETURN 1;
    END $$`);
  await database.run('CREATE TABLE counts (id int PRIMARY KEY, n int)');
  await database.run('INSERT INTO counts VALUES (1, 0)');
  const source = sql.sql('loser', {
    url: database.url,
    operations: {
      // Its author knows that doing it twice is doing it once.
      again: sql.execute<{ id: number }>({
        idempotent: true,
      })`UPDATE counts SET n = loses() - 1 WHERE id = ${sql.input('id')}`,
      write: sql.execute<{ id: number }>`UPDATE counts SET n = n + loses() WHERE id = ${sql.input('id')}`,
    },
  });
  const asker = await openAsker([source]);
  open.push(asker);
  expect(await asker.ask(source.again, { id: 1 })).toEqual({ changed: 1 });
  expect(await count(database, 'SELECT last_value AS n FROM tries')).toBe(2);
  const lost = await asker.ask(source.write, { id: 1 });
  expect(codeAs(lost)).toMatch(/^UPSTREAM_/);
  expect((lost as Error).message).not.toContain('CANARY');
  expect(await count(database, 'SELECT last_value AS n FROM tries')).toBe(3);
  expect(await asker.code(source.write, { id: 1 })).toBe('OK');
  expect(await count(database, 'SELECT n FROM counts')).toBe(1);
});

/** Another session that holds the row until it is closed. */
async function openTestLock(kind: Served, database: TestDatabase): Promise<{ close(): Promise<void> }> {
  const held = 'UPDATE notes SET body = body WHERE id = 1';
  let isOpen = true;
  if (kind === 'postgres') {
    const { default: pg } = await import('pg');
    const client = new pg.Client(database.url);
    await client.connect();
    await client.query('BEGIN');
    await client.query(held);
    return {
      async close() {
        if (!isOpen) return;
        isOpen = false;
        await client.query('ROLLBACK');
        await client.end();
      },
    };
  }
  const { default: mysql } = await import('mysql2/promise');
  const connection = await mysql.createConnection({ uri: database.url.replace(/^mariadb:/, 'mysql:') });
  await connection.beginTransaction();
  await connection.query(held);
  return {
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await connection.rollback();
      await connection.end();
    },
  };
}
