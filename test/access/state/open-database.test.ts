import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Migration } from '../../../src/access/state/migration.ts';
import { migrations } from '../../../src/access/state/migrations.ts';
import { openDatabase } from '../../../src/access/state/open-database.ts';
import { describeProblem, ProblemsError } from '../../../src/config/problems.ts';
import { describeWithState, type TestState } from '../../support/state.ts';

const step = (name: string, ...statements: readonly string[]): Migration => ({ name, statements });

/** What an operator reads when the database cannot be opened. */
async function problemOf(opening: Promise<unknown>): Promise<string> {
  const error = await opening.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ProblemsError);
  return (error as ProblemsError).problems.map(describeProblem).join('\n');
}

describe('opening a SQLite file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tributary-state-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('makes the file and its folder for this user alone', async () => {
    const database = await openDatabase('sqlite:.data/state.db', { directory: folder });
    await database.close();
    expect(statSync(join(folder, '.data')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, '.data/state.db')).mode & 0o777).toBe(0o600);
  });

  it('tells of a folder that may not be written', async () => {
    const problem = await problemOf(openDatabase('sqlite:/proc/tributary/state.db'));
    expect(problem).toMatch(
      /access\.stateUrl\n {2}The state database \(a SQLite file\) cannot be used: .*Give/s,
    );
  });

  it('tells of a path through a file, and of a file that is no database', async () => {
    writeFileSync(join(folder, 'file'), 'This is no database. '.repeat(100));
    expect(await problemOf(openDatabase('sqlite:file/folder/state.db', { directory: folder }))).toContain(
      'no folder',
    );
    expect(await problemOf(openDatabase('sqlite:file', { directory: folder }))).toContain(
      'no SQLite database',
    );
  });

  it('waits for a file that another process has locked, but not for ever', async () => {
    const file = join(folder, 'state.db');
    const other = new DatabaseSync(file);
    other.exec('PRAGMA journal_mode = WAL; BEGIN IMMEDIATE');
    expect(await problemOf(openDatabase(`sqlite:${file}`, { startLimitMs: 100 }))).toContain(
      'another process has locked it',
    );
    const opening = openDatabase(`sqlite:${file}`);
    other.exec('COMMIT');
    await (await opening).close();
    other.close();
  });

  it('refuses a database that would forget everything', async () => {
    expect(await problemOf(openDatabase('sqlite::memory:'))).toContain('forgets every key');
  });
});

describe('opening Postgres', () => {
  const sockets = new Set<Socket>();
  let server: Server;
  let port: number;
  beforeEach(async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as { port: number }).port;
  });
  afterEach(() => new Promise<void>((resolve) => void server.close(() => resolve())));

  it('tries again for a while, then gives up and says neither address nor password', async () => {
    const url = `postgres://someone:canary-password@127.0.0.1:${port}/canary-name`;
    const problem = await problemOf(openDatabase(url, { startLimitMs: 400 }));
    expect(problem).toContain('The state database (Postgres) cannot be used');
    expect(problem).not.toMatch(/canary|127\.0\.0\.1/);
    expect(sockets.size).toBeGreaterThan(2);
  });

  it('gives up at once where trying again cannot help', async () => {
    const url = 'postgres://someone:canary@127.0.0.1:1/name?sslmode=verify-full&sslrootcert=/nowhere.pem';
    const began = performance.now();
    expect(await problemOf(openDatabase(url, { startLimitMs: 60_000 }))).not.toContain('canary');
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

await describeWithState('the tables of the state database', (open) => {
  let state: TestState;
  beforeEach(async () => {
    state = await open();
  });
  afterEach(() => state.drop());

  it('are made once, by whichever of several replicas comes first', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => state.connect()));
    const rows = await all[0]?.all('SELECT name FROM migrations ORDER BY name');
    expect(rows?.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name).sort());
  });

  it('are brought up to date, and are left alone by a migration that fails half way', async () => {
    const one = step('one-1', 'CREATE TABLE one (id TEXT)');
    const two = step('two-1', 'CREATE TABLE two (id TEXT)', 'INSERT INTO nowhere (id) VALUES (1)');
    const first = await state.connect({ migrations: [one] });
    await expect(state.connect({ migrations: [one, two] })).rejects.toThrow();
    await expect(first.all('SELECT id FROM two')).rejects.toThrow();
    await state.connect({ migrations: [one, step('two-1', 'CREATE TABLE two (id TEXT)')] });
    expect(await first.all('SELECT id FROM two')).toEqual([]);
  });

  it('of a newer release are refused by an older one', async () => {
    const newer = step('later-1', 'CREATE TABLE later (id TEXT)');
    await state.connect({ migrations: [newer] });
    const problem = await problemOf(state.connect({ migrations: [] }));
    expect(problem).toContain('made by a newer release: it has taken `later-1`');
  });

  it('that were made by an edited migration are refused', async () => {
    await state.connect({ migrations: [step('one-1', 'CREATE TABLE one (id TEXT)')] });
    const edited = state.connect({ migrations: [step('one-1', 'CREATE TABLE one (id TEXT, name TEXT)')] });
    expect(await problemOf(edited)).toContain(
      'one-1\n  The state database has taken this migration in another form',
    );
  });
});
