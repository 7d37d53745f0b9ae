import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';

/** What the server does with one request. Times are milliseconds, sizes bytes. */
export type Fault =
  | {
      readonly do: 'answer';
      readonly body: string;
      readonly type?: string;
      readonly status?: number;
      readonly headers?: Record<string, string>;
    }
  | { readonly do: 'delay'; readonly ms: number; readonly before: Fault }
  /** Never a byte. */
  | { readonly do: 'hang-before-headers' }
  /** Headers and the beginning of a body, then nothing. */
  | { readonly do: 'hang-mid-body' }
  | { readonly do: 'reset'; readonly when: 'before-headers' | 'mid-body' | 'after-body' }
  /** One byte every `everyMs`, without end. */
  | { readonly do: 'drip'; readonly everyMs: number }
  /** A valid JSON text of that size, chunked, so that no header announces it. */
  | { readonly do: 'huge'; readonly bytes: number }
  /** The body promises another length than it has. */
  | { readonly do: 'wrong-length'; readonly body: string; readonly promised: number }
  | { readonly do: 'cut-gzip'; readonly body: string }
  /** Inflates to so many bytes. */
  | { readonly do: 'gzip-bomb'; readonly bytes: number }
  | { readonly do: 'redirect'; readonly to: string; readonly status?: number }
  /** Bytes as they are, in place of an HTTP answer; then the connection ends. */
  | { readonly do: 'raw'; readonly bytes: string | Buffer }
  /** A body that says it is in gzip, and is not. */
  | { readonly do: 'bad-gzip' }
  /** Chosen for each request. */
  | { readonly do: 'choose'; readonly fault: (request: Received) => Fault }
  /** One after the other, the last for ever. */
  | { readonly do: 'sequence'; readonly faults: readonly Fault[] };

/** A request as it came. */
export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An HTTP backend that misbehaves as it is told, by path, and counts what it received. */
export interface FaultServer {
  readonly url: string;
  /** What a path does from now on. The `*` is for paths that nothing was said about. */
  behave(path: string, fault: Fault): void;
  /** How many requests a path, or all paths, received. */
  calls(path?: string): number;
  /** The last thousand requests, oldest first, with their bodies. */
  received(path?: string): readonly Received[];
  reset(): void;
  /** How many connections are open. */
  connections(): number;
  /** Resolves when a client has hung up on a request to the path that had no answer yet. */
  abandoned(path: string): Promise<void>;
  close(): Promise<void>;
}

export const json = (value: unknown): Fault => ({
  do: 'answer',
  body: JSON.stringify(value),
  type: 'application/json',
});

/** What `createServer` of `node:http` is, and that of `node:https` with its options bound. */
export type Serve = (listener: (request: IncomingMessage, response: ServerResponse) => void) => Server;

/** @param serve how it is served; over TLS, say */
export async function openFaultServer(serve: Serve = createServer as Serve): Promise<FaultServer> {
  const requests: Received[] = [];
  const faults = new Map<string, Fault>([['*', json({ ok: true })]]);
  const counts = new Map<string, number>();
  const steps = new Map<Fault, number>();
  const sockets = new Set<Socket>();
  const leaving = new Map<string, (() => void)[]>();

  const server = serve(async (request, response) => {
    const path = new URL(request.url as string, 'http://faults').pathname;
    counts.set(path, (counts.get(path) ?? 0) + 1);
    response.on('close', () => {
      if (response.writableFinished) return;
      for (const told of leaving.get(path) ?? []) told();
      leaving.delete(path);
    });
    request.on('error', () => {});
    const received = await readRequest(request);
    requests.push(received);
    if (requests.length > 1_000) requests.shift();
    perform(faults.get(path) ?? (faults.get('*') as Fault), request, response, steps, received);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  await listen(server);

  return {
    url: `http${server instanceof TlsServer ? 's' : ''}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    behave: (path, fault) => void faults.set(path, fault),
    calls: (path) =>
      path === undefined ? [...counts.values()].reduce((sum, n) => sum + n, 0) : (counts.get(path) ?? 0),
    received: (path) =>
      requests.filter(({ url }) => path === undefined || new URL(url, 'http://faults').pathname === path),
    reset: () => {
      requests.length = 0;
      counts.clear();
      steps.clear();
    },
    connections: () => sockets.size,
    abandoned: (path) => new Promise((resolve) => leaving.set(path, [...(leaving.get(path) ?? []), resolve])),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function perform(
  fault: Fault,
  request: IncomingMessage,
  response: ServerResponse,
  steps: Map<Fault, number>,
  received: Received,
): void {
  switch (fault.do) {
    case 'answer':
      response.writeHead(fault.status ?? 200, {
        'content-type': fault.type ?? 'application/json',
        ...fault.headers,
      });
      response.end(fault.body);
      return;
    case 'delay': {
      const timer = setTimeout(() => perform(fault.before, request, response, steps, received), fault.ms);
      response.once('close', () => clearTimeout(timer));
      return;
    }
    case 'hang-before-headers':
      return;
    case 'hang-mid-body':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"half":');
      return;
    case 'reset':
      if (fault.when === 'mid-body') {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"half":', () => request.socket.resetAndDestroy());
      } else if (fault.when === 'after-body') {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 11 });
        response.end('{"ok":true}', () => request.socket.resetAndDestroy());
      } else request.socket.resetAndDestroy();
      return;
    case 'raw':
      request.socket.end(fault.bytes);
      return;
    case 'bad-gzip':
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end('this is not gzip');
      return;
    case 'choose':
      perform(fault.fault(received), request, response, steps, received);
      return;
    case 'drip':
      drip(response, fault.everyMs);
      return;
    case 'huge':
      huge(response, fault.bytes);
      return;
    case 'wrong-length':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': fault.promised });
      response.write(fault.body, () => request.socket.end());
      return;
    case 'cut-gzip': {
      const zipped = gzipSync(fault.body);
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(zipped.subarray(0, zipped.length - 12));
      return;
    }
    case 'gzip-bomb':
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(gzipSync(Buffer.alloc(fault.bytes, 0x20)));
      return;
    case 'redirect':
      response.writeHead(fault.status ?? 302, { location: fault.to });
      response.end();
      return;
    case 'sequence': {
      const step = steps.get(fault) ?? 0;
      steps.set(fault, step + 1);
      perform(
        fault.faults[Math.min(step, fault.faults.length - 1)] as Fault,
        request,
        response,
        steps,
        received,
      );
      return;
    }
  }
}

async function readRequest(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    // Whoever left in the middle of a body is counted as well.
  }
  const { method = '', url = '', headers } = request;
  return { method, url, headers, body: Buffer.concat(chunks).toString() };
}

function drip(response: ServerResponse, everyMs: number): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), everyMs);
  response.once('close', () => clearInterval(timer));
}

/** Writes as fast as the client reads, and no faster: the server's own memory stays flat. */
function huge(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const piece = Buffer.alloc(65_536, 0x78);
  let left = bytes;
  response.write('"');
  const more = (): void => {
    while (left > 0) {
      const flowing = response.write(piece.subarray(0, Math.min(left, piece.length)));
      left -= piece.length;
      if (!flowing) {
        response.once('drain', more);
        return;
      }
    }
    response.end('"');
  };
  more();
}

async function listen(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}
