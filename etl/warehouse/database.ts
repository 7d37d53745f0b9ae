/** What the loader needs of a database: a few statements in one transaction. */

export type Cell = string | number | bigint;

export type Row = Readonly<Record<string, unknown>>;

/** One transaction. In statements `?` stands for a value, everywhere. */
export interface Transaction {
  all(sql: string, values?: readonly Cell[]): Promise<readonly Row[]>;
  /** How many rows it changed. */
  run(sql: string, values?: readonly Cell[]): Promise<number>;
}

export interface Database {
  /** Stands after `INSERT … VALUES …`: rows with a key that is there take the place of those. */
  readonly upsert: (key: readonly string[], columns: readonly string[]) => string;
  /** All of `work` or nothing. Rejects with what `work` rejects with. */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Makes the tables that are missing. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

/** Of SQLite and PostgreSQL. */
export function onConflict(key: readonly string[], columns: readonly string[]): string {
  const changes = columns.map((name) => `${name} = excluded.${name}`);
  return ` ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${changes.join(', ')}`;
}
