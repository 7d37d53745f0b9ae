import pg from 'pg';
import type { Cell, Database, Row } from './database.ts';
import { onConflict } from './database.ts';
import { createStatements, indexStatements } from './tables.ts';

const types = {
  names: {
    key: 'text',
    text: 'text',
    document: 'text',
    int: 'integer',
    bigint: 'bigint',
    date: 'date',
    timestamp: 'timestamptz',
  },
  tableOptions: '',
};

/** Any number that other software does not lock by chance. */
const lockNumber = '7418850414';

/** Values as the server writes them: dates are no points in time, and 64 bits no double. */
const asText: pg.CustomTypesConfig = { getTypeParser: () => (value: string) => value };

/** The first schema of the search path. */
export async function openPostgres(url: string): Promise<Database> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, types: asText });
  // A connection lost between two statements is reported by the next one; without a listener it would end the process.
  client.on('error', () => {});
  await client.connect();
  await client.query("SET TIME ZONE 'UTC'");

  const transaction: Database['transaction'] = async (work) => {
    await client.query('BEGIN');
    try {
      const result = await work({
        all: async (sql, values = []) => (await client.query(numbered(sql), [...values])).rows as Row[],
        run: async (sql, values = []) => (await client.query(numbered(sql), [...values])).rowCount ?? 0,
      });
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    }
  };
  return {
    upsert: onConflict,
    transaction,
    prepare: () =>
      transaction(async ({ run }) => {
        await run('SELECT pg_advisory_xact_lock(?)', [lockNumber satisfies Cell]);
        for (const statement of [...createStatements(types), ...indexStatements()]) await run(statement);
      }),
    close: () => client.end(),
  };
}

/** `?` as `$1`, `$2` …: the loader's statements hold no other question mark. */
function numbered(sql: string): string {
  let count = 0;
  return sql.replaceAll('?', () => {
    count += 1;
    return `$${count}`;
  });
}
