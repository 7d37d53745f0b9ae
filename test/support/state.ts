import { describe, it } from 'vitest';
import type { Database } from '../../src/access/state/database.ts';
import { type OpenDatabaseOptions, openDatabase } from '../../src/access/state/open-database.ts';
import { openTestDatabase, type TestDatabase } from './databases.ts';

/** A fresh state database, to which any number of replicas connect. */
export interface TestState {
  readonly url: string;
  /** Runs a statement behind everybody's back. */
  readonly run: TestDatabase['run'];
  connect(options?: OpenDatabaseOptions): Promise<Database>;
  drop(): Promise<void>;
}

/** Runs the same tests on SQLite and on Postgres; where there is no Postgres they are skipped, visibly. */
export async function describeWithState(
  name: string,
  tests: (open: () => Promise<TestState>) => void,
): Promise<void> {
  describe(`${name} (sqlite)`, () => tests(() => openState('sqlite')));
  const probe = await openTestDatabase('postgres');
  if ('missing' in probe) {
    describe(`${name} (postgres)`, () => it.skip(`is not tested: ${probe.missing}`, () => {}));
    return;
  }
  await probe.drop();
  describe(`${name} (postgres)`, () => tests(() => openState('postgres')));
}

/** A fresh state database, opened once per call of `connect`. */
export async function openState(kind: 'sqlite' | 'postgres' = 'sqlite'): Promise<TestState> {
  const database = await openTestDatabase(kind);
  if ('missing' in database) throw new Error(database.missing);
  const connected: Database[] = [];
  return {
    url: database.url,
    run: database.run,
    async connect(options = {}) {
      const connection = await openDatabase(database.url, options);
      connected.push(connection);
      return connection;
    },
    async drop() {
      await Promise.all(connected.map((each) => each.close().catch(() => {})));
      await database.drop();
    },
  };
}
