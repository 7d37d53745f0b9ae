/** The tables of `fleet`, once for all databases; a dialect says how it writes each type. */

export type ColumnType =
  | 'key'
  | 'text'
  | 'year'
  | 'bigint'
  | 'rating'
  | 'money'
  | 'boolean'
  | 'date'
  | 'timestamp';

export interface Column {
  name: string;
  type: ColumnType;
  nullable?: true;
  /** The table whose `id` it holds. */
  references?: TableName;
}

export type TableName = 'drivers' | 'vehicles' | 'shifts';

export interface Table {
  name: TableName;
  /** The first is the primary key. */
  columns: readonly Column[];
  indexes: readonly string[];
}

/** In the order in which foreign keys allow them to be made. */
export const tables: readonly Table[] = [
  {
    name: 'drivers',
    columns: [
      { name: 'id', type: 'key' },
      { name: 'name', type: 'text' },
      { name: 'rating', type: 'rating' },
      { name: 'phone', type: 'text' },
      { name: 'city_id', type: 'key' },
      { name: 'licence_number', type: 'bigint' },
      { name: 'joined_on', type: 'date' },
      { name: 'active', type: 'boolean' },
    ],
    indexes: ['city_id'],
  },
  {
    name: 'vehicles',
    columns: [
      { name: 'id', type: 'key' },
      { name: 'driver_id', type: 'key', references: 'drivers' },
      { name: 'make', type: 'text' },
      { name: 'model', type: 'text' },
      { name: 'plate', type: 'text' },
      { name: 'year', type: 'year' },
      { name: 'odometer_metres', type: 'bigint' },
      { name: 'colour', type: 'text', nullable: true },
    ],
    indexes: ['driver_id'],
  },
  {
    name: 'shifts',
    columns: [
      { name: 'id', type: 'bigint' },
      { name: 'driver_id', type: 'key', references: 'drivers' },
      { name: 'started_at', type: 'timestamp' },
      { name: 'ended_at', type: 'timestamp', nullable: true },
      { name: 'earnings', type: 'money' },
      { name: 'currency', type: 'key' },
    ],
    indexes: ['driver_id', 'started_at'],
  },
];

/**
 * `seeded`: the schema was empty and is full now. `kept`: it held something and is as it was. `unfinished`: an earlier
 * seed was killed half way (MySQL and MariaDB only).
 */
export type SeedOutcome = 'seeded' | 'kept' | 'unfinished';

/** Stands in MySQL and MariaDB while a seed is under way: CREATE TABLE commits by itself there, so no transaction holds it all. */
export const markerTable = 'fleet_seed_unfinished';

/** How a database writes the schema and takes values. */
export interface Dialect {
  types: Readonly<Record<ColumnType, string>>;
  /** Stands after the closing bracket of CREATE TABLE. */
  tableOptions: string;
  /** The place of the n-th value (from 1) in a statement. */
  placeholder(position: number): string;
}

/** The statements that make the tables and their indexes. */
export function createStatements(dialect: Dialect): string[] {
  return tables.flatMap((table) => [
    `CREATE TABLE ${table.name} (\n  ${columnLines(table, dialect).join(',\n  ')}\n)${dialect.tableOptions}`,
    ...table.indexes.map((column) => `CREATE INDEX ${table.name}_${column} ON ${table.name} (${column})`),
  ]);
}

/** An INSERT of so many rows with a place for each value. */
export function insertStatement(table: Table, rowCount: number, dialect: Dialect): string {
  const width = table.columns.length;
  const rows = Array.from({ length: rowCount }, (_, row) => {
    const places = table.columns.map((_, column) => dialect.placeholder(row * width + column + 1));
    return `(${places.join(', ')})`;
  });
  const names = table.columns.map(({ name }) => name).join(', ');
  return `INSERT INTO ${table.name} (${names}) VALUES ${rows.join(', ')}`;
}

function columnLines({ columns }: Table, { types }: Dialect): string[] {
  const lines = columns.map(({ name, type, nullable }, index) => {
    const constraint = index === 0 ? ' NOT NULL PRIMARY KEY' : nullable ? '' : ' NOT NULL';
    return `${name} ${types[type]}${constraint}`;
  });
  // As clauses of their own: MySQL reads and ignores REFERENCES beside a column.
  const keys = columns.flatMap(({ name, references }) =>
    references ? [`FOREIGN KEY (${name}) REFERENCES ${references} (id)`] : [],
  );
  return [...lines, ...keys];
}
