import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeOf } from '../../../src/errors.ts';
import {
  column,
  columns,
  execute,
  executeReturning,
  expression,
  input,
  keys,
  list,
  one,
  row,
  sql,
} from '../../../src/transports/sql/index.ts';
import { runnerOf } from './fixture.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-sqlite-'));
});
afterAll(() => rm(folder, { recursive: true }));

const boxOf = (url: string) =>
  sql('box', {
    url,
    operations: {
      names: list<object, { name: string }>`SELECT ${columns({ name: 'name' })} FROM boxes ORDER BY name`,
      add: execute<{ name: string }>`INSERT INTO boxes (name) VALUES (${input('name')})`,
    },
  });

function fileWith(name: string, ...names: readonly string[]): string {
  const path = join(folder, name);
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE boxes (name TEXT)');
  for (const each of names) database.prepare('INSERT INTO boxes VALUES (?)').run(each);
  database.close();
  return path;
}

describe('a SQLite file', () => {
  test('that is missing fails the calls and the ping, and is used once it appears', async () => {
    const path = join(folder, 'late.db');
    const box = boxOf(`sqlite:${path}`);
    const runner = await runnerOf(box);
    expect(codeOf((await runner.run(box.names, [{}]))[0])).toBe('UPSTREAM_UNAVAILABLE');
    expect(codeOf((await runner.run(box.add, [{ name: 'x' }]))[0])).toBe('UPSTREAM_UNAVAILABLE');
    expect(codeOf(await runner.ping())).toBe('UPSTREAM_UNAVAILABLE');
    fileWith('late.db', 'here');
    expect(await runner.run(box.names, [{}])).toEqual([[{ name: 'here' }]]);
    expect(await runner.ping()).toBeUndefined();
    await runner.close();
  });

  test('that another one takes the place of is read anew', async () => {
    const path = fileWith('old.db', 'old');
    const box = boxOf(`sqlite:${path}`);
    const runner = await runnerOf(box);
    expect(await runner.run(box.names, [{}])).toEqual([[{ name: 'old' }]]);
    await rename(fileWith('new.db', 'new'), path);
    expect(await runner.run(box.names, [{}])).toEqual([[{ name: 'new' }]]);
    await runner.close();
  });

  test('that is no database is an unavailable service', async () => {
    const { writeFile } = await import('node:fs/promises');
    const path = join(folder, 'text.db');
    await writeFile(path, 'This is not a database, however long one looks at it.'.repeat(30));
    const box = boxOf(`sqlite:${path}`);
    const runner = await runnerOf(box);
    const [outcome] = await runner.run(box.names, [{}]);
    expect(codeOf(outcome)).toBe('UPSTREAM_UNAVAILABLE');
    expect((outcome as Error).message).not.toContain(folder);
    await runner.close();
  });

  test('that another process is writing to is a failure that may be tried again', async () => {
    const path = fileWith('busy.db');
    const box = boxOf(`sqlite:${path}`);
    const runner = await runnerOf(box);
    expect(await runner.run(box.add, [{ name: 'first' }])).toEqual([{ changed: 1 }]);
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    expect(codeOf((await runner.run(box.add, [{ name: 'second' }]))[0])).toBe('UPSTREAM_UNAVAILABLE');
    expect(await runner.run(box.names, [{}])).toEqual([[{ name: 'first' }]]);
    other.exec('ROLLBACK');
    expect(await runner.run(box.add, [{ name: 'second' }])).toEqual([{ changed: 1 }]);
    other.close();
    await runner.close();
  });
});

describe('SQLite in memory', () => {
  const store = sql('store', {
    url: 'sqlite::memory:',
    operations: {
      create: execute<object>`CREATE TABLE t (id INTEGER PRIMARY KEY, small INTEGER, big BIGINT, price DECIMAL(10, 2),
        flag BOOLEAN, at TIMESTAMP, data BLOB, anything)`,
      insert: execute<{ id: number; small: string; big: string; price: string }>`
        INSERT INTO t (id, small, big, price, flag, at, data, anything) VALUES (${input('id')},
          ${input('small', 'bigint')}, ${input('big', 'bigint')}, ${input('price')}, 1, '2026-01-31 12:00:00+02:00',
          x'00ff', 1.5)`,
      byId: one<
        { id: number },
        Record<'id' | 'small' | 'big' | 'price' | 'flag' | 'at' | 'data' | 'anything', unknown>
      >`
        SELECT ${columns({
          id: 'id',
          small: 'small',
          big: 'big',
          price: 'price',
          flag: 'flag',
          at: 'at',
          data: 'data',
          anything: 'anything',
        })} FROM t WHERE id IN (${keys('id')})`,
      scaled: one<{ id: number }, { id: number; price: string }>`
        SELECT ${columns({ id: 'id', price: column.decimal('price', 2) })} FROM t WHERE id IN (${keys('id')})`,
      sneaky: executeReturning<object, { id: number }>`
        DELETE FROM t WHERE id < 0 RETURNING ${columns({ id: 'id' })}`,
      infinite: row<object, { n: number }>`SELECT ${columns({ n: expression('9e999') })}`,
    },
  });

  test('reads columns by their declared type where the definition says nothing', async () => {
    const runner = await runnerOf(store);
    await runner.run(store.create, [{}]);
    await runner.run(store.insert, [{ id: 1, small: '9007199254740991', big: '7', price: '10.50' }]);
    expect(await runner.run(store.byId, [{ id: 1 }])).toEqual([
      {
        id: 1,
        small: 9007199254740991,
        big: '7',
        price: '10.5',
        flag: true,
        at: '2026-01-31T10:00:00.000Z',
        data: 'AP8=',
        anything: 1.5,
      },
    ]);
    expect(await runner.run(store.scaled, [{ id: 1 }])).toEqual([{ id: 1, price: '10.50' }]);

    await runner.run(store.insert, [{ id: 2, small: '1', big: '9007199254740993', price: '1' }]);
    expect(
      (await runner.run(store.byId, [{ id: 2 }, { id: 1 }])).map((found) => (found as { big: string }).big),
    ).toEqual(['9007199254740993', '7']);

    await runner.run(store.insert, [
      { id: 3, small: '9007199254740993', big: '1', price: '12345678901234.5678' },
    ]);
    const [broken, whole] = await runner.run(store.byId, [{ id: 3 }, { id: 1 }]);
    expect(codeOf(broken)).toBe('UPSTREAM_INVALID_RESPONSE');
    expect((broken as { detail?: string }).detail).toMatch(/`(small|price)`/);
    expect(whole).toMatchObject({ id: 1 });
    expect(await runner.run(store.sneaky, [{}])).toEqual([null]);
    expect(codeOf((await runner.run(store.infinite, [{}]))[0])).toBe('UPSTREAM_INVALID_RESPONSE');
    await runner.close();
  });
});
