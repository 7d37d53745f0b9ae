import { createConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import type { Cell, Database } from './database.ts';
import { createStatements, indexStatements } from './tables.ts';

const types = {
  names: {
    key: 'VARCHAR(100)',
    text: 'VARCHAR(500)',
    document: 'MEDIUMTEXT',
    int: 'INT',
    bigint: 'BIGINT',
    date: 'DATE',
    timestamp: 'DATETIME',
  },
  // Binary order: `d1` is not `D1`, and keys compare as they do elsewhere.
  tableOptions: ' ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
};

/** The database that the URL names. */
export async function openMysql(url: string): Promise<Database> {
  const connection = await createConnection({
    uri: url.replace(/^mariadb:/i, 'mysql:'),
    charset: 'utf8mb4',
    connectTimeout: 5_000,
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
  });
  connection.on('error', () => {});
  await connection.query("SET time_zone = '+00:00', sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES')");

  return {
    upsert: (_, columns) =>
      ` ON DUPLICATE KEY UPDATE ${columns.map((name) => `${name} = VALUES(${name})`).join(', ')}`,
    async transaction(work) {
      await connection.beginTransaction();
      try {
        const result = await work({
          all: async (sql, values = []) =>
            (await connection.execute<RowDataPacket[]>(sql, values.map(instant)))[0],
          run: async (sql, values = []) =>
            (await connection.execute<ResultSetHeader>(sql, values.map(instant)))[0].affectedRows,
        });
        await connection.commit();
        return result;
      } catch (error) {
        await connection.rollback().catch(() => {});
        throw error;
      }
    },
    // Every statement commits by itself here, and makes only what is missing: a run that was killed is made whole by the next.
    async prepare() {
      for (const statement of createStatements(types)) await connection.query(statement);
      for (const statement of indexStatements()) await connection.query(statement).catch(unlessThere);
    },
    close: () => connection.end(),
  };
}

/** DATETIME has no zone and takes no `Z`: ours are UTC. */
function instant(cell: Cell): Cell {
  if (typeof cell !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(cell)) return cell;
  return cell.replace('T', ' ').replace('Z', '');
}

/** MySQL does not know `IF NOT EXISTS` for indexes; MariaDB does. */
function unlessThere(error: unknown): void {
  if ((error as { errno?: number }).errno !== 1061) throw error;
}
