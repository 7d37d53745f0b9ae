import type { Log } from '../../telemetry/log.ts';
import type { CancelSignal } from '../../util/abort.ts';
import type { ColumnType } from './column.ts';
import type { Reader } from './readers.ts';

/** How one database differs from the others; everything else is shared. */
export interface Dialect {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Connects when it is first asked, not before. Throws where the URL itself cannot work; the message holds no secret. */
  open(url: string, options: DatabaseOptions): Database;
}

export interface Capabilities {
  /** Stands around identifiers. */
  readonly quote: '"' | '`';
  /** `?` everywhere, or `$1`, `$2` … */
  readonly placeholders: 'question' | 'numbered';
  /** One parameter for all keys (`= ANY ($1)`), or one each, the count padded so that statements are few. */
  readonly keyList: 'array' | 'padded';
  /** Whether a list of tuples needs the word `VALUES`. */
  readonly tupleList: 'rows' | 'values';
  /** The most parameters of one statement. */
  readonly maxParameters: number;
  /** The verbs whose statements may answer the rows they wrote. */
  readonly returning: readonly ('INSERT' | 'UPDATE' | 'DELETE' | 'REPLACE' | 'MERGE')[];
  /** What stands behind a parameter to declare its type; nothing where the database does not need it. */
  readonly casts: Readonly<Partial<Record<ColumnType, string>>>;
  readonly booleans: 'native' | 'integer';
  /** How an instant is written: `2026-01-31T12:00:00.000Z`, or `2026-01-31 12:00:00.000` where the zone is not understood. */
  readonly timestamps: 'iso' | 'plain';
  /** Whether text may hold the character NUL. */
  readonly nulInText: boolean;
  /** Whether a running statement can be stopped. */
  readonly cancels: boolean;
}

export interface DatabaseOptions {
  /** The public name of the datasource, for errors. */
  readonly service: string;
  /** The most connections that read, and the most that write. */
  readonly connections: number;
  /** How long a statement waits for a free connection, in milliseconds. */
  readonly acquireTimeoutMs: number;
  /** How long establishing a connection may take, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** After how many milliseconds the server itself stops a statement, should nobody have cancelled it. */
  readonly statementTimeoutMs: () => number;
  readonly log: Log;
}

/** A database with its connections. Rejects only with errors of the table. */
export interface Database {
  run(statement: Statement, parameters: readonly Parameter[], limits: Limits): Promise<RawResult>;
  ping(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface Limits {
  readonly maxRows: number;
  readonly signal: CancelSignal;
}

/** The text of one statement; the same object for the same text. */
export interface Statement {
  readonly text: string;
  /** Unique for the text, for statements that the server keeps prepared. */
  readonly name: string;
  readonly writes: boolean;
  /** Where in the parameters the keys stand, if it has any. */
  readonly keys: KeyPlace | undefined;
}

export interface KeyPlace {
  readonly at: number;
  /** The parts of one key. */
  readonly width: number;
  /** The parameters of all keys. */
  readonly count: number;
}

/** A value as drivers take it. The list is the keys of a database that takes them as one parameter. */
export type Parameter = string | number | bigint | boolean | Uint8Array | null | readonly string[];

export interface RawResult {
  readonly rows: readonly (readonly unknown[])[];
  /** What the database's own type says of each column; `undefined` where its values stand as they are. */
  readonly types: readonly (ColumnType | Reader | undefined)[];
  /** Rows written. */
  readonly changed: number;
}
