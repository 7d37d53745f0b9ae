import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What the way to a server does. Times are milliseconds, sizes bytes. */
export type Way =
  | { readonly is: 'open' }
  /** Connections are cut and new ones refused at once. */
  | { readonly is: 'off' }
  /** Connections stand, and nothing passes, in either direction. */
  | { readonly is: 'frozen' }
  /** All that the server sends comes so much later. */
  | { readonly is: 'slow'; readonly ms: number }
  /** Each connection is cut when the server has sent so many bytes. */
  | { readonly is: 'cut'; readonly afterBytes: number };

/** A TCP proxy in front of Redis, Postgres or MariaDB that can be taken away, frozen, slowed and cut. */
export interface TcpFault {
  readonly port: number;
  set(way: Way): void;
  /** How many connections have been made since the start. */
  connections(): number;
  open(): number;
  close(): Promise<void>;
}

export async function openTcpFault(target: { host: string; port: number }): Promise<TcpFault> {
  let way: Way = { is: 'open' };
  let made = 0;
  const pairs = new Set<Pair>();

  const server = createServer((client) => {
    made++;
    if (way.is === 'off') {
      client.resetAndDestroy();
      return;
    }
    const pair = new Pair(client, connect(target), () => way);
    pairs.add(pair);
    pair.whenClosed(() => pairs.delete(pair));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      way = next;
      for (const pair of pairs) pair.wayChanged();
    },
    connections: () => made,
    open: () => pairs.size,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const pair of pairs) pair.destroy();
      await closed;
    },
  };
}

/** One connection of a client and the one to the server behind it. */
class Pair {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #way: () => Way;
  #sent = 0;

  constructor(client: Socket, server: Socket, way: () => Way) {
    this.#client = client;
    this.#server = server;
    this.#way = way;
    for (const socket of [client, server])
      socket.on('error', () => this.destroy()).on('close', () => this.destroy());
    client.on('data', (bytes) => server.write(bytes));
    server.on('data', (bytes) => this.#pass(bytes));
    this.wayChanged();
  }

  wayChanged(): void {
    const way = this.#way();
    if (way.is === 'off') {
      this.#client.resetAndDestroy();
      this.destroy();
      return;
    }
    for (const socket of [this.#client, this.#server]) {
      if (way.is === 'frozen') socket.pause();
      else socket.resume();
    }
  }

  whenClosed(told: () => void): void {
    this.#client.once('close', told);
  }

  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  #pass(bytes: Buffer): void {
    const way = this.#way();
    if (way.is === 'slow') {
      setTimeout(() => this.#client.writable && this.#client.write(bytes), way.ms);
      return;
    }
    if (way.is !== 'cut') {
      this.#client.write(bytes);
      return;
    }
    const left = way.afterBytes - this.#sent;
    this.#sent += bytes.length;
    if (bytes.length <= left) this.#client.write(bytes);
    else this.#client.write(bytes.subarray(0, Math.max(0, left)), () => this.destroy());
  }
}
