import { Pool, type PoolClient, type PoolConfig, TypeOverrides } from 'pg';
import type { Database, SqlRow, SqlValue } from './database.ts';
import { numbered } from './placeholders.ts';

/** Serialises writers, like SQLite's lock does: an arbitrary number, the same in every release. */
const writersLock = 7_241_905;

const int8 = 20;
const numeric = 1_700;

/** Sums of whole numbers come as text, although they fit a number. */
const types = new TypeOverrides();
types.setTypeParser(int8, Number);
types.setTypeParser(numeric, Number);

const limits = {
  max: 8,
  connectionTimeoutMillis: 2_000,
  idleTimeoutMillis: 30_000,
  statement_timeout: 5_000,
  // When the server does not even say that a statement took too long.
  query_timeout: 6_000,
  // A replica that was stopped in the middle must not keep the others from writing.
  idle_in_transaction_session_timeout: 10_000,
} satisfies PoolConfig;

/** Opens a pool of connections; the first is made when it is needed. TLS by the address: `sslmode`, `sslrootcert`. */
export function openPostgres(url: string): Database {
  const pool = new Pool({
    ...limits,
    connectionString: url,
    application_name: 'tributary',
    keepAlive: true,
    types,
  });
  // An idle connection that dies must not end the process; the pool drops it.
  pool.on('error', () => {});
  return new PostgresDatabase(pool);
}

/** SQLSTATE "connection_failure". */
const connectionFailure = '08006';

/** The driver gives no code where it waited too long itself, or lost the connection: told from a mistake of ours by one. */
async function named<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (thrown) {
    if (thrown instanceof Error && !('code' in thrown)) Object.assign(thrown, { code: connectionFailure });
    throw thrown;
  }
}

class PostgresDatabase implements Database {
  readonly dialect = 'postgres';
  readonly #pool: Pool;
  #closed: Promise<void> | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async all<Row extends SqlRow>(sql: string, values: readonly SqlValue[] = []): Promise<readonly Row[]> {
    return (await named(this.#pool.query<Row>(numbered(sql), [...values]))).rows;
  }

  async run(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    return (await named(this.#pool.query(numbered(sql), [...values]))).rowCount ?? 0;
  }

  async transaction<Result>(work: (transaction: Database) => Promise<Result>): Promise<Result> {
    const client = await named(this.#pool.connect());
    // The server may end the session while `work` is busy with something else.
    const died = (): void => {};
    client.on('error', died);
    let broken = true;
    try {
      await named(client.query(`BEGIN; SELECT pg_advisory_xact_lock(${writersLock})`));
      const result = await work(new PostgresTransaction(client));
      const { command } = await client.query('COMMIT');
      // What `work` caught has ended the transaction all the same (PostgreSQL, "COMMIT").
      if (command !== 'COMMIT')
        throw new Error('A statement of the transaction failed, so nothing was written.');
      broken = false;
      return result;
    } catch (thrown) {
      broken = await client.query('ROLLBACK').then(
        () => false,
        () => true,
      );
      throw thrown;
    } finally {
      client.off('error', died);
      client.release(broken);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#pool.end();
    return this.#closed;
  }
}

class PostgresTransaction implements Database {
  readonly dialect = 'postgres';
  readonly #client: PoolClient;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  async all<Row extends SqlRow>(sql: string, values: readonly SqlValue[] = []): Promise<readonly Row[]> {
    return (await named(this.#client.query<Row>(numbered(sql), [...values]))).rows;
  }

  async run(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    return (await named(this.#client.query(numbered(sql), [...values]))).rowCount ?? 0;
  }

  transaction<Result>(work: (transaction: Database) => Promise<Result>): Promise<Result> {
    return work(this);
  }

  async close(): Promise<void> {}
}
