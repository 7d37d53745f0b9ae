import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseSync, type StatementSyncInstance } from '@photostructure/sqlite';
import { makeFolder } from '../../util/make-folder.ts';
import { SerialQueue } from '../../util/serial-queue.ts';
import type { Database, SqlRow, SqlValue } from './database.ts';
import { isBusy } from './sql-errors.ts';

type Connection = InstanceType<typeof DatabaseSync>;

/** SQLite blocks the process while it waits for another one's lock, so it waits briefly, and we again and again. */
const busyTimeoutMs = 20;
const longestPauseMs = 50;
const maxWaiting = 10_000;
const maxStatements = 500;

export interface SqliteOptions {
  /** How long a write may wait for the lock of another process, in milliseconds. */
  readonly lockLimitMs: number;
}

/**
 * Opens a file, and makes it and its folder where they do not exist, for this user alone: it tells who uses the API.
 * Reads have a connection of their own and see what is committed; writes take turns.
 */
export function openSqlite(file: string, { lockLimitMs }: SqliteOptions): Database {
  makeFolder(dirname(file));
  const writing = new DatabaseSync(file, { timeout: busyTimeoutMs });
  try {
    writing.exec('PRAGMA journal_mode = WAL');
    // A revocation that was answered survives a power cut; NORMAL would not promise that.
    writing.exec('PRAGMA synchronous = FULL');
    writing.exec('PRAGMA foreign_keys = ON');
    chmodSync(file, 0o600);
    return new SqliteDatabase(
      new Statements(writing),
      new Statements(new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs })),
      lockLimitMs,
    );
  } catch (thrown) {
    writing.close();
    throw thrown;
  }
}

class SqliteDatabase implements Database {
  readonly dialect = 'sqlite';
  readonly #writing: Statements;
  readonly #reading: Statements;
  readonly #lockLimitMs: number;
  readonly #writers = new SerialQueue(maxWaiting);

  constructor(writing: Statements, reading: Statements, lockLimitMs: number) {
    this.#writing = writing;
    this.#reading = reading;
    this.#lockLimitMs = lockLimitMs;
  }

  async all<Row extends SqlRow>(sql: string, values: readonly SqlValue[] = []): Promise<readonly Row[]> {
    if (/^\s*SELECT\b/i.test(sql)) return this.#reading.all<Row>(sql, values);
    return await this.transaction((transaction) => transaction.all<Row>(sql, values));
  }

  run(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    return this.transaction((transaction) => transaction.run(sql, values));
  }

  transaction<Result>(work: (transaction: Database) => Promise<Result>): Promise<Result> {
    return this.#writers.run(async () => {
      await this.#begin();
      try {
        const result = await work(new SqliteTransaction(this.#writing));
        this.#writing.exec('COMMIT');
        return result;
      } catch (thrown) {
        this.#writing.rollBack();
        throw thrown;
      }
    });
  }

  async close(): Promise<void> {
    await this.#writers.idle();
    this.#reading.close();
    this.#writing.close();
  }

  async #begin(): Promise<void> {
    const end = performance.now() + this.#lockLimitMs;
    for (;;) {
      try {
        this.#writing.exec('BEGIN IMMEDIATE');
        return;
      } catch (thrown) {
        if (!isBusy(thrown) || performance.now() > end) throw thrown;
        await pause(Math.random() * longestPauseMs);
      }
    }
  }
}

class SqliteTransaction implements Database {
  readonly dialect = 'sqlite';
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  async all<Row extends SqlRow>(sql: string, values: readonly SqlValue[] = []): Promise<readonly Row[]> {
    return this.#statements.all<Row>(sql, values);
  }

  async run(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    return this.#statements.run(sql, values);
  }

  transaction<Result>(work: (transaction: Database) => Promise<Result>): Promise<Result> {
    return work(this);
  }

  async close(): Promise<void> {}
}

/** A connection and the statements it has prepared: the most recently prepared ones. */
class Statements {
  readonly #connection: Connection;
  readonly #prepared = new Map<string, StatementSyncInstance>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  all<Row extends SqlRow>(sql: string, values: readonly SqlValue[]): readonly Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  run(sql: string, values: readonly SqlValue[]): number {
    return this.#prepare(sql).run(...values).changes;
  }

  exec(sql: string): void {
    this.#connection.exec(sql);
  }

  /** Some errors have ended the transaction already. */
  rollBack(): void {
    if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
  }

  close(): void {
    this.#connection.close();
  }

  #prepare(sql: string): StatementSyncInstance {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const prepared = this.#connection.prepare(sql);
    const [oldest] = this.#prepared.keys();
    if (this.#prepared.size >= maxStatements && oldest !== undefined) this.#prepared.delete(oldest);
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}
