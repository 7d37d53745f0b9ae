import type { Datasource } from '../../../src/operations/datasource.ts';
import { openEngine } from '../../../src/operations/engine.ts';
import type { Operation } from '../../../src/operations/operation.ts';
import type { Outcome } from '../../../src/operations/outcome.ts';
import { type DatabaseKind, openTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { contextOf } from '../../support/operations.ts';

/** The types' names where the databases differ. */
export const types: Readonly<Record<DatabaseKind, Readonly<Record<string, string>>>> = {
  sqlite: {
    decimal: 'TEXT',
    boolean: 'INTEGER',
    timestamp: 'TEXT',
    json: 'TEXT',
    bytes: 'BLOB',
    double: 'REAL',
  },
  postgres: {
    decimal: 'NUMERIC(30, 10)',
    boolean: 'BOOLEAN',
    timestamp: 'TIMESTAMPTZ',
    json: 'JSONB',
    bytes: 'BYTEA',
    double: 'DOUBLE PRECISION',
  },
  mariadb: {
    decimal: 'DECIMAL(30, 10)',
    boolean: 'BOOLEAN',
    timestamp: 'DATETIME(6)',
    json: 'JSON',
    bytes: 'VARBINARY(100)',
    double: 'DOUBLE',
  },
};

export const kinds: readonly DatabaseKind[] = ['sqlite', 'postgres', 'mariadb'];

/** The databases that answer; the others say why they do not, once. */
export async function availableDatabases(
  which: readonly DatabaseKind[] = kinds,
): Promise<readonly TestDatabase[]> {
  const opened = await Promise.all(which.map(openTestDatabase));
  return opened.flatMap((database) => ('missing' in database ? [] : [database]));
}

export interface Runner {
  run<I, O>(
    operation: Operation<I, O>,
    inputs: readonly I[],
    signal?: AbortSignal,
  ): Promise<readonly Outcome<O>[]>;
  ping(): Promise<Error | undefined>;
  close(): Promise<void>;
}

/** A datasource with the whole pipeline around it. */
export async function runnerOf(datasource: Datasource): Promise<Runner> {
  const engine = await openEngine([datasource], { variables: {} });
  return {
    run: (operation, inputs, signal) => engine.call(operation)(inputs, contextOf(signal ? { signal } : {})),
    async ping() {
      const [fault] = (await engine.ping(AbortSignal.timeout(5_000))).values();
      return fault;
    },
    close: () => engine.close(),
  };
}
