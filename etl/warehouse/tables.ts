/**
 * The star schema of the warehouse, and the books of its loader, once for all databases. Dimensions have their natural
 * keys: nothing is numbered while loading, so loading twice is loading once.
 */

export type ColumnType = 'key' | 'text' | 'document' | 'int' | 'bigint' | 'date' | 'timestamp';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** The table whose key it holds. */
  readonly references?: string;
}

export interface Table {
  readonly name: string;
  /** How many of the columns, from the first, are the key. */
  readonly keyWidth: number;
  readonly columns: readonly Column[];
  readonly indexes: readonly (readonly string[])[];
}

const column = (name: string, type: ColumnType, references?: string): Column => ({
  name,
  type,
  ...(references === undefined ? {} : { references }),
});

/** The driver of rides that had none: every fact has a row in every dimension. */
export const noDriver = 'NONE';

/** Days as calendars of the ride's city have them. `date_key` is the day as a number: 20250630. */
const dates: Table = {
  name: 'dim_date',
  keyWidth: 1,
  columns: [
    column('date_key', 'int'),
    column('day', 'date'),
    column('year', 'int'),
    column('month', 'key'),
    column('weekday', 'int'),
  ],
  indexes: [],
};

const cities: Table = {
  name: 'dim_city',
  keyWidth: 1,
  columns: [
    column('city_id', 'key'),
    column('name', 'text'),
    column('country', 'key'),
    column('currency', 'key'),
    column('time_zone', 'key'),
  ],
  indexes: [],
};

const products: Table = {
  name: 'dim_product',
  keyWidth: 1,
  columns: [column('product_id', 'key'), column('name', 'text')],
  indexes: [],
};

const drivers: Table = {
  name: 'dim_driver',
  keyWidth: 1,
  columns: [
    column('driver_id', 'key'),
    column('name', 'text'),
    column('city_id', 'key'),
    column('joined_on', 'date'),
  ],
  indexes: [],
};

/**
 * Rides that are over. Measures are whole numbers, metres and cents, so that every database sums them exactly; those of
 * a cancelled ride are 0. `source` is where the record was collected.
 */
const rides: Table = {
  name: 'fact_rides',
  keyWidth: 1,
  columns: [
    column('ride_id', 'key'),
    column('source', 'key'),
    column('date_key', 'int', 'dim_date'),
    column('city_id', 'key', 'dim_city'),
    column('product_id', 'key', 'dim_product'),
    column('driver_id', 'key', 'dim_driver'),
    column('completed', 'int'),
    column('requested_at', 'timestamp'),
    column('distance_metres', 'bigint'),
    column('fare_cents', 'bigint'),
    column('currency', 'key'),
    column('fare_eur_cents', 'bigint'),
  ],
  indexes: [['date_key', 'city_id']],
};

/** What the weather was when somebody looked, in tenths. */
const weather: Table = {
  name: 'fact_weather',
  keyWidth: 2,
  columns: [
    column('city_id', 'key', 'dim_city'),
    column('observed_at', 'timestamp'),
    column('summary', 'text'),
    column('temperature_tenths', 'int'),
    column('wind_tenths', 'int'),
  ],
  indexes: [],
};

/** One row: the run under way or the last one. `batches` counts what was ever committed: who finds another number is not alone. */
const runs: Table = {
  name: 'etl_run',
  keyWidth: 1,
  columns: [
    column('id', 'int'),
    column('number', 'int'),
    column('finished', 'int'),
    column('batches', 'bigint'),
  ],
  indexes: [],
};

/** How far each source has been read, and what became of its records in this run. */
const sources: Table = {
  name: 'etl_sources',
  keyWidth: 1,
  columns: [
    column('source', 'key'),
    column('position', 'text'),
    column('newest', 'key'),
    column('watermark', 'key'),
    column('done', 'int'),
    column('read_count', 'bigint'),
    column('loaded_count', 'bigint'),
    column('duplicate_count', 'bigint'),
    column('rejected_count', 'bigint'),
  ],
  indexes: [],
};

/** Records that could not be loaded, whole, with the reason. */
const rejected: Table = {
  name: 'etl_rejected',
  keyWidth: 2,
  columns: [
    column('source', 'key'),
    column('record_id', 'key'),
    column('reason', 'key'),
    column('detail', 'document'),
    column('record', 'document'),
  ],
  indexes: [],
};

export const star = { dates, cities, products, drivers, rides, weather } as const;
export const books = { runs, sources, rejected } as const;

/** In the order in which foreign keys allow them to be made. */
export const tables: readonly Table[] = [...Object.values(star), ...Object.values(books)];

/** How a database writes the schema. */
export interface Types {
  readonly names: Readonly<Record<ColumnType, string>>;
  /** Stands after the closing bracket of CREATE TABLE. */
  readonly tableOptions: string;
}

/** The statements that make what is missing; run twice they change nothing. */
export function createStatements({ names, tableOptions }: Types): readonly string[] {
  return tables.map((table) => {
    const key = table.columns.slice(0, table.keyWidth).map(({ name }) => name);
    const lines = [
      ...table.columns.map(({ name, type }) => `${name} ${names[type]} NOT NULL`),
      `PRIMARY KEY (${key.join(', ')})`,
      // As clauses of their own: MySQL reads and ignores REFERENCES beside a column.
      ...table.columns.flatMap(({ name, references }) =>
        references === undefined ? [] : `FOREIGN KEY (${name}) REFERENCES ${references} (${name})`,
      ),
    ];
    return `CREATE TABLE IF NOT EXISTS ${table.name} (\n  ${lines.join(',\n  ')}\n)${tableOptions}`;
  });
}

/** The indexes beside the keys; made once, with their tables. */
export function indexStatements(): readonly string[] {
  return tables.flatMap(({ name, indexes }) =>
    indexes.map(
      (columns) =>
        `CREATE INDEX IF NOT EXISTS ${name}_${columns.join('_')} ON ${name} (${columns.join(', ')})`,
    ),
  );
}
