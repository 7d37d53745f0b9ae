import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import type { Cell } from './data.ts';
import { createStatements, type Dialect, insertStatement, type SeedOutcome, tables } from './tables.ts';
import { sqliteFile } from './url.ts';

/** SQLite has no exact decimal and no boolean: decimals are text, booleans 0 or 1, dates and times ISO text. */
const dialect: Dialect = {
  types: {
    key: 'TEXT',
    text: 'TEXT',
    year: 'INTEGER',
    bigint: 'BIGINT',
    rating: 'TEXT',
    money: 'TEXT',
    boolean: 'BOOLEAN',
    date: 'DATE',
    timestamp: 'TIMESTAMP',
  },
  tableOptions: '',
  placeholder: () => '?',
};

/** Seeds a SQLite file in one transaction; makes the file and its folder where there are none. */
export function seedSqlite(url: string, rows: Readonly<Record<string, Cell[][]>>): SeedOutcome {
  const file = sqliteFile(url);
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  try {
    // Another process that seeds the same file is waited for.
    database.exec('PRAGMA busy_timeout = 10000');
    database.exec('PRAGMA foreign_keys = ON');
    database.exec('BEGIN IMMEDIATE');
    const found = database.prepare(
      "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    );
    if (found.get() !== undefined) return 'kept';
    for (const statement of createStatements(dialect)) database.exec(statement);
    for (const table of tables) {
      const insert = database.prepare(insertStatement(table, 1, dialect));
      for (const row of rows[table.name] ?? []) {
        insert.run(...row.map((cell) => (typeof cell === 'boolean' ? Number(cell) : cell)));
      }
    }
    database.exec('COMMIT');
    return 'seeded';
  } finally {
    // Closing does not roll back while a statement waits for the garbage collector: the file would stay locked.
    if (database.isTransaction) database.exec('ROLLBACK');
    database.close();
  }
}
