import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { DatabaseSync, type StatementSyncInstance } from '@photostructure/sqlite';
import { TributaryError } from '../../../errors.ts';
import { reasonOf } from '../../../operations/within.ts';
import type { ColumnType } from '../column.ts';
import type {
  Capabilities,
  Database,
  DatabaseOptions,
  Dialect,
  Limits,
  Parameter,
  RawResult,
  Statement,
} from '../dialect.ts';
import { type Reader, readerOf } from '../readers.ts';
import { databaseError } from '../sqlstate.ts';

const capabilities: Capabilities = {
  quote: '"',
  placeholders: 'question',
  keyList: 'padded',
  tupleList: 'values',
  // SQLITE_MAX_VARIABLE_NUMBER since 3.32.
  maxParameters: 32_766,
  returning: ['INSERT', 'UPDATE', 'DELETE', 'REPLACE'],
  casts: {},
  booleans: 'integer',
  timestamps: 'iso',
  // SQLite keeps it, but its text ends there for whoever reads it (https://sqlite.org/nulinstr.html).
  nulInText: false,
  cancels: false,
};

/** SQLite in this process, a file or `:memory:`. Statements run at once and cannot be interrupted: cap their rows. */
export const sqlite: Dialect = {
  name: 'sqlite',
  capabilities,
  open: (url, options) => new SqliteDatabase(url.slice('sqlite:'.length), options),
};

type Connection = InstanceType<typeof DatabaseSync>;

/** How long a write waits for another process's write, in milliseconds. It blocks this process meanwhile. */
const busyTimeoutMs = 250;

class SqliteDatabase implements Database {
  readonly #path: string;
  readonly #service: string;
  #reading: Opened | undefined;
  #writing: Opened | undefined;
  #inode = 0;
  #closed = false;

  constructor(path: string, { service }: DatabaseOptions) {
    if (path === '')
      throw new Error('`url` names no file: write `sqlite:path/to/file.db` or `sqlite::memory:`.');
    this.#path = path === ':memory:' ? path : resolve(path.replace(/^\/\//, ''));
    this.#service = service;
  }

  async run(statement: Statement, parameters: readonly Parameter[], limits: Limits): Promise<RawResult> {
    if (limits.signal.aborted) throw reasonOf(limits.signal);
    try {
      return this.#connection(statement.writes).run(statement, parameters, limits.maxRows, this.#service);
    } catch (thrown) {
      throw this.#mapped(thrown);
    }
  }

  async ping(): Promise<void> {
    try {
      this.#connection(false).ping();
    } catch (thrown) {
      throw this.#mapped(thrown);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#drop();
  }

  #connection(writes: boolean): Opened {
    if (this.#closed) throw this.#unavailable('The database has been closed.');
    if (this.#path === ':memory:') {
      this.#reading ??= new Opened(this.#path, false);
      return this.#reading.allowingWrites(writes);
    }
    const file = statSync(this.#path, { throwIfNoEntry: false });
    if (file === undefined) {
      this.#drop();
      throw this.#unavailable('The file does not exist.');
    }
    // A file that was put in place of another one is another database.
    if (file.ino !== this.#inode) this.#drop();
    this.#inode = file.ino;
    if (!writes) {
      this.#reading ??= new Opened(this.#path, true);
      return this.#reading;
    }
    this.#writing ??= new Opened(this.#path, false);
    return this.#writing;
  }

  #drop(): void {
    this.#reading?.close();
    this.#writing?.close();
    this.#reading = undefined;
    this.#writing = undefined;
  }

  #mapped(thrown: unknown): unknown {
    const { errcode, message } = thrown as { errcode?: unknown; message?: unknown };
    if (typeof errcode !== 'number') {
      if (thrown instanceof TributaryError) return thrown;
      return new TributaryError('UPSTREAM_INVALID_RESPONSE', undefined, {
        service: this.#service,
        detail: String(message),
      });
    }
    return databaseError(stateOf(errcode), String(message), this.#service);
  }

  #unavailable(detail: string): TributaryError {
    return new TributaryError('UPSTREAM_UNAVAILABLE', undefined, { service: this.#service, detail });
  }
}

/** One connection with its prepared statements. */
class Opened {
  readonly #connection: Connection;
  readonly #prepared = new Map<string, PreparedStatement>();

  constructor(path: string, readOnly: boolean) {
    this.#connection = new DatabaseSync(path, { readOnly, timeout: busyTimeoutMs });
    if (!readOnly && path !== ':memory:') this.#connection.exec('PRAGMA journal_mode = WAL');
  }

  /** A database in memory has one connection, so reads are kept from writing by a switch. */
  allowingWrites(writes: boolean): this {
    this.#connection.exec(`PRAGMA query_only = ${writes ? 'OFF' : 'ON'}`);
    return this;
  }

  ping(): void {
    this.#connection.prepare('SELECT COUNT(*) FROM sqlite_schema').get();
  }

  run(statement: Statement, parameters: readonly Parameter[], maxRows: number, service: string): RawResult {
    const { prepared, types } = this.#prepare(statement);
    if (types.length === 0) return { rows: [], types, changed: prepared.run(...parameters).changes };
    const rows = statement.writes ? prepared.all(...parameters) : readRows(prepared, parameters, maxRows);
    if (rows.length > maxRows) throw tooLarge(maxRows, service);
    return { rows, types, changed: rows.length };
  }

  close(): void {
    this.#connection.close();
  }

  #prepare({ text }: Statement): PreparedStatement {
    const known = this.#prepared.get(text);
    if (known !== undefined) return known;
    const prepared = this.#connection.prepare(text);
    const types = prepared.columns().map(({ type }) => declaredType(type));
    prepared.setReturnArrays(true);
    const statement = { prepared, types };
    this.#prepared.set(text, statement);
    return statement;
  }
}

/** At most one row more than allowed. */
function readRows(
  prepared: StatementSyncInstance,
  parameters: readonly Parameter[],
  maxRows: number,
): unknown[][] {
  try {
    return rowsUpTo(maxRows + 1, prepared, parameters);
  } catch (thrown) {
    // Without a result code it is the driver that cannot make a number of an integer beyond 2^53. From now on the
    // statement reads its integers as bigint, which costs more.
    if ((thrown as { errcode?: unknown }).errcode !== undefined) throw thrown;
    prepared.setReadBigInts(true);
    return rowsUpTo(maxRows + 1, prepared, parameters);
  }
}

function rowsUpTo(
  count: number,
  prepared: StatementSyncInstance,
  parameters: readonly Parameter[],
): unknown[][] {
  const rows: unknown[][] = [];
  for (const row of prepared.iterate(...parameters)) {
    rows.push(row as unknown[]);
    if (rows.length === count) break;
  }
  return rows;
}

function tooLarge(maxRows: number, service: string): TributaryError {
  return new TributaryError('UPSTREAM_RESPONSE_TOO_LARGE', undefined, {
    service,
    detail: `More than ${maxRows} rows.`,
  });
}

interface PreparedStatement {
  readonly prepared: StatementSyncInstance;
  readonly types: RawResult['types'];
}

/** What a column's declared type says (https://sqlite.org/datatype3.html §3.1 leaves the words free). */
function declaredType(declared: string | null): ColumnType | Reader {
  const word =
    /^[a-z0-9 ]+/i
      .exec(declared ?? '')?.[0]
      .trim()
      .toLowerCase() ?? '';
  return types[word] ?? readStored;
}

/** Where the declared type says nothing, each value is what it is stored as. */
function readStored(raw: unknown): unknown {
  if (typeof raw === 'string') return raw;
  if (raw instanceof Uint8Array) return readBytes(raw);
  return typeof raw === 'bigint' ? readInt(raw) : readFloat(raw);
}

const readBytes = readerOf('bytes');
const readInt = readerOf('int');
const readFloat = readerOf('float');

const types: Readonly<Record<string, ColumnType>> = {
  bigint: 'bigint',
  int8: 'bigint',
  decimal: 'decimal',
  numeric: 'decimal',
  boolean: 'boolean',
  bool: 'boolean',
  date: 'date',
  datetime: 'timestamp',
  timestamp: 'timestamp',
  json: 'json',
};

/** SQLite's result codes (https://sqlite.org/rescode.html) as SQLSTATEs; the extended code first, then its primary one. */
const states: Readonly<Record<number, string>> = {
  5: '55P03', // BUSY
  6: '55P03', // LOCKED
  7: '53200', // NOMEM
  8: '25006', // READONLY
  9: '57014', // INTERRUPT
  10: '58030', // IOERR
  11: '58030', // CORRUPT
  13: '53100', // FULL
  14: '08001', // CANTOPEN
  18: '22001', // TOOBIG
  19: '23000', // CONSTRAINT
  20: '22000', // MISMATCH
  26: '08001', // NOTADB
  275: '23514', // CONSTRAINT_CHECK
  1299: '23502', // CONSTRAINT_NOTNULL
};

function stateOf(resultCode: number): string {
  return states[resultCode] ?? states[resultCode & 0xff] ?? 'HY000';
}
