import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import type { Cell } from './data.ts';
import {
  createStatements,
  type Dialect,
  insertStatement,
  markerTable,
  type SeedOutcome,
  tables,
} from './tables.ts';

const dialect: Dialect = {
  types: {
    key: 'VARCHAR(40)',
    text: 'VARCHAR(200)',
    year: 'INT',
    bigint: 'BIGINT',
    rating: 'DECIMAL(3,2)',
    money: 'DECIMAL(12,2)',
    boolean: 'BOOLEAN',
    date: 'DATE',
    timestamp: 'DATETIME',
  },
  // Binary order: `d1` is not `D1`, and keys compare as they do elsewhere.
  tableOptions: ' ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
  placeholder: () => '?',
};

const rowsPerInsert = 200;

/**
 * Seeds a MySQL or MariaDB database. What fails is taken back; a run that was killed leaves the marker table, by which
 * the next run recognises it (`unfinished`).
 */
export async function seedMysql(url: string, rows: Readonly<Record<string, Cell[][]>>): Promise<SeedOutcome> {
  const connection = await createConnection({
    uri: url.replace(/^mariadb:/i, 'mysql:'),
    charset: 'utf8mb4',
    connectTimeout: 5_000,
  });
  connection.on('error', () => {});
  try {
    // Held until the connection ends; another process that seeds the same database is waited for.
    const [lock] = await connection.query<RowDataPacket[]>(
      "SELECT GET_LOCK(CONCAT('fleet seed ', DATABASE()), 30) AS held",
    );
    if (lock[0]?.held !== 1)
      throw new Error('the URL names no database, or another seed of it takes too long');
    const [found] = await connection.query<RowDataPacket[]>(
      'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
    );
    if (found.some(({ name }) => name === markerTable)) return 'unfinished';
    if (found.length > 0) return 'kept';
    await connection.query(`CREATE TABLE ${markerTable} (id INT)`);
    try {
      await fill(connection, rows);
    } catch (error) {
      await takeBack(connection);
      throw error;
    }
    await connection.query(`DROP TABLE ${markerTable}`);
    return 'seeded';
  } finally {
    await connection.end().catch(() => {});
  }
}

async function fill(connection: Connection, rows: Readonly<Record<string, Cell[][]>>): Promise<void> {
  for (const statement of createStatements(dialect)) await connection.query(statement);
  await connection.beginTransaction();
  for (const table of tables) {
    const all = rows[table.name] ?? [];
    const isTimestamp = table.columns.map(({ type }) => type === 'timestamp');
    for (let start = 0; start < all.length; start += rowsPerInsert) {
      const some = all.slice(start, start + rowsPerInsert);
      const values = some.flatMap((row) =>
        row.map((cell, index) => toMysql(cell, isTimestamp[index] === true)),
      );
      await connection.query(insertStatement(table, some.length, dialect), values);
    }
  }
  await connection.commit();
}

/** DATETIME has no zone and takes no `Z`: ours are UTC. */
function toMysql(cell: Cell, isTimestamp: boolean): Cell {
  return isTimestamp && typeof cell === 'string' ? cell.replace('T', ' ').replace('Z', '') : cell;
}

/** All tables here are of this run: the schema was empty when it began. */
async function takeBack(connection: Connection): Promise<void> {
  const names = [...tables].reverse().map(({ name }) => name);
  await connection.query(`DROP TABLE IF EXISTS ${[...names, markerTable].join(', ')}`).catch(() => {});
}
