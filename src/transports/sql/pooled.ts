import { TributaryError } from '../../errors.ts';
import { reasonOf } from '../../operations/within.ts';
import type { CancelSignal } from '../../util/abort.ts';
import type { Database, DatabaseOptions, Limits, Parameter, RawResult, Statement } from './dialect.ts';
import { Pool, type Poolable } from './pool.ts';
import { codeOfState, databaseError } from './sqlstate.ts';

/** One connection to a server, as a dialect speaks it. */
export interface Session extends Poolable {
  /** By which another session can stop what this one runs. */
  readonly id: number;
  /** Rejects with the driver's error, or with `TooManyRows`. */
  run(statement: Statement, parameters: readonly Parameter[], maxRows: number): Promise<RawResult>;
  ping(): Promise<void>;
  /** Stops what another session runs. */
  cancel(id: number): Promise<void>;
  /** Cuts the connection at once; what it runs rejects. */
  destroy(): void;
}

export interface SessionOptions {
  readonly readOnly: boolean;
  readonly statementTimeoutMs: number;
  /** Aborted when the time to connect is over: what there is of the connection is cut, and `connect` rejects. */
  readonly signal: CancelSignal;
}

export interface SessionDialect {
  connect(options: SessionOptions): Promise<Session>;
  /** The SQLSTATE of a driver's error and its text, which must hold no secret. */
  faultOf(thrown: unknown): Fault;
}

export interface Fault {
  readonly state: string;
  readonly text: string;
}

export class TooManyRows extends Error {}

/** The server did what it was asked: it stopped the statement. */
const stoppedState = '57014';

/** How long a stopped statement may take to end before its connection is cut, in milliseconds. */
const stopTimeoutMs = 1_000;

/**
 * A database server behind two pools: the sessions of the one may only read, so that a statement that was declared as
 * a read cannot write, and the other one stays empty until something writes.
 */
export class PooledDatabase implements Database {
  readonly #dialect: SessionDialect;
  readonly #options: DatabaseOptions;
  readonly #reads: Pool<Leased>;
  readonly #writes: Pool<Leased>;

  constructor(dialect: SessionDialect, options: DatabaseOptions) {
    this.#dialect = dialect;
    this.#options = options;
    const { service, connections: max, acquireTimeoutMs } = options;
    const pool = (readOnly: boolean) =>
      new Pool({
        service,
        max,
        acquireTimeoutMs,
        open: async () => new Leased(await this.#connect(readOnly)),
      });
    this.#reads = pool(true);
    this.#writes = pool(false);
  }

  async run(statement: Statement, parameters: readonly Parameter[], limits: Limits): Promise<RawResult> {
    const pool = statement.writes ? this.#writes : this.#reads;
    const leased = await pool.acquire(limits.signal);
    if (limits.signal.aborted) {
      pool.release(leased);
      throw reasonOf(limits.signal);
    }
    return await new Promise((resolve, reject) => {
      const { signal } = limits;
      let stopping: Promise<void> | undefined;
      let cutting: NodeJS.Timeout | undefined;
      const stop = (): void => {
        reject(reasonOf(signal));
        cutting = setTimeout(() => leased.cut(), stopTimeoutMs);
        stopping = this.#stop(leased);
      };
      signal.addEventListener('abort', stop, { once: true });
      const finish = async (): Promise<void> => {
        signal.removeEventListener('abort', stop);
        await stopping;
        clearTimeout(cutting);
        pool.release(leased);
      };
      leased.session.run(statement, parameters, limits.maxRows).then(
        (result) => {
          // It ended by itself: the order to stop may still be on its way and would hit the next statement.
          if (stopping !== undefined) leased.condemned = true;
          resolve(result);
          void finish();
        },
        (thrown: unknown) => {
          const { error, state } = this.#mapped(thrown, limits.maxRows);
          if (stopping !== undefined && state !== stoppedState) leased.condemned = true;
          if (state === '0A000' || state === '26000') leased.condemned = true;
          reject(error);
          void finish();
        },
      );
    });
  }

  /** Asks over a pooled connection; where all are busy, over one of its own. */
  async ping(signal: AbortSignal): Promise<void> {
    try {
      const leased = await this.#reads.acquire(signal);
      await leased.session.ping().finally(() => this.#reads.release(leased));
    } catch (thrown) {
      if (!(thrown instanceof TributaryError)) throw this.#mapped(thrown, 0).error;
      if (thrown.code !== 'UPSTREAM_OVERLOADED') throw thrown;
      const session = await this.#connect(true);
      session.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#reads.close(), this.#writes.close()]);
  }

  /** Rejects after `connectTimeoutMs` also where the server accepts and then says nothing. */
  async #connect(readOnly: boolean): Promise<Session> {
    const { connectTimeoutMs, statementTimeoutMs } = this.#options;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), connectTimeoutMs);
    try {
      return await this.#dialect.connect({
        readOnly,
        statementTimeoutMs: statementTimeoutMs(),
        signal: late.signal,
      });
    } catch (thrown) {
      throw this.#mapped(thrown, 0).error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Stops a statement from a second connection; cuts the first where that fails. */
  async #stop(leased: Leased): Promise<void> {
    let second: Session | undefined;
    const giveUp = setTimeout(() => second?.destroy(), stopTimeoutMs);
    try {
      second = await this.#connect(true);
      await second.cancel(leased.session.id);
    } catch {
      leased.cut();
    } finally {
      clearTimeout(giveUp);
      second?.close();
    }
  }

  #mapped(thrown: unknown, maxRows: number): { error: Error; state: string } {
    const { service, log } = this.#options;
    if (thrown instanceof TooManyRows)
      return {
        error: new TributaryError('UPSTREAM_RESPONSE_TOO_LARGE', undefined, {
          service,
          detail: `More than ${maxRows} rows.`,
        }),
        state: '',
      };
    const { state, text } = this.#dialect.faultOf(thrown);
    if (codeOfState(state) === 'UPSTREAM_UNAVAILABLE')
      log.warn({ datasource: service, sqlState: state }, 'the database is not available');
    return { error: databaseError(state, text, service), state };
  }
}

/** A session in a pool; condemned where its state is not known any more. */
class Leased implements Poolable {
  readonly session: Session;
  condemned = false;

  constructor(session: Session) {
    this.session = session;
  }

  get broken(): boolean {
    return this.condemned || this.session.broken;
  }

  cut(): void {
    this.condemned = true;
    this.session.destroy();
  }

  close(): void {
    this.session.close();
  }
}
