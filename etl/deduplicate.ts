import type { Source } from './source.ts';
import { Problem } from './validate.ts';
import type { Cell, Row } from './warehouse/database.ts';
import type { Column, Table } from './warehouse/tables.ts';

/** A record that was read well. */
export interface Candidate {
  readonly record: unknown;
  readonly row: readonly Cell[];
}

export interface Sorted {
  /** Rows to write, each key once. */
  readonly rows: readonly (readonly Cell[])[];
  /** How many records those rows are, counting each that changed one. */
  readonly loaded: number;
  readonly duplicates: number;
  readonly rejected: readonly { readonly record: unknown; readonly problem: Problem }[];
}

/**
 * Tells new records from those that the warehouse has, and from each other, by their natural keys.
 *
 * @param there the rows that the warehouse has of these keys
 */
export function deduplicate(
  { table, otherwise }: Source,
  candidates: readonly Candidate[],
  there: readonly Row[],
): Sorted {
  const known = new Map(there.map((row) => [keyText(table, row), row]));
  const writes = new Map<string, readonly Cell[]>();
  const rejected: { record: unknown; problem: Problem }[] = [];
  let [loaded, duplicates] = [0, 0];
  for (const { record, row } of candidates) {
    const named = rowOf(table, row);
    const key = keyText(table, named);
    const before = known.get(key);
    const differing = before === undefined ? [] : differences(table, before, named);
    const decision = before === undefined ? 'load' : differing.length === 0 ? 'drop' : otherwise(before);
    if (decision === 'reject') {
      const text = `The record loaded before differs in ${differing.join(', ')}.`;
      rejected.push({ record, problem: new Problem('CONFLICT', text) });
    } else if (decision === 'drop') duplicates += 1;
    else {
      known.set(key, named);
      writes.set(key, row);
      loaded += 1;
    }
  }
  return { rows: [...writes.values()], loaded, duplicates, rejected };
}

/** Cells by the names of their columns. */
function rowOf({ columns }: Table, cells: readonly Cell[]): Row {
  return Object.fromEntries(columns.map(({ name }, index) => [name, cells[index]]));
}

function keyText({ columns, keyWidth }: Table, row: Row): string {
  return JSON.stringify(columns.slice(0, keyWidth).map((column) => plain(column, row[column.name])));
}

function differences({ columns }: Table, before: Row, after: Row): readonly string[] {
  return columns
    .filter((column) => plain(column, before[column.name]) !== plain(column, after[column.name]))
    .map(({ name }) => name);
}

/** The value as one text, however a driver gives it: 5, 5n and `5`; `2025-06-30 17:59:00+00` and `2025-06-30T17:59:00Z`. */
function plain({ type }: Column, value: unknown): string {
  const text = String(value);
  return type === 'timestamp' ? text.slice(0, 19).replace(' ', 'T') : text;
}
