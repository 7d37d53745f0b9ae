import type { EventEmitter } from 'node:events';
import type { Client, Connection, Submittable } from 'pg';
import type { ColumnType } from '../column.ts';
import type { Parameter, RawResult, Statement } from '../dialect.ts';
import { TooManyRows } from '../pooled.ts';

/** What `pg` gives a submitted query to speak the protocol with, and the events it forwards, beyond its types. */
interface Wire extends EventEmitter {
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
  parse(message: { name: string; text: string }): void;
  bind(message: { statement: string; values: readonly (string | Buffer | null)[] }): void;
  describe(message: { type: 'P' | 'S'; name: string }): void;
  execute(message: { rows: number }): void;
  sync(): void;
  readonly stream: { cork(): void; uncork(): void };
}

interface Field {
  readonly dataTypeID: number;
}

/**
 * Runs a prepared statement in one round trip (protocol 3.0, "Extended Query"). The server itself stops after one row
 * more than allowed, so that an enormous answer is never sent.
 *
 * @throws `TooManyRows`
 */
export function runStatement(
  client: Client,
  statement: Statement,
  parameters: readonly Parameter[],
  maxRows: number,
): Promise<RawResult> {
  return new Promise((resolve, reject) => {
    client.query(new StatementRun(statement, parameters, maxRows, resolve, reject));
  });
}

/** Asks the server which types the parameters of a statement have, by their numbers in the catalogue. */
export function describeParameters(client: Client, statement: Statement): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    client.query(new ParameterDescription(statement, resolve, reject));
  });
}

/** The part of `pg`'s protocol for submitted queries that both share: `pg` calls these methods. */
abstract class Submitted implements Submittable {
  /** `pg` keeps them to know what it has parsed on this connection. */
  readonly name: string;
  readonly text: string;
  protected readonly reject: (error: unknown) => void;

  constructor({ name, text }: Statement, reject: (error: unknown) => void) {
    this.name = name;
    this.text = text;
    this.reject = reject;
  }

  submit(connection: Connection): void {
    const wire = connection as unknown as Wire;
    wire.stream.cork();
    try {
      if (wire.parsedStatements[this.name] === undefined) wire.parse({ name: this.name, text: this.text });
      this.ask(wire);
      wire.sync();
    } finally {
      wire.stream.uncork();
    }
  }

  protected abstract ask(wire: Wire): void;
  abstract handleReadyForQuery(): void;

  handleError(error: unknown): void {
    this.reject(error);
  }

  handleRowDescription(_message: { readonly fields: readonly Field[] }): void {}
  handleDataRow(_message: { readonly fields: unknown[] }): void {}
  handleCommandComplete(_message: { readonly text?: string }): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
}

class StatementRun extends Submitted {
  readonly #parameters: readonly Parameter[];
  readonly #maxRows: number;
  readonly #writes: boolean;
  readonly #resolve: (result: RawResult) => void;
  readonly #rows: unknown[][] = [];
  #types: (ColumnType | undefined)[] = [];
  #binary: readonly number[] = [];
  #changed = 0;
  #tooMany = false;

  constructor(
    statement: Statement,
    parameters: readonly Parameter[],
    maxRows: number,
    resolve: (result: RawResult) => void,
    reject: (error: unknown) => void,
  ) {
    super(statement, reject);
    this.#parameters = parameters;
    this.#maxRows = maxRows;
    this.#writes = statement.writes;
    this.#resolve = resolve;
  }

  protected override ask(wire: Wire): void {
    wire.bind({ statement: this.name, values: this.#parameters.map(wireValue) });
    wire.describe({ type: 'P', name: '' });
    wire.execute({ rows: this.#writes ? 0 : this.#maxRows + 1 });
  }

  override handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    this.#types = fields.map(({ dataTypeID }) => types[dataTypeID]);
    this.#binary = fields.flatMap(({ dataTypeID }, index) => (dataTypeID === bytea ? [index] : []));
  }

  override handleDataRow({ fields }: { readonly fields: unknown[] }): void {
    for (const index of this.#binary) fields[index] = bytesOf(fields[index]);
    this.#rows.push(fields);
  }

  /** `INSERT 0 1`, `UPDATE 3`: the last word is the count. */
  override handleCommandComplete({ text = '' }: { readonly text?: string }): void {
    this.#changed = Number(/\b\d+$/.exec(text)?.[0] ?? 0);
  }

  override handlePortalSuspended(): void {
    this.#tooMany = true;
  }

  override handleReadyForQuery(): void {
    if (this.#tooMany || this.#rows.length > this.#maxRows) this.reject(new TooManyRows());
    else this.#resolve({ rows: this.#rows, types: this.#types, changed: this.#changed });
  }
}

class ParameterDescription extends Submitted {
  readonly #resolve: (types: readonly number[]) => void;
  #types: readonly number[] = [];

  constructor(
    statement: Statement,
    resolve: (types: readonly number[]) => void,
    reject: (error: unknown) => void,
  ) {
    super(statement, reject);
    this.#resolve = resolve;
  }

  protected override ask(wire: Wire): void {
    wire.once('parameterDescription', ({ dataTypeIDs }: { dataTypeIDs: readonly number[] }) => {
      this.#types = dataTypeIDs;
    });
    wire.describe({ type: 'S', name: this.name });
  }

  override handleReadyForQuery(): void {
    this.#resolve(this.#types);
  }
}

function wireValue(value: Parameter): string | Buffer | null {
  if (value === null) return null;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return Array.isArray(value) ? arrayLiteral(value) : String(value);
}

/** PostgreSQL's text for a list (§8.15.2 of its manual): `{"a","b"}`. */
function arrayLiteral(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

function bytesOf(hex: unknown): unknown {
  return typeof hex === 'string' ? Buffer.from(hex.slice(2), 'hex') : hex;
}

const bytea = 17;

/** By the types' numbers in the catalogue (`pg_type.dat`, which never change); all others stand as their text. */
const types: Readonly<Record<number, ColumnType>> = {
  16: 'boolean',
  [bytea]: 'bytes',
  20: 'bigint',
  21: 'int',
  23: 'int',
  26: 'int',
  114: 'json',
  700: 'float',
  701: 'float',
  1082: 'date',
  1114: 'timestamp',
  1184: 'timestamp',
  1700: 'decimal',
  3802: 'json',
};
