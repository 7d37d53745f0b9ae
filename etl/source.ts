import type { Problem } from './validate.ts';
import type { Cell, Row } from './warehouse/database.ts';
import type { Table } from './warehouse/tables.ts';

/** One kind of records: how they are asked for, and what becomes of each. */
export interface Source {
  readonly name: string;
  /** The file in `queries/`. */
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /**
   * How the list grows. `whole`: small, read again by every run. `appended`: oldest first; a run goes on where the last one
   * ended. `newest first`: a run reads down to what the last one had seen, and some further, for rides that ended since.
   */
  readonly order: 'whole' | 'appended' | 'newest first';
  pageOf(data: Readonly<Record<string, unknown>>): Page;
  /** What the record is called in the file of the rejected. */
  idOf(record: unknown): string;
  /** When it happened, ISO 8601 in UTC; for `newest first`. */
  timeOf?(record: unknown): string;
  /** Where its rows go. */
  readonly table: Table;
  /** The row, a cell for every column of the table; or all that is wrong with the record. */
  read(record: unknown, known: Known): readonly Cell[] | readonly Problem[];
  /** What to do with a row whose key is there with other values: load it, drop it, or reject it. */
  otherwise(there: Row): 'load' | 'drop' | 'reject';
}

export interface Page {
  readonly records: readonly unknown[];
  readonly hasNextPage: boolean;
  /** Null on a list without pages, and on an empty page. */
  readonly endCursor: string | null;
}

/** What the warehouse knows already, by which records are judged. */
export interface Known {
  readonly cities: ReadonlyMap<string, KnownCity>;
  readonly drivers: ReadonlySet<string>;
  /** Nothing can have happened later. */
  readonly now: Date;
}

export interface KnownCity {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  readonly timeZone: string;
}

/** The page of a connection, `{ nodes, pageInfo }`, that is a field of the answer. */
export function connectionPage(data: Readonly<Record<string, unknown>>, field: string): Page {
  const found = data[field] as {
    nodes: readonly unknown[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
  return { records: found.nodes, ...found.pageInfo };
}

/** A list that is a field of the answer, as its only page. */
export function listPage(data: Readonly<Record<string, unknown>>, field: string): Page {
  return { records: data[field] as readonly unknown[], hasNextPage: false, endCursor: null };
}
