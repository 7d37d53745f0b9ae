import { TributaryError } from '../../errors.ts';
import { reasonOf } from '../../operations/within.ts';
import type { CancelSignal } from '../../util/abort.ts';

/** What the pool needs of a connection. */
export interface Poolable {
  /** The other end is gone, or its state unknown. */
  readonly broken: boolean;
  close(): void;
}

export interface PoolOptions<Connection> {
  /** The public name of the datasource, for errors. */
  readonly service: string;
  readonly max: number;
  readonly acquireTimeoutMs: number;
  open(): Promise<Connection>;
}

/** Connections that nobody has used for so long are closed. */
const idleMs = 30_000;

/** So many callers may wait for each connection; more is overload. */
const waitersPerConnection = 100;

interface Waiter<Connection> {
  resolve(connection: Connection): void;
  reject(error: Error): void;
}

/**
 * A bounded number of connections, opened when they are needed. The most recently used one is lent first, so that the
 * others can go when the load does; whoever waits is served in order.
 */
export class Pool<Connection extends Poolable> {
  readonly #options: PoolOptions<Connection>;
  readonly #idle: { readonly connection: Connection; readonly timer: NodeJS.Timeout }[] = [];
  readonly #waiting = new Set<Waiter<Connection>>();
  /** Lent, idle and being opened. */
  #size = 0;
  #lent = 0;
  #closed = false;
  #drained: (() => void) | undefined;

  constructor(options: PoolOptions<Connection>) {
    this.#options = options;
  }

  /**
   * Lends a connection; it must be given back with `release`. Rejects with `UPSTREAM_OVERLOADED` after
   * `acquireTimeoutMs` without a free one, with what `open` rejects with, or with the reason of the signal.
   */
  async acquire(signal: CancelSignal): Promise<Connection> {
    if (signal.aborted) throw reasonOf(signal);
    if (this.#closed) throw this.#failure('UPSTREAM_UNAVAILABLE', 'The connections have been closed.');
    for (let entry = this.#idle.pop(); entry !== undefined; entry = this.#idle.pop()) {
      clearTimeout(entry.timer);
      if (!entry.connection.broken) return this.#lend(entry.connection);
      this.#discard(entry.connection);
    }
    if (this.#size < this.#options.max) return this.#lend(await this.#open());
    return await this.#wait(signal);
  }

  /** Takes a connection back; one that is broken is closed, and the next waiter gets a new one. */
  release(connection: Connection): void {
    this.#lent -= 1;
    if (connection.broken || this.#closed) this.#discard(connection);
    else this.#serve(connection);
    this.#serveWaiters();
    this.#settleClose();
  }

  /** Closes what is idle at once and the rest as it is given back; resolves when all are closed. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { connection, timer } of this.#idle.splice(0)) {
      clearTimeout(timer);
      this.#discard(connection);
    }
    for (const waiter of this.#waiting)
      waiter.reject(this.#failure('UPSTREAM_UNAVAILABLE', 'The connections have been closed.'));
    if (this.#lent === 0) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }

  #lend(connection: Connection): Connection {
    this.#lent += 1;
    return connection;
  }

  async #open(): Promise<Connection> {
    this.#size += 1;
    try {
      return await this.#options.open();
    } catch (thrown) {
      this.#size -= 1;
      this.#serveWaiters();
      throw thrown;
    }
  }

  #wait(signal: CancelSignal): Promise<Connection> {
    const { max, acquireTimeoutMs } = this.#options;
    if (this.#waiting.size >= max * waitersPerConnection)
      return Promise.reject(this.#failure('UPSTREAM_OVERLOADED', 'Too many wait for a connection.'));
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', aborted);
        this.#waiting.delete(waiter);
      };
      const waiter: Waiter<Connection> = {
        resolve: (connection) => {
          leave();
          resolve(connection);
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      const aborted = (): void => waiter.reject(reasonOf(signal));
      const late = () =>
        this.#failure('UPSTREAM_OVERLOADED', `No connection became free within ${acquireTimeoutMs} ms.`);
      const timer = setTimeout(() => waiter.reject(late()), acquireTimeoutMs);
      signal.addEventListener('abort', aborted, { once: true });
      this.#waiting.add(waiter);
    });
  }

  /** Gives a free connection to the first waiter, or keeps it. */
  #serve(connection: Connection): void {
    const [waiter] = this.#waiting;
    if (waiter !== undefined) {
      waiter.resolve(this.#lend(connection));
      return;
    }
    const timer = setTimeout(() => {
      const at = this.#idle.findIndex((entry) => entry.connection === connection);
      if (at >= 0) this.#idle.splice(at, 1);
      this.#discard(connection);
    }, idleMs).unref();
    this.#idle.push({ connection, timer });
  }

  /** Opens connections for those who wait, where there is room again. */
  #serveWaiters(): void {
    if (this.#closed || this.#size >= this.#options.max) return;
    if (this.#waiting.size === 0) return;
    this.#open().then(
      (connection) => (this.#closed ? this.#discard(connection) : this.#serve(connection)),
      (error: Error) => {
        // Whoever waits longest is told; the others wait for the attempts that follow.
        const [waiter] = this.#waiting;
        waiter?.reject(error);
      },
    );
  }

  #discard(connection: Connection): void {
    this.#size -= 1;
    connection.close();
  }

  #settleClose(): void {
    if (this.#lent === 0) this.#drained?.();
  }

  #failure(code: 'UPSTREAM_OVERLOADED' | 'UPSTREAM_UNAVAILABLE', detail: string): TributaryError {
    return new TributaryError(code, undefined, { service: this.#options.service, detail });
  }
}
