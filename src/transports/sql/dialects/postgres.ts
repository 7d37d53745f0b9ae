import { accessSync, constants } from 'node:fs';
import { Client, type ClientConfig, type Connection } from 'pg';
import type { Capabilities, Dialect, Parameter, RawResult, Statement } from '../dialect.ts';
import { type Fault, PooledDatabase, type Session, type SessionOptions } from '../pooled.ts';
import { fittingKeys } from './postgres-keys.ts';
import { describeParameters, runStatement } from './postgres-query.ts';

const capabilities: Capabilities = {
  quote: '"',
  placeholders: 'numbered',
  keyList: 'array',
  tupleList: 'rows',
  // The count of parameters is a 16-bit number (protocol 3.0, "Bind").
  maxParameters: 65_535,
  returning: ['INSERT', 'UPDATE', 'DELETE', 'MERGE'],
  casts: {
    text: 'text',
    int: 'bigint',
    bigint: 'bigint',
    decimal: 'numeric',
    float: 'double precision',
    boolean: 'boolean',
    date: 'date',
    timestamp: 'timestamptz',
    json: 'jsonb',
    bytes: 'bytea',
  },
  booleans: 'native',
  timestamps: 'iso',
  nulInText: false,
  cancels: true,
};

/** PostgreSQL through `pg`, over connections that keep their statements prepared. */
export const postgres: Dialect = {
  name: 'postgres',
  capabilities,
  open(url, options) {
    const config = configOf(url);
    const parameterTypes = new Map<string, readonly number[]>();
    return new PooledDatabase(
      { connect: (session) => PostgresSession.connect(config, session, parameterTypes), faultOf },
      options,
    );
  },
};

function configOf(url: string): ClientConfig {
  if (!URL.canParse(url))
    throw new Error('`url` is not an address such as `postgres://user:password@host:5432/name`.');
  const { searchParams } = new URL(url);
  for (const name of ['sslrootcert', 'sslcert', 'sslkey']) {
    const file = searchParams.get(name);
    if (file !== null && !isReadable(file))
      throw new Error(`\`url\` has a \`${name}\` that names no file that can be read.`);
  }
  return { connectionString: url, application_name: 'tributary', keepAlive: true };
}

/** The driver reads it for every connection; what is not there would pass for a server that is down. */
function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

class PostgresSession implements Session {
  broken = false;
  readonly #client: Client & { readonly connection: Connection };
  /** By statement: what the server says its parameters are; shared by all sessions. */
  readonly #parameterTypes: Map<string, readonly number[]>;

  static async connect(
    config: ClientConfig,
    { readOnly, statementTimeoutMs, signal }: SessionOptions,
    parameterTypes: Map<string, readonly number[]>,
  ): Promise<PostgresSession> {
    const client = new Client(config);
    const session = new PostgresSession(client, parameterTypes);
    signal.addEventListener('abort', () => session.destroy(), { once: true });
    try {
      await client.connect();
      await client.query(
        `SET default_transaction_read_only = ${readOnly ? 'on' : 'off'}; SET statement_timeout = ${Math.ceil(statementTimeoutMs)};` +
          ` SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET bytea_output = 'hex'; SET extra_float_digits = 1`,
      );
    } catch (thrown) {
      session.close();
      throw thrown;
    }
    return session;
  }

  private constructor(client: Client, parameterTypes: Map<string, readonly number[]>) {
    // The driver has it, its types do not.
    this.#client = client as Client & { readonly connection: Connection };
    this.#parameterTypes = parameterTypes;
    const dead = (): void => {
      this.broken = true;
    };
    // An idle connection that dies must not end the process.
    client.on('error', dead);
    client.on('end', dead);
  }

  /** The number of the server's process; part of the protocol ("BackendKeyData"), but not of the driver's types. */
  get id(): number {
    return (this.#client as unknown as { readonly processID: number }).processID;
  }

  async run(statement: Statement, parameters: readonly Parameter[], maxRows: number): Promise<RawResult> {
    const fitting =
      statement.keys === undefined
        ? parameters
        : fittingKeys(statement.keys, parameters, await this.#typesOf(statement));
    if (fitting === undefined) return { rows: [], types: [], changed: 0 };
    return await runStatement(this.#client, statement, fitting, maxRows);
  }

  async ping(): Promise<void> {
    await this.#client.query('SELECT 1');
  }

  async cancel(id: number): Promise<void> {
    await this.#client.query('SELECT pg_cancel_backend($1)', [id]);
  }

  close(): void {
    this.broken = true;
    this.#client.end().catch(() => {});
  }

  /** Without waiting for the server, which may hang. */
  destroy(): void {
    this.broken = true;
    this.#client.connection.stream.destroy();
  }

  async #typesOf(statement: Statement): Promise<readonly number[]> {
    const known = this.#parameterTypes.get(statement.name);
    if (known !== undefined) return known;
    const types = await describeParameters(this.#client, statement);
    this.#parameterTypes.set(statement.name, types);
    return types;
  }
}

/** Errors of the server have a SQLSTATE; without one, the connection is what failed. */
function faultOf(thrown: unknown): Fault {
  const { code, message, severity } = thrown as { code?: unknown; message?: unknown; severity?: unknown };
  if (typeof code === 'string' && severity !== undefined) return { state: code, text: String(message) };
  return { state: '08006', text: typeof code === 'string' ? code : 'The connection was lost or not made.' };
}
