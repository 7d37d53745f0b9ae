import { readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { type Connection, type ConnectionOptions, createConnection } from 'mysql2';
import type { ColumnType } from '../column.ts';
import type { Capabilities, Dialect, Parameter, RawResult, Statement } from '../dialect.ts';
import { type Fault, PooledDatabase, type Session, type SessionOptions, TooManyRows } from '../pooled.ts';

const shared = {
  quote: '`',
  placeholders: 'question',
  keyList: 'padded',
  tupleList: 'rows',
  // The count of parameters of a prepared statement is a 16-bit number.
  maxParameters: 65_535,
  casts: {},
  booleans: 'integer',
  timestamps: 'plain',
  nulInText: true,
  cancels: true,
} as const satisfies Partial<Capabilities>;

/** MariaDB through `mysql2`. */
export const mariadb: Dialect = dialect(
  'mariadb',
  { ...shared, returning: ['INSERT', 'REPLACE', 'DELETE'] },
  // In seconds, for every statement.
  (timeoutMs) => `SET SESSION max_statement_time = ${timeoutMs / 1000}`,
);

/** MySQL through `mysql2`. */
export const mysql: Dialect = dialect(
  'mysql',
  { ...shared, returning: [] },
  // In milliseconds, for SELECT alone.
  (timeoutMs) => `SET SESSION max_execution_time = ${Math.ceil(timeoutMs)}`,
);

function dialect(name: string, capabilities: Capabilities, limit: (timeoutMs: number) => string): Dialect {
  return {
    name,
    capabilities,
    open(url, options) {
      const config = configOf(url);
      return new PooledDatabase(
        { connect: (session) => MysqlSession.connect(config, session, limit), faultOf },
        options,
      );
    },
  };
}

/** Only what an address holds: options in its query cannot switch on what we rely on being off. */
function configOf(url: string): ConnectionOptions {
  if (!URL.canParse(url))
    throw new Error('`url` is not an address such as `mariadb://user:password@host:3306/name`.');
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  return {
    host: decodeURIComponent(hostname).replace(/^\[|\]$/g, ''),
    port: port === '' ? 3306 : Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    ...tlsOf(searchParams),
    charset: 'utf8mb4',
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    jsonStrings: true,
    rowsAsArray: true,
  };
}

/** With `ssl=true` the server must prove who it is: to the usual authorities, or to those in the file `sslrootcert`. */
function tlsOf(parameters: URLSearchParams): Pick<ConnectionOptions, 'ssl'> {
  const file = parameters.get('sslrootcert');
  if (file === null) return parameters.get('ssl') === 'true' ? { ssl: {} } : {};
  try {
    return { ssl: { ca: readFileSync(file, 'utf8') } };
  } catch {
    throw new Error('`url` has a `sslrootcert` that names no file that can be read.');
  }
}

class MysqlSession implements Session {
  broken = false;
  readonly #connection: Connection & { readonly stream: Duplex };
  #interrupt: (error: unknown) => void = () => {};

  static async connect(
    config: ConnectionOptions,
    { readOnly, statementTimeoutMs, signal }: SessionOptions,
    limit: (timeoutMs: number) => string,
  ): Promise<MysqlSession> {
    const connection = createConnection({ ...config, connectTimeout: 0 });
    const session = new MysqlSession(connection);
    signal.addEventListener('abort', () => session.destroy(), { once: true });
    try {
      await session.#connected();
      await session.#query(`SET SESSION TRANSACTION READ ${readOnly ? 'ONLY' : 'WRITE'}`);
      await session.#query("SET time_zone = '+00:00', sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES')");
      await session.#query(limit(statementTimeoutMs));
    } catch (thrown) {
      session.close();
      throw thrown;
    }
    return session;
  }

  private constructor(connection: Connection) {
    // The driver has it, its types do not.
    this.#connection = connection as Connection & { readonly stream: Duplex };
    // An idle connection that dies must not end the process; a statement that it takes along must end all the same.
    const dead = (error?: unknown): void => {
      this.broken = true;
      this.#interrupt(error ?? new Error('The connection ended.'));
    };
    connection.on('error', dead);
    connection.on('end', dead);
  }

  get id(): number {
    return this.#connection.threadId;
  }

  /** Reads row by row: an enormous answer is cut off with its connection, after one row more than allowed. */
  run({ text, writes }: Statement, parameters: readonly Parameter[], maxRows: number): Promise<RawResult> {
    return this.#ask((resolve, reject) => {
      const rows: unknown[][] = [];
      let columns: readonly Field[] = [];
      let changed = 0;
      const command = this.#connection.execute(text, parameters.map(wireValue) as never[]);
      command
        .on('fields', (fields: readonly Field[] | undefined) => {
          columns = fields ?? [];
        })
        .on('result', (row: unknown[] | { affectedRows?: number }) => {
          // What lies in the socket's last chunk is still told.
          if (this.broken) return;
          if (!Array.isArray(row)) changed = row.affectedRows ?? 0;
          else if (rows.push(row) > maxRows && !writes) {
            reject(new TooManyRows());
            this.destroy();
          }
        })
        .on('error', reject)
        .on('end', () => resolve(resultOf(rows, columns, changed)));
    });
  }

  async ping(): Promise<void> {
    await this.#query('SELECT 1');
  }

  async cancel(id: number): Promise<void> {
    await this.#query(`KILL QUERY ${Math.trunc(id)}`);
  }

  close(): void {
    this.destroy();
  }

  destroy(): void {
    this.broken = true;
    // The driver's own only says that we are done: whatever the server still has to send would be read to its end.
    this.#connection.destroy();
    this.#connection.stream.destroy();
    this.#interrupt(new Error('The connection was cut.'));
  }

  #connected(): Promise<void> {
    return this.#ask((resolve, reject) => {
      this.#connection.connect((error) => (error === null ? resolve() : reject(error)));
    });
  }

  #query(text: string): Promise<void> {
    return this.#ask((resolve, reject) => {
      this.#connection.query(text, (error: unknown) => (error === null ? resolve() : reject(error)));
    });
  }

  /** One question at a time. The driver forgets the one that is under way when its connection is destroyed; we do not. */
  #ask<T>(start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#interrupt = reject;
      start(resolve, reject);
    });
  }
}

/** What the driver says of a column, beyond its types. */
interface Field {
  readonly columnType: number;
  readonly characterSet: number;
}

const float = 4;
const binaryCharacterSet = 63;

function resultOf(rows: readonly unknown[][], fields: readonly Field[], changed: number): RawResult {
  fields.forEach(({ columnType }, index) => {
    if (columnType === float) for (const row of rows) row[index] = shortest(row[index]);
  });
  return { rows, types: fields.map(typeOf), changed: rows.length > 0 ? rows.length : changed };
}

/** A number of 32 bits as its own shortest decimal: 4.8, not 4.800000190734863. */
function shortest(value: unknown): unknown {
  if (typeof value !== 'number') return value;
  for (let digits = 6; digits < 9; digits += 1) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return shorter;
  }
  return value;
}

function wireValue(value: Parameter): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return value;
}

function typeOf({ columnType, characterSet }: Field): ColumnType | undefined {
  const isBlob = columnType >= 249 && columnType <= 254;
  return isBlob && characterSet === binaryCharacterSet ? 'bytes' : types[columnType];
}

/** By the protocol's numbers of column types; all others stand as the driver gives them: text, and numbers to 2^32. */
const types: Readonly<Record<number, ColumnType>> = {
  0: 'decimal',
  4: 'float',
  5: 'float',
  7: 'timestamp',
  8: 'bigint',
  10: 'date',
  12: 'timestamp',
  16: 'bytes',
  245: 'json',
  246: 'decimal',
};

/** Errors whose SQLSTATE says too little (`HY000`), by the server's own numbers. */
const states: Readonly<Record<number, string>> = {
  1040: '53300', // too many connections
  1048: '23502', // column cannot be null
  1053: '57P01', // shutdown in progress
  1062: '23505', // duplicate entry
  1105: 'HY000',
  1203: '53300', // too many user connections
  1205: '55P03', // lock wait timeout
  1226: '53300', // resource limit of the user
  1243: '26000', // unknown prepared statement
  1317: '57014', // interrupted
  1366: '22018', // incorrect value
  1615: '26000', // needs to be prepared again
  1927: '57P01', // connection was killed
  1969: '57014', // max_statement_time
  3024: '57014', // max_execution_time
  3819: '23514', // check constraint of MySQL
  4025: '23514', // check constraint of MariaDB
};

/** Errors of the server have a number and a SQLSTATE; without them, the connection is what failed. */
function faultOf(thrown: unknown): Fault {
  const { errno, sqlState, message, code } = thrown as Readonly<Record<string, unknown>>;
  if (typeof sqlState === 'string' && sqlState !== '')
    return { state: states[Number(errno)] ?? sqlState, text: String(message) };
  return { state: '08006', text: typeof code === 'string' ? code : 'The connection was lost or not made.' };
}
