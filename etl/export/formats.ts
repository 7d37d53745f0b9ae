import { stringify } from 'csv-stringify/sync';
import { Kind, type SelectionSetNode } from 'graphql';
import { type Connection, fieldsOf, keyOf, QueryError } from './connection.ts';
import type { Node } from './page.ts';

/** Writes nodes as text, each a whole number of lines. */
export interface Format {
  /** Stands once at the beginning. */
  readonly head: string;
  lines(nodes: readonly Node[]): string;
}

export const formatNames = ['ndjson', 'csv'] as const;
export type FormatName = (typeof formatNames)[number];

export function formatOf(name: FormatName, connection: Connection): Format {
  return name === 'csv' ? csvOf(connection) : ndjson;
}

/** A node a line, as JSON. */
const ndjson: Format = {
  head: '',
  lines: (nodes) => nodes.map((node) => `${JSON.stringify(node)}\n`).join(''),
};

/**
 * RFC 4180, with a header. A field of a nested object is the column `driver.name`; columns stand as they are selected, so
 * every page has the same. Null is empty; a list of scalars is its JSON; a text that a spreadsheet would take for a formula
 * has a `'` before it.
 */
function csvOf({ node, fragments }: Connection): Format {
  const columns = columnsOf(node, fragments, []);
  const names = columns.map((path) => path.join('.'));
  const rowsText = (rows: readonly (readonly string[])[]) =>
    stringify(
      rows.map((row) => [...row]),
      { record_delimiter: '\r\n' },
    );
  return {
    head: rowsText([names]),
    lines: (nodes) => rowsText(nodes.map((each) => columns.map((path) => cellOf(each, path)))),
  };
}

/** The paths of the leaves, each once. */
function columnsOf(
  selection: SelectionSetNode,
  fragments: Connection['fragments'],
  path: readonly string[],
): readonly (readonly string[])[] {
  const columns = new Map<string, readonly string[]>();
  for (const field of fieldsOf(selection, fragments)) {
    const here = [...path, keyOf(field)];
    const below =
      field.selectionSet?.kind === Kind.SELECTION_SET
        ? columnsOf(field.selectionSet, fragments, here)
        : [here];
    for (const column of below) columns.set(column.join('.'), column);
  }
  return [...columns.values()];
}

function cellOf(node: Node, path: readonly string[]): string {
  let value: unknown = node;
  for (const [index, key] of path.entries()) {
    if (Array.isArray(value))
      throw new QueryError(
        `CSV has no lists of objects, and \`${path.slice(0, index).join('.')}\` is one: leave it out, or write NDJSON.`,
      );
    if (value === null || value === undefined) return '';
    value = (value as Node)[key];
  }
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return isFormula(value) ? `'${value}` : value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Somebody's words may begin like one, and run when a colleague opens the file. Numbers and numbers to call do nothing. */
function isFormula(text: string): boolean {
  return /^[=+\-@\t\r]/.test(text) && !/^[+-][\d .,()-]*$/.test(text);
}
