import { test } from 'vitest';
import { toError } from '../../../src/errors.ts';
import type { Call } from '../../../src/operations/call.ts';
import { type Datasource, datasourceInfo, operationsOf } from '../../../src/operations/datasource.ts';
import type { Operation } from '../../../src/operations/operation.ts';
import type { Outcome } from '../../../src/operations/outcome.ts';
import { compose } from '../../../src/operations/pipeline.ts';
import { split } from '../../../src/operations/policies/split.ts';
import { timeout } from '../../../src/operations/policies/timeout.ts';
import { settle } from '../../../src/operations/settle.ts';
import { noLog } from '../../../src/telemetry/log.ts';
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

/** The databases that answer. For each that does not, a skipped test says why; a failing one where all are required. */
export async function availableDatabases(
  which: readonly DatabaseKind[] = kinds,
): Promise<readonly TestDatabase[]> {
  const opened = await Promise.allSettled(which.map(openTestDatabase));
  const databases: TestDatabase[] = [];
  for (const result of opened) {
    if (result.status === 'rejected') test(String(result.reason), () => Promise.reject(result.reason));
    else if ('missing' in result.value) test.skip(result.value.missing, () => {});
    else databases.push(result.value);
  }
  return databases;
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

/** A datasource with the transport alone under it: split as it asks for, each statement within its time, no more. */
export async function runnerOf(datasource: Datasource): Promise<Runner> {
  const info = datasource[datasourceInfo];
  const transport = await info.open({ settings: { url: String(info.settings.url) }, log: noLog });
  const calls = new Map<unknown, Call<never, unknown>>();
  for (const { info: operation } of operationsOf(datasource)) {
    const { call, maxInputs, groupBy } = transport.prepare<never, unknown>(
      operation.spec.spec,
      operation.name,
    );
    const open = { ...operation, maxInputs, groupBy: groupBy as never };
    calls.set(operation, compose([split, timeout], call as Call<unknown, unknown>, open));
  }
  return {
    async run<I, O>(operation: Operation<I, O>, inputs: readonly I[], signal?: AbortSignal) {
      const call = calls.get(operation.info) as unknown as Call<I, O>;
      return await settle(call, inputs, contextOf(signal === undefined ? {} : { signal }));
    },
    ping: async () => await transport.ping?.(AbortSignal.timeout(5_000)).then(() => undefined, toError),
    close: async () => await transport.close?.(),
  };
}
