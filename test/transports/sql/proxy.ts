import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface Proxy {
  readonly port: number;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Passes nothing on any more, and closes nothing. */
  freeze(): void;
  /** Passes on what new connections say; those that froze stay frozen. */
  thaw(): void;
}

/** A way to a server that can be taken away and given back, and that shows what is sent along it. */
export async function proxyTo(url: string, sent: (chunk: Buffer) => void = () => {}): Promise<Proxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let isFrozen = false;
  let server: Server;
  let port = 0;
  const start = async (): Promise<void> => {
    isFrozen = false;
    server = createServer((socket) => {
      const there = connect(Number(target.port), target.hostname);
      for (const each of [socket, there]) {
        sockets.add(each);
        each.on('error', () => {});
      }
      socket.on('data', sent);
      if (!isFrozen) socket.pipe(there).pipe(socket);
    }).listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  await start();
  return {
    get port() {
      return port;
    },
    start,
    stop,
    freeze() {
      isFrozen = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    thaw() {
      isFrozen = false;
    },
  };
}
