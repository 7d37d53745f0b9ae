import type { Database } from '../../../src/access/state/database.ts';
import { openDatabase } from '../../../src/access/state/open-database.ts';
import { type DatabaseKind, openTestDatabase } from '../../support/databases.ts';

export interface TestState {
  readonly url: string;
  readonly database: Database;
  close(): Promise<void>;
}

/** A state database of the test's own, or why there is none. */
export async function openTestState(kind: DatabaseKind): Promise<TestState | { readonly missing: string }> {
  const made = await openTestDatabase(kind);
  if ('missing' in made) return made;
  const database = await openDatabase(made.url);
  return {
    url: made.url,
    database,
    async close() {
      await database.close();
      await made.drop();
    },
  };
}

/** Everything that a table holds, by its first columns. */
export async function tableOf(database: Database, table: string): Promise<readonly object[]> {
  return await database.all(`SELECT * FROM ${table} ORDER BY 1, 2, 3, 4, 5, 6`);
}
