import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seedRows } from '../../backends/fleet/data.ts';
import { seedMysql } from '../../backends/fleet/mysql.ts';
import { seedPostgres } from '../../backends/fleet/postgres.ts';
import { seedFleet } from '../../backends/fleet/seed.ts';
import { seedSqlite } from '../../backends/fleet/sqlite.ts';
import { databaseKind, maskUrl, sqliteFile } from '../../backends/fleet/url.ts';
import { type DatabaseKind, openTestDatabase, type TestDatabase } from '../support/databases.ts';

const rows = seedRows();
const awkward = rows.drivers.find((row) => String(row[1]).includes('🚕')) as (typeof rows.drivers)[number];

describe.each(['sqlite', 'postgres', 'mariadb'] as const)('seeding %s', (kind: DatabaseKind) => {
  let database: TestDatabase;

  beforeEach(async ({ skip }) => {
    const opened = await openTestDatabase(kind);
    if ('missing' in opened) skip(opened.missing);
    else database = opened;
  });

  afterEach(async () => {
    await database?.drop();
  });

  const ask = async (sql: string): Promise<string[][]> => {
    const found = await database.run(sql);
    return found.map((row) => Object.values(row).map(String));
  };

  test('fills an empty schema with exact values', async () => {
    const { outcome, message } = await seedFleet(database.url);
    expect(outcome).toBe('seeded');
    expect(message).toContain('400 drivers, 408 vehicles, 2000 shifts');
    const [counts] = await ask(
      'SELECT (SELECT count(*) FROM drivers) AS d, (SELECT count(*) FROM vehicles) AS v, (SELECT count(*) FROM shifts) AS s',
    );
    expect(counts).toEqual(['400', '408', '2000']);
    const text = kind === 'mariadb' ? 'CHAR' : 'TEXT';
    const [driver] = await ask(
      `SELECT name, CAST(rating AS ${text}) AS r, CAST(licence_number AS ${text}) AS l FROM drivers WHERE id = '${awkward[0]}'`,
    );
    expect(driver).toEqual([awkward[1], awkward[2], String(awkward[5])]);
    const earnings = await ask(`SELECT DISTINCT CAST(earnings AS ${text}) AS e FROM shifts ORDER BY e`);
    expect(earnings.flat()).toEqual(expect.arrayContaining(['0.10', '1.10', '1000.00']));
  });

  test('keeps foreign keys, nulls and instants', async () => {
    await seedFleet(database.url);
    const [open] = await ask('SELECT count(*) FROM shifts WHERE ended_at IS NULL');
    expect(Number(open?.[0])).toBe(rows.shifts.filter((row) => row[3] === null).length);
    const [colours] = await ask('SELECT count(*) FROM vehicles WHERE colour IS NULL');
    expect(Number(colours?.[0])).toBe(rows.vehicles.filter((row) => row[7] === null).length);
    const day = {
      sqlite: 'substr(started_at, 1, 19)',
      postgres: "to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS')",
      mariadb: "date_format(started_at, '%Y-%m-%dT%H:%i:%s')",
    };
    const [first] = await ask(`SELECT ${day[kind]} AS t FROM shifts ORDER BY id LIMIT 1`);
    expect(`${first?.[0]}Z`).toBe(rows.shifts[0]?.[2]);
    if (kind === 'sqlite') await database.run('PRAGMA foreign_keys = ON');
    const orphan = "INSERT INTO vehicles VALUES ('V9999', 'nobody', 'a', 'b', 'c', 2020, 1, NULL)";
    await expect(database.run(orphan)).rejects.toThrow(/foreign key/i);
  });

  test('leaves a schema alone that holds any table', async () => {
    await database.run('CREATE TABLE somebody_elses (id INT)');
    const { outcome, message } = await seedFleet(database.url);
    expect([outcome, message]).toEqual(['kept', expect.stringContaining('its schema is not empty')]);
    await expect(database.run('SELECT 1 FROM drivers')).rejects.toThrow();
  });

  test('by several processes at once happens once', async () => {
    const outcomes = await Promise.all([seedFleet(database.url), seedFleet(database.url)]);
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['kept', 'seeded']);
    expect((await ask('SELECT count(*) FROM drivers'))[0]).toEqual(['400']);
  });

  test('that fails half way leaves nothing behind', async () => {
    const twice = { ...rows, shifts: [...rows.shifts, rows.shifts[0] as (typeof rows.shifts)[number]] };
    const seed = {
      sqlite: async () => seedSqlite(database.url, twice),
      postgres: seedPostgres,
      mariadb: seedMysql,
    }[kind];
    await expect(seed(database.url, twice)).rejects.toThrow(/unique|duplicate/i);
    await expect(database.run('SELECT 1 FROM drivers')).rejects.toThrow();
    expect((await seedFleet(database.url)).outcome).toBe('seeded');
  });
});

describe('an interrupted seed of MariaDB', () => {
  test('is recognised and said, and nothing is touched', async ({ skip }) => {
    const opened = await openTestDatabase('mariadb');
    if ('missing' in opened) return skip(opened.missing);
    try {
      // What a killed run leaves: the marker and some of the tables.
      await opened.run('CREATE TABLE fleet_seed_unfinished (id INT)');
      await opened.run('CREATE TABLE drivers (id INT)');
      const { outcome, message } = await seedFleet(opened.url);
      expect([outcome, message]).toEqual([
        'unfinished',
        expect.stringContaining('an earlier seed did not finish'),
      ]);
      expect(await opened.run('SELECT * FROM drivers')).toEqual([]);
    } finally {
      await opened.drop();
    }
  });
});

describe('a SQLite file', () => {
  test('is made with its folder; one that is no database is said and kept', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fleet-'));
    try {
      const file = join(folder, 'new', 'deep', 'fleet.db');
      expect((await seedFleet(`sqlite:${file}`)).outcome).toBe('seeded');
      expect(readdirSync(join(folder, 'new', 'deep'))).toEqual(['fleet.db']);
      const text = join(folder, 'text.db');
      writeFileSync(text, 'this is no database, but it is long enough to be read as one '.repeat(20));
      await expect(seedFleet(`sqlite:${text}`)).rejects.toThrow('file is not a database');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('database URLs', () => {
  test.each([
    ['postgres://me:s3cret@127.0.0.1:5432/fleet', 'postgres://me:***@127.0.0.1:5432/fleet'],
    ['mariadb://root@127.0.0.1/fleet?password=s3cret&x=1', 'mariadb://root@127.0.0.1/fleet?password=***&x=1'],
    ['postgres://me:s3cret@[broken/fleet', 'postgres://***'],
    ['sqlite:.data/fleet.db', 'sqlite:.data/fleet.db'],
  ])('%s is shown as %s', (url, shown) => {
    expect(maskUrl(url)).toBe(shown);
  });

  test('name their kind and file', () => {
    expect(['postgresql://h/d', 'mariadb://h/d', 'SQLITE:x'].map(databaseKind)).toEqual([
      'postgres',
      'mysql',
      'sqlite',
    ]);
    expect(sqliteFile('sqlite:.data/fleet.db')).toBe('.data/fleet.db');
    expect(sqliteFile('sqlite:///var/fleet.db')).toBe('/var/fleet.db');
    expect(() => databaseKind('oracle://me:s3cret@h/d')).toThrow(/must begin with sqlite:, postgres:/);
    expect(() => databaseKind('oracle://me:s3cret@h/d')).not.toThrow(/s3cret/);
  });

  test('that are broken are an error without the password', async () => {
    for (const url of ['postgres://me:s3cret@[broken/fleet', 'mysql://me:s3cret@[broken/fleet']) {
      const failure = await seedFleet(url).catch((error: Error) => error.message);
      expect(failure).toMatch(/^\w+:\/\/\*\*\* was not seeded/);
      expect(failure).not.toContain('s3cret');
    }
  });

  test('that lead nowhere are an error of one line without the password', async () => {
    for (const scheme of ['postgres', 'mariadb']) {
      const failure = await seedFleet(`${scheme}://me:s3cret@127.0.0.1:1/fleet`).catch(
        (error: Error) => error.message,
      );
      expect(failure).toMatch(/^\w+:\/\/me:\*\*\*@127\.0\.0\.1:1\/fleet was not seeded: .*ECONNREFUSED/);
      expect(failure).not.toMatch(/s3cret|\n/);
    }
  });
});
