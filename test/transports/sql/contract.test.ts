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
  many,
  one,
  oneOf,
  row,
  sql,
} from '../../../src/transports/sql/index.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { availableDatabases, type Runner, runnerOf, types } from './fixture.ts';

interface Thing {
  id: number;
  name: string | null;
  big: string | null;
  price: string | null;
  weight: number | null;
  isNew: boolean | null;
  day: string | null;
  at: string | null;
  extra: { a: number } | null;
  bytes: string | null;
}

interface Part {
  thingId: number;
  place: string;
  label: string;
}

const thing = columns({
  id: 'id',
  name: 'name',
  big: column.bigint('big'),
  price: column.decimal('price', 2),
  weight: column.float('weight'),
  isNew: column.boolean('is_new'),
  day: column.date('day'),
  at: column.timestamp('at'),
  extra: column.json('extra'),
  bytes: column.bytes('bytes'),
});

const part = columns({ thingId: 'thing_id', place: 'place', label: 'label' });

const storeOf = (url: string) =>
  sql('store', {
    url,
    operations: {
      thing: one<{ id: number | string }, Thing>`SELECT ${thing} FROM things WHERE id IN (${keys('id')})`,
      thingNamed: one<{ title: string }, { name: string }>`
        SELECT ${columns({ name: 'name' })} FROM things WHERE name IN (${keys({ title: 'name' })}) ORDER BY id;`,
      parts: many<{ thingId: number | string }, Part>`
        SELECT ${part} FROM parts WHERE thing_id IN (${keys('thingId')}) ORDER BY label`,
      partsFrom: many<{ thingId: number; from: string }, Part>`
        SELECT ${part} FROM parts
        WHERE label >= ${input('from')} AND thing_id IN (${keys('thingId')}) AND label <> ${input('from')}
        ORDER BY label`,
      part: one<{ thingId: number | string; place: string }, Part>`
        SELECT ${part} FROM parts WHERE (thing_id, place) IN (${keys('thingId', 'place')})`,
      page: list<{ first: number; after?: number | null; orderBy?: 'ID' | 'NAME' | null }, Thing>`
        SELECT ${thing} FROM things
        WHERE (${input('after', 'int')} IS NULL OR id > ${input('after', 'int')})
        ORDER BY ${oneOf('orderBy', { ID: 'id', NAME: 'things.name DESC' })} LIMIT ${input('first')}`,
      since: list<{ at: string }, { id: number }>`
        SELECT ${columns({ id: 'id' })} FROM things WHERE at >= ${input('at', 'timestamp')} ORDER BY id`,
      capped: list<object, { id: number }>({ maxRows: 2 })`SELECT ${columns({ id: 'id' })} FROM things`,
      totals: row<object, { things: number; price: string }>`
        SELECT ${columns({
          things: column.int(expression('COUNT(*)')),
          price: column.decimal(expression("MAX('12.5')"), 2),
        })} FROM things`,
      add: execute<{ id: number; name: string; isNew: boolean; at: string; bytes: string }>`
        INSERT INTO things (id, name, is_new, at, bytes) VALUES (${input('id')}, ${input('name')}, ${input('isNew')},
          ${input('at', 'timestamp')}, ${input('bytes', 'bytes')})`,
      addReturning: executeReturning<{ id: number; name: string }, { id: number; name: string }>`
        INSERT INTO things (id, name) VALUES (${input('id')}, ${input('name')})
        RETURNING ${columns({ id: 'id', name: 'name' })}`,
      rename: execute<{ id: number; name: string }>`
        UPDATE things SET name = ${input('name')} WHERE id = ${input('id')}`,
      sneaky: list<object, { id: number }>`
        SELECT ${columns({ id: 'id' })} FROM nowhere WHERE secret = 'hush'`,
    },
  });

const databases = await availableDatabases();
const answers = new Map<string, unknown>();

describe.each(databases)('the sql transport on $kind', (database: TestDatabase) => {
  const store = storeOf(database.url);
  let runner: Runner;

  beforeAll(async () => {
    await fill(database);
    runner = await runnerOf(store);
  });

  afterAll(async () => {
    await runner.close();
    await database.drop();
  });

  test('gives the same JSON as every other database', async () => {
    const things = await runner.run(store.thing, [{ id: 1 }, { id: 2 }, { id: 3 }]);
    expect(things).toEqual([
      {
        id: 1,
        name: 'first',
        big: '9007199254740993',
        price: '12.50',
        weight: 0.1,
        isNew: true,
        day: '2026-01-31',
        at: '2026-01-31T12:00:00.123Z',
        extra: { a: 1 },
        bytes: 'AP8=',
      },
      {
        id: 2,
        name: 'zweite 🚕',
        big: '-5',
        price: '-0.07',
        weight: -2.5,
        isNew: false,
        day: '0999-12-01',
        at: '2026-01-31T12:00:01.123456Z',
        extra: { a: 2 },
        bytes: '',
      },
      { ...Object.fromEntries(Object.keys(things[0] as object).map((name) => [name, null])), id: 3 },
    ]);
    answers.set(database.kind, JSON.stringify(things));
    expect(new Set(answers.values()).size).toBe(1);
  });

  test('matches rows by key: missing is null, order is the inputs’, a number and its text are one key', async () => {
    const outcomes = await runner.run(store.thing, [{ id: '3' }, { id: 999 }, { id: 1 }, { id: '1' }]);
    expect(outcomes.map((outcome) => (outcome as Thing | null)?.id)).toEqual([3, undefined, 1, 1]);
    expect(outcomes[1]).toBeNull();
  });

  test('takes a key that the column cannot hold as missing, and spares the others', async () => {
    const odd = [
      'abc',
      '1.5',
      '',
      ' 1',
      '1 OR 1=1',
      '99999999999999999999',
      "' OR 1=1--",
      '01',
      'a\0b',
      '1e0',
    ];
    const outcomes = await runner.run(store.thing, [...odd.map((id) => ({ id })), { id: 1 }]);
    expect(outcomes.slice(0, -1)).toEqual(odd.map(() => null));
    expect(outcomes.at(-1)).toMatchObject({ id: 1 });
    expect(await runner.run(store.thing, [{ id: 'abc' }])).toEqual([null]);
  });

  test('takes values as values: nothing in them becomes SQL', async () => {
    const values = [
      "' OR 1=1--",
      '\\',
      '"; DROP TABLE things',
      '0x27',
      '{x}',
      '?',
      '$1',
      'first',
      '🚕',
      '{a,"b}',
    ];
    const outcomes = await runner.run(
      store.thingNamed,
      values.map((title) => ({ title })),
    );
    expect(outcomes).toEqual(values.map((title) => (title === 'first' ? { name: 'first' } : null)));
  });

  test('compares keys exactly, whatever the collation says', async () => {
    expect(await runner.run(store.thingNamed, [{ title: 'FIRST' }, { title: 'first ' }])).toEqual([
      null,
      null,
    ]);
  });

  test('gives all rows of a key in the statement’s order, and an empty list for none', async () => {
    const outcomes = await runner.run(store.parts, [
      { thingId: 2 },
      { thingId: 1 },
      { thingId: 7 },
      { thingId: 'x' },
    ]);
    expect(outcomes).toEqual([
      [{ thingId: 2, place: 'left', label: 'c' }],
      [
        { thingId: 1, place: 'left', label: 'a' },
        { thingId: 1, place: 'right', label: 'b' },
      ],
      [],
      [],
    ]);
  });

  test('finds rows by a key of several parts', async () => {
    const outcomes = await runner.run(store.part, [
      { thingId: 1, place: 'right' },
      { thingId: 2, place: 'right' },
      { thingId: 'x', place: 'left' },
      { thingId: '2', place: 'left' },
    ]);
    expect(outcomes.map((outcome) => (outcome as Part | null)?.label)).toEqual([
      'b',
      undefined,
      undefined,
      'c',
    ]);
  });

  test('keeps inputs that differ in more than their keys in statements of their own', async () => {
    const outcomes = await runner.run(store.partsFrom, [
      { thingId: 1, from: 'a' },
      { thingId: 1, from: 'b' },
      { thingId: 2, from: 'a' },
    ]);
    expect(outcomes.map((parts) => (parts as Part[]).map(({ label }) => label))).toEqual([['b'], [], ['c']]);
  });

  test('answers a batch of thousands of keys', async () => {
    const inputs = Array.from({ length: 2_500 }, (_, index) => ({ id: 2_500 - index }));
    const outcomes = await runner.run(store.thing, inputs);
    expect(outcomes.filter((outcome) => outcome !== null)).toHaveLength(3);
    expect(outcomes.at(-1)).toMatchObject({ id: 1 });
  });

  test('lists with bound limits, cursors and a chosen order', async () => {
    const ids = async (inputs: { first: number; after?: number | null; orderBy?: 'ID' | 'NAME' }) =>
      ((await runner.run(store.page, [inputs]))[0] as Thing[]).map(({ id }) => id);
    expect(await ids({ first: 2 })).toEqual([1, 2]);
    expect(await ids({ first: 2, after: 1 })).toEqual([2, 3]);
    expect((await ids({ first: 9, orderBy: 'NAME' })).filter((id) => id < 3)).toEqual([2, 1]);
    expect(await runner.run(store.since, [{ at: '2026-01-31T13:00:01.123456+01:00' }])).toEqual([
      [{ id: 2 }],
    ]);
  });

  test('refuses an order that is not among the choices', async () => {
    const [outcome] = await runner.run(store.page, [{ first: 1, orderBy: 'id; DROP TABLE things' as 'ID' }]);
    expect(codeOf(outcome)).toBe('BAD_USER_INPUT');
    expect((outcome as Error).message).toBe('`orderBy` must be one of ID, NAME.');
  });

  test('refuses an input that does not fit its declared type, naming it', async () => {
    const [outcome] = await runner.run(store.since, [{ at: 'yesterday' }]);
    expect(codeOf(outcome)).toBe('BAD_USER_INPUT');
    expect((outcome as Error).message).toContain('`at` must be an instant');
  });

  test('computes aggregates', async () => {
    expect(await runner.run(store.totals, [{}])).toEqual([{ things: 3, price: '12.50' }]);
  });

  test('refuses an answer of more rows than allowed, and the next one is fine', async () => {
    const [outcome] = await runner.run(store.capped, [{}]);
    expect(codeOf(outcome)).toBe('UPSTREAM_RESPONSE_TOO_LARGE');
    expect(await runner.run(store.totals, [{}])).toMatchObject([{ things: 3 }]);
  });

  test('tells a client nothing of a statement that fails', async () => {
    const [outcome] = await runner.run(store.sneaky, [{}]);
    expect(codeOf(outcome)).toBe('DOWNSTREAM_SERVICE_ERROR');
    expect((outcome as Error).message).not.toMatch(/nowhere|hush|SELECT|secret/);
    expect((outcome as { detail?: string }).detail).toContain('nowhere');
  });

  test('writes, counts what it changed and reports a key that exists', async () => {
    const added = { id: 50, name: "O'Neil", isNew: true, at: '2026-02-01T00:00:00Z', bytes: 'AP8=' };
    expect(await runner.run(store.add, [added])).toEqual([{ changed: 1 }]);
    expect(await runner.run(store.thing, [{ id: 50 }])).toMatchObject([
      { name: "O'Neil", isNew: true, at: '2026-02-01T00:00:00.000Z', bytes: 'AP8=' },
    ]);
    const [again] = await runner.run(store.add, [added]);
    expect(codeOf(again)).toBe('CONFLICT');
    expect((again as Error).message).not.toContain('things');
    expect(await runner.run(store.rename, [{ id: 50, name: 'x' }])).toEqual([{ changed: 1 }]);
    expect(await runner.run(store.rename, [{ id: 51, name: 'x' }])).toEqual([{ changed: 0 }]);
    expect(await runner.run(store.addReturning, [{ id: 60, name: 'y' }])).toEqual([{ id: 60, name: 'y' }]);
    await database.run('DELETE FROM things WHERE id >= 50');
  });

  test('keeps the ends of every exact type, and text beyond ASCII', async () => {
    const text = (name: string) => (database.kind === 'sqlite' ? `'${name}'` : name);
    await database.run(`INSERT INTO things (id, name, big, price, is_new, bytes) VALUES
      (80, 'Ø 👩‍👩‍👧 \u{10FFFF} \u0301', 9223372036854775807, ${text('99999999999999999999.99')}, ${database.kind === 'postgres' ? 'TRUE' : '1'},
        ${database.kind === 'postgres' ? "'\\x00'" : "x'00'"}),
      (81, '', -9223372036854775808, ${text('-99999999999999999999.99')}, ${database.kind === 'postgres' ? 'FALSE' : '0'},
        ${database.kind === 'postgres' ? "'\\xf09f9a95'" : "x'f09f9a95'"})`);
    expect(await runner.run(store.thing, [{ id: 80 }, { id: 81 }])).toMatchObject([
      {
        name: 'Ø 👩‍👩‍👧 \u{10FFFF} \u0301',
        big: '9223372036854775807',
        price: '99999999999999999999.99',
        isNew: true,
        bytes: 'AA==',
      },
      {
        name: '',
        big: '-9223372036854775808',
        price: '-99999999999999999999.99',
        isNew: false,
        bytes: '8J+alQ==',
      },
    ]);
    await database.run('DELETE FROM things WHERE id IN (80, 81)');
  });

  test('binds text with NUL where the database keeps it, and refuses it by name where it does not', async () => {
    const [outcome] = await runner.run(store.rename, [{ id: 1, name: 'a\0b' }]);
    if (database.kind === 'mariadb') {
      expect(outcome).toEqual({ changed: 1 });
      expect(await runner.run(store.thing, [{ id: 1 }])).toMatchObject([{ name: 'a\0b' }]);
    } else {
      expect(codeOf(outcome)).toBe('BAD_USER_INPUT');
      expect((outcome as Error).message).toContain('`name` must be text without NUL');
    }
    await runner.run(store.rename, [{ id: 1, name: 'first' }]);
  });

  test('refuses a value that is too long for its column instead of cutting it', async () => {
    const [outcome] = await runner.run(store.rename, [{ id: 1, name: 'x'.repeat(101) }]);
    // SQLite gives the width of a column no meaning.
    if (database.kind === 'sqlite') expect(outcome).toEqual({ changed: 1 });
    else expect(codeOf(outcome)).toBe('BAD_USER_INPUT');
    await runner.run(store.rename, [{ id: 1, name: 'first' }]);
  });

  test('breaks only the row that holds a value its column’s type does not fit', async () => {
    await database.run("INSERT INTO things (id, name, price) VALUES (70, 'x', '1.234')");
    const [broken, whole] = await runner.run(store.thing, [{ id: 70 }, { id: 1 }]);
    expect(codeOf(broken)).toBe('UPSTREAM_INVALID_RESPONSE');
    expect((broken as { detail?: string }).detail).toContain('`price`');
    expect(whole).toMatchObject({ id: 1 });
    await database.run('DELETE FROM things WHERE id = 70');
  });

  test('answers a ping', async () => {
    expect(await runner.ping()).toBeUndefined();
  });
});

async function fill({ kind, run }: TestDatabase): Promise<void> {
  const { decimal, boolean, timestamp, json, bytes, double } = types[kind] as Record<string, string>;
  await run(`CREATE TABLE things (id INTEGER PRIMARY KEY, name VARCHAR(100), big BIGINT, price ${decimal}, weight ${double},
    is_new ${boolean}, day DATE, at ${timestamp}, extra ${json}, bytes ${bytes})`);
  await run(
    'CREATE TABLE parts (thing_id INTEGER, place VARCHAR(20), label VARCHAR(20), PRIMARY KEY (thing_id, place))',
  );
  const [yes, no] = kind === 'postgres' ? ['TRUE', 'FALSE'] : ['1', '0'];
  // SQLite compares instants as text, so they are kept as the transport writes them.
  const instant = (time: string) => (kind === 'sqlite' ? `2026-01-31T${time}Z` : `2026-01-31 ${time}`);
  const [data, empty] = kind === 'postgres' ? ["'\\x00ff'", "''"] : ["x'00ff'", "x''"];
  await run(`INSERT INTO things VALUES
    (1, 'first', 9007199254740993, '12.5', 0.1, ${yes}, '2026-01-31', '${instant('12:00:00.123')}', '{"a":1}', ${data}),
    (2, 'zweite 🚕', -5, '-0.07', -2.5, ${no}, '0999-12-01', '${instant('12:00:01.123456')}', '{"a":2}', ${empty}),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`);
  await run("INSERT INTO parts VALUES (1, 'right', 'b'), (1, 'left', 'a'), (2, 'left', 'c')");
}
