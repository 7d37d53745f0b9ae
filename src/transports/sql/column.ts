/** What a column's values are, where the database's own type does not say it. */
export type ColumnType =
  | 'text'
  | 'int'
  | 'bigint'
  | 'decimal'
  | 'float'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'json'
  | 'bytes';

/** A column, or a piece of SQL that stands for one. `Value` is what it gives, for the compiler alone. */
export interface Column<out Value> {
  /** The column as the catalogue spells it; `table.column` where a join needs it. */
  readonly name?: string;
  /** SQL in place of a column, as the author of the datasource wrote it. */
  readonly expression?: string;
  readonly type?: ColumnType;
  /** Digits after the point of a `decimal`. */
  readonly scale?: number;
  readonly value?: Value;
}

/** A column of the database by its name, or SQL that computes one. */
export type ColumnSource = string | Expression;

/** Fits every property: the database's own type decides. */
export interface Expression extends Column<never> {
  readonly expression: string;
}

/**
 * SQL that stands for a column. It is part of the definition: no value of a request can reach it.
 *
 * @example columns({ city: 'city_id', rides: column.int(expression('COUNT(*)')) })
 */
export function expression(sql: string): Expression {
  return { expression: sql };
}

/**
 * Declares what a column's values are, so that every database gives the same JSON. Not needed where the database's
 * own type already says it.
 *
 * @example columns({ id: 'id', isActive: column.boolean('is_active'), fare: column.decimal('fare', 2) })
 */
export const column = {
  /** Text, as it stands; numbers as their canonical text. */
  text: (source: ColumnSource) => typed<string>(source, 'text'),
  /** A number of at most 2^53; a larger one is an error of its row. */
  int: (source: ColumnSource) => typed<number>(source, 'int'),
  /** A whole number of any size, as canonical text: `"9007199254740993"`. */
  bigint: (source: ColumnSource) => typed<string>(source, 'bigint'),
  /** An exact decimal as text; with `scale`, always so many digits after the point: `"10.50"`. */
  decimal: (source: ColumnSource, scale?: number): Column<string> => {
    const decimal = typed<string>(source, 'decimal');
    return scale === undefined ? decimal : { ...decimal, scale };
  },
  /** A floating point number; NaN and the infinities, which JSON lacks, are an error of their row. */
  float: (source: ColumnSource) => typed<number>(source, 'float'),
  /** True or false; from 0 and 1 where the database has no such type. */
  boolean: (source: ColumnSource) => typed<boolean>(source, 'boolean'),
  /** A day: `"2026-01-31"`. */
  date: (source: ColumnSource) => typed<string>(source, 'date'),
  /** An instant in UTC: `"2026-01-31T12:00:00.000Z"`, with microseconds where there are any. */
  timestamp: (source: ColumnSource) => typed<string>(source, 'timestamp'),
  /** A JSON document, parsed. Fits every property. */
  json: (source: ColumnSource) => typed<never>(source, 'json'),
  /** Bytes, as base64. */
  bytes: (source: ColumnSource) => typed<string>(source, 'bytes'),
} as const;

function typed<Value>(source: ColumnSource, type: ColumnType): Column<Value> {
  return typeof source === 'string' ? { name: source, type } : { expression: source.expression, type };
}
