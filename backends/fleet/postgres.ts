import pg from 'pg';
import type { Cell } from './data.ts';
import { createStatements, type Dialect, insertStatement, type SeedOutcome, tables } from './tables.ts';

const dialect: Dialect = {
  types: {
    key: 'text',
    text: 'text',
    year: 'integer',
    bigint: 'bigint',
    rating: 'numeric(3,2)',
    money: 'numeric(12,2)',
    boolean: 'boolean',
    date: 'date',
    timestamp: 'timestamptz',
  },
  tableOptions: '',
  placeholder: (position) => `$${position}`,
};

/** Any number that other software does not lock by chance. */
const lockNumber = '7418850413';
const rowsPerInsert = 200;

/** Seeds the first schema of the search path, in one transaction. */
export async function seedPostgres(
  url: string,
  rows: Readonly<Record<string, Cell[][]>>,
): Promise<SeedOutcome> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A connection lost between two statements is reported by the next one; without a listener it would end the process.
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [lockNumber]);
    const found = await client.query(
      `SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f') LIMIT 1`,
    );
    if (found.rowCount !== 0) {
      await client.query('ROLLBACK');
      return 'kept';
    }
    for (const statement of createStatements(dialect)) await client.query(statement);
    for (const table of tables) {
      const all = rows[table.name] ?? [];
      for (let start = 0; start < all.length; start += rowsPerInsert) {
        const some = all.slice(start, start + rowsPerInsert);
        await client.query(insertStatement(table, some.length, dialect), some.flat());
      }
    }
    await client.query('COMMIT');
    return 'seeded';
  } finally {
    // Ending the session rolls back what was not committed.
    await client.end().catch(() => {});
  }
}
