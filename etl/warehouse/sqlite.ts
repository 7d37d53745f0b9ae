import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import type { Database, Row } from './database.ts';
import { onConflict } from './database.ts';
import { createStatements, indexStatements } from './tables.ts';

const types = {
  names: {
    key: 'TEXT',
    text: 'TEXT',
    document: 'TEXT',
    int: 'INTEGER',
    bigint: 'BIGINT',
    date: 'DATE',
    timestamp: 'TIMESTAMP',
  },
  tableOptions: '',
};

/** A file, made with its folder where there is none. */
export function openSqlite(file: string): Database {
  mkdirSync(dirname(file), { recursive: true });
  const connection = new DatabaseSync(file);
  // Another process that writes is waited for; those that read the file meanwhile see the last state that was whole.
  connection.exec('PRAGMA busy_timeout = 10000');
  connection.exec('PRAGMA journal_mode = WAL');
  connection.exec('PRAGMA foreign_keys = ON');
  return {
    upsert: onConflict,
    async transaction(work) {
      connection.exec('BEGIN IMMEDIATE');
      try {
        const result = await work({
          all: async (sql, values = []) => connection.prepare(sql).all(...values) as Row[],
          run: async (sql, values = []) => Number(connection.prepare(sql).run(...values).changes),
        });
        connection.exec('COMMIT');
        return result;
      } catch (error) {
        if (connection.isTransaction) connection.exec('ROLLBACK');
        throw error;
      }
    },
    async prepare() {
      connection.exec('BEGIN IMMEDIATE');
      try {
        for (const statement of [...createStatements(types), ...indexStatements()])
          connection.exec(statement);
        connection.exec('COMMIT');
      } catch (error) {
        if (connection.isTransaction) connection.exec('ROLLBACK');
        throw error;
      }
    },
    async close() {
      connection.close();
    },
  };
}
