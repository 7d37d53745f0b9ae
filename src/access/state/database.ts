/** What a column can hold. Times are milliseconds since the epoch, structures are JSON text. */
export type SqlValue = string | number | null | Uint8Array;

/** A row by its columns' names. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

/**
 * The state database, in the part of SQL that SQLite and Postgres share. Values are always bound: `?` stands for the next
 * of them, in both. Numbers fit a JavaScript number. Rejects with the driver's error; `isUniqueViolation` tells the one that
 * callers care about.
 */
export interface Database {
  readonly dialect: 'sqlite' | 'postgres';
  all<Row extends SqlRow = SqlRow>(sql: string, values?: readonly SqlValue[]): Promise<readonly Row[]>;
  /** @returns how many rows were changed */
  run(sql: string, values?: readonly SqlValue[]): Promise<number>;
  /**
   * Runs work that is done whole or not at all; it begins as a writer, so that nothing it read can change before it writes.
   * The database that `work` gets is the transaction; a transaction within a transaction is the same one. Within `work`,
   * write through nothing else: the next writer waits for this one to end. Once a statement has failed, nothing is written.
   */
  transaction<Result>(work: (transaction: Database) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
