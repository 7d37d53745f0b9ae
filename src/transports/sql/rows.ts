import { TributaryError } from '../../errors.ts';
import type { Column } from './column.ts';
import type { RawResult } from './dialect.ts';
import { type Reader, readerOf } from './readers.ts';

export type Row = Record<string, unknown>;

export interface Rows {
  readonly rows: readonly Row[];
  /** Rows that hold a value their column's type does not fit; almost always none. */
  readonly broken: ReadonlyMap<Row, Error>;
}

/**
 * The rows of an answer as objects of JSON values. A value that cannot be given exactly breaks its own row alone
 * (`UPSTREAM_INVALID_RESPONSE`).
 */
export function rowsOf(
  { rows, types }: RawResult,
  columns: Readonly<Record<string, Column<unknown>>>,
  service: string,
): Rows {
  const properties = Object.keys(columns);
  const readers = properties.map((property, index): Reader | undefined => {
    const { type = types[index], scale } = columns[property] ?? {};
    return typeof type === 'string' ? readerOf(type, scale) : type;
  });
  const broken = new Map<Row, Error>();
  const width = properties.length;
  const objects = new Array<Row>(rows.length);
  for (let at = 0; at < rows.length; at += 1) {
    const raw = rows[at] as readonly unknown[];
    const object: Row = {};
    for (let index = 0; index < width; index += 1) {
      const property = properties[index] as string;
      const value = raw[index];
      const reader = readers[index];
      if (reader === undefined || value === null || value === undefined) object[property] = value ?? null;
      else
        try {
          object[property] = reader(value);
        } catch (thrown) {
          broken.set(object, unreadable(property, thrown, service));
        }
    }
    objects[at] = object;
  }
  return { rows: objects, broken };
}

function unreadable(property: string, cause: unknown, service: string): Error {
  const detail = `The column \`${property}\` holds a value that is ${(cause as Error).message}.`;
  return new TributaryError('UPSTREAM_INVALID_RESPONSE', undefined, { service, detail, cause });
}
