import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { codeOf, TributaryError } from '../../src/errors.ts';
import {
  type HttpClient,
  type HttpClientOptions,
  type HttpRequest,
  openHttpClient,
} from '../../src/wire/http-client.ts';
import { type Handler, httpServer, type TestServer } from '../support/http-server.ts';
import { deferred } from '../support/operations.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function client(baseUrl: string, options: Partial<HttpClientOptions> = {}): HttpClient {
  const opened = openHttpClient({ service: 'shop', baseUrl, ...options });
  cleanups.push(() => opened.close());
  return opened;
}

async function serve(handler: Handler): Promise<TestServer> {
  const server = await httpServer(handler);
  cleanups.push(server.stop);
  return server;
}

/** A server that answers every connection with these bytes. */
async function rawServer(answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const get = (path: string, changes: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  path,
  headers: {},
  signal: AbortSignal.timeout(10_000),
  ...changes,
});

async function failureOf(promise: Promise<unknown>): Promise<TributaryError> {
  const error = await promise.then(
    () => new Error('It succeeded.'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TributaryError);
  expect((error as TributaryError).service).toBe('shop');
  expect((error as TributaryError).message).not.toMatch(/127|http|:\d/);
  return error as TributaryError;
}

describe('A service on a Unix-domain socket', () => {
  async function onSocket(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-socket-'));
    const path = join(folder, 'service.sock');
    const server = createHttpServer((request, response) => {
      response.end(`${request.method} ${request.headers.host}${request.url}`);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    cleanups.push(async () => {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    });
    return path;
  }

  it('is asked like any other, under the name in its address', async () => {
    const http = client('http://shop.example/v2', { socketPath: await onSocket() });
    for (let time = 0; time < 2; time++) {
      const { status, body } = await http.request(get('/items'));
      expect([status, body.toString()]).toEqual([200, 'GET shop.example/v2/items']);
    }
  });

  it('is UPSTREAM_UNAVAILABLE where there is no socket', async () => {
    const failure = await failureOf(
      client('http://shop.example', { socketPath: '/nowhere/service.sock' }).request(get('/items')),
    );
    expect(failure.code).toBe('UPSTREAM_UNAVAILABLE');
  });

  it('needs a path, and no TLS', () => {
    expect(() => client('http://shop.example', { socketPath: '' })).toThrow('`socketPath` must be the path');
    expect(() => client('https://shop.example', { socketPath: '/run/x.sock' })).toThrow(
      'begins with http://',
    );
  });
});

describe('an HTTP client', () => {
  it('sends method, path below the base path, headers and body, and gives the whole answer', async () => {
    const server = await serve((_, response) => response.writeHead(207, { 'x-a': 'b' }).end('hello'));
    const answer = await client(`${server.url}/v2/`).request({
      ...get('/items?x=1'),
      method: 'POST',
      headers: { 'x-key': 'k' },
      body: 'sent',
    });
    expect(answer.status).toBe(207);
    expect(answer.headers['x-a']).toBe('b');
    expect(answer.body.toString()).toBe('hello');
    expect(server.received[0]).toMatchObject({
      method: 'POST',
      url: '/v2/items?x=1',
      body: 'sent',
      headers: { 'x-key': 'k', 'content-length': '4' },
    });
  });

  it('asks the base URL itself where the path is empty', async () => {
    const server = await serve((_, response) => response.end());
    await client(`${server.url}/RPC2`).request(get(''));
    await client(server.url).request(get(''));
    await client(`${server.url}/`).request(get('?wsdl'));
    expect(server.received.map(({ url }) => url)).toEqual(['/RPC2', '/', '/?wsdl']);
  });

  it('turns credentials in the address into basic authentication', async () => {
    const server = await serve((_, response) => response.end());
    await client(server.url.replace('//', '//anna:p%40ss@')).request(get('/'));
    expect(server.received[0]?.headers.authorization).toBe(`Basic ${btoa('anna:p@ss')}`);
  });

  it('keeps sockets open, and no more of them than `connections`', async () => {
    const server = await serve((_, response) => setImmediate(() => response.end('x')));
    const pool = client(server.url, { connections: 3 });
    let most = 0;
    await Promise.all(
      Array.from({ length: 30 }, async () => {
        await pool.request(get('/'));
        most = Math.max(most, server.sockets.size);
      }),
    );
    expect(server.received).toHaveLength(30);
    expect(most).toBe(3);
  });

  it('follows no redirect', async () => {
    const server = await serve((_, response) => response.writeHead(302, { location: '/secret' }).end());
    expect((await client(server.url).request(get('/a'))).status).toBe(302);
    expect(server.received).toHaveLength(1);
  });

  it('is there while anything below 500 is answered', async () => {
    const statuses = [200, 404, 503];
    const server = await serve((_, response) => response.writeHead(statuses.shift() ?? 200).end());
    const pool = client(server.url);
    await pool.ping('/health', AbortSignal.timeout(5_000));
    await pool.ping('/health', AbortSignal.timeout(5_000));
    expect((await failureOf(pool.ping('/health', AbortSignal.timeout(5_000)))).code).toBe(
      'UPSTREAM_UNAVAILABLE',
    );
  });
});

describe('a base URL', () => {
  it.each([
    ['nonsense', 'must be an address'],
    ['', 'must be an address'],
    ['ftp://host/', 'must begin with http:// or https://'],
    ['file:///etc/passwd', 'must begin with http:// or https://'],
    ['http://host/?key=1', 'must end with its path'],
    ['http://host/#x', 'must end with its path'],
    ['http://a%zz:b@host/', 'must be percent-encoded'],
  ])('%s is refused, by the name of the option and without repeating it', (baseUrl, problem) => {
    expect(() => openHttpClient({ service: 'shop', baseUrl, baseUrlOption: 'endpoint' })).toThrow(problem);
    try {
      openHttpClient({ service: 'shop', baseUrl, baseUrlOption: 'endpoint' });
    } catch (thrown) {
      expect((thrown as Error).message).toContain('`endpoint`');
      if (baseUrl !== '') expect((thrown as Error).message).not.toContain(baseUrl);
    }
  });

  it.each(['connections', 'maxResponseBytes', 'connectTimeoutMs'])(
    'needs a whole number for %s',
    (option) => {
      for (const value of [0, -1, 1.5, Number.NaN])
        expect(() => openHttpClient({ service: 'shop', baseUrl: 'http://host', [option]: value })).toThrow(
          option,
        );
    },
  );
});

describe('what a client sends', () => {
  it.each([
    '//evil.example/x',
    '/../admin',
    '/a/../../admin',
    '/%2e%2e/admin',
    '/a/.%2E/b',
    '/./a',
    '/a\\..\\b',
    '/a b',
    '/a\r\nX-Injected: 1',
    '/a#b',
    '/\u0000',
    '/ü',
    '@evil.example/',
    '.evil.example/',
    ':1/',
    '/a//b',
    `/${'x'.repeat(9_000)}`,
  ])('never goes to %j', async (path) => {
    const server = await serve((_, response) => response.end());
    const error = await failureOf(client(`${server.url}/base`).request(get(path)));
    expect(error.code).toBe('BAD_USER_INPUT');
    expect(server.received).toEqual([]);
  });

  it.each(['a\r\nX-Injected: 1', 'a\nb', 'nul\0', '🚕', 'Ā', '\x7f'])(
    'never holds the header value %j',
    async (value) => {
      const server = await serve((_, response) => response.end());
      const error = await failureOf(client(server.url).request(get('/', { headers: { 'x-name': value } })));
      expect(error.code).toBe('BAD_USER_INPUT');
      expect(error.message).toContain('`x-name`');
      expect(server.received).toEqual([]);
    },
  );

  it('is either refused or received as it is', async () => {
    const server = await serve((_, response) => response.end());
    const pool = client(server.url);
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary-ascii', maxLength: 30 }),
        fc.string({ unit: 'binary' }),
        async (path, value) => {
          const before = server.received.length;
          try {
            await pool.request(get(`/${path}`, { headers: { 'x-v': value } }));
          } catch (thrown) {
            expect(codeOf(thrown)).toBe('BAD_USER_INPUT');
            expect(server.received).toHaveLength(before);
            return;
          }
          expect(server.received[before]?.url).toBe(`/${path}`);
          expect(server.received[before]?.headers['x-v']).toBe(value.replace(/^[ \t]+|[ \t]+$/g, ''));
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('an answer', () => {
  const limit = { maxResponseBytes: 1_000 };

  it('as large as allowed is taken, a byte more is not', async () => {
    const server = await serve(({ url }, response) => response.end('x'.repeat(Number(url.slice(1)))));
    const pool = client(server.url, limit);
    expect((await pool.request(get('/1000'))).body).toHaveLength(1_000);
    expect((await failureOf(pool.request(get('/1001')))).code).toBe('UPSTREAM_RESPONSE_TOO_LARGE');
  });

  it('that never ends is cut off, and its socket destroyed', async () => {
    const closed = deferred<void>();
    const server = await serve((_, response) => {
      response.on('close', closed.resolve);
      const write = (): void => {
        if (!response.destroyed && response.write('x'.repeat(100))) setImmediate(write);
        else response.once('drain', write);
      };
      write();
    });
    const error = await failureOf(client(server.url, limit).request(get('/')));
    expect(error.code).toBe('UPSTREAM_RESPONSE_TOO_LARGE');
    await closed.promise;
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('in %s is inflated, up to the limit', async (coding, compress) => {
    const server = await serve(({ url }, response) =>
      response.writeHead(200, { 'content-encoding': coding }).end(compress('x'.repeat(Number(url.slice(1))))),
    );
    const pool = client(server.url, { ...limit, compression: true });
    expect((await pool.request(get('/900'))).body.toString()).toBe('x'.repeat(900));
    expect(server.received[0]?.headers['accept-encoding']).toContain(coding);
    expect((await failureOf(pool.request(get('/1000000')))).code).toBe('UPSTREAM_RESPONSE_TOO_LARGE');
  });

  it.each(['gzip', 'zstd', 'toString'])('that is not in its coding %s is refused', async (coding) => {
    const server = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': coding }).end('plain'),
    );
    expect((await failureOf(client(server.url).request(get('/')))).code).toBe('UPSTREAM_INVALID_RESPONSE');
    expect(server.received[0]?.headers['accept-encoding']).toBeUndefined();
  });

  it.each([
    ['is not HTTP', 'hello\r\n\r\n', 'UPSTREAM_INVALID_RESPONSE'],
    ['is shorter than it says', 'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort', 'UPSTREAM_UNAVAILABLE'],
    [
      'breaks off in a chunk',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nabc',
      'UPSTREAM_UNAVAILABLE',
    ],
    ['breaks off in its headers', 'HTTP/1.1 200 OK\r\nContent-Le', 'UPSTREAM_UNAVAILABLE'],
    ['never begins', '', 'UPSTREAM_UNAVAILABLE'],
    [
      'has headers without end',
      `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
      'UPSTREAM_RESPONSE_TOO_LARGE',
    ],
  ])('that %s is refused', async (_, bytes, code) => {
    const url = await rawServer((socket) => socket.end(bytes));
    expect((await failureOf(client(url).request(get('/')))).code).toBe(code);
  });

  it('that is reset is UPSTREAM_UNAVAILABLE', async () => {
    const url = await rawServer((socket) => socket.resetAndDestroy());
    expect((await failureOf(client(url).request(get('/')))).code).toBe('UPSTREAM_UNAVAILABLE');
  });
});

describe('a service that cannot be reached', () => {
  it('is UPSTREAM_UNAVAILABLE, and reachable again when it is back', async () => {
    const server = await serve((_, response) => response.end('back'));
    const pool = client(server.url);
    await pool.request(get('/'));
    await server.stop();
    const error = await failureOf(pool.request(get('/secret?token=1')));
    expect(error.code).toBe('UPSTREAM_UNAVAILABLE');
    expect(error.detail).toContain('GET http://127.0.0.1');
    expect(error.detail).not.toContain('token');
  });

  it('has no address, or does not speak TLS', async () => {
    const server = await serve((_, response) => response.end());
    const urls = ['http://no-such-host.invalid', server.url.replace('http:', 'https:')];
    for (const url of urls)
      expect((await failureOf(client(url).request(get('/')))).code).toBe('UPSTREAM_UNAVAILABLE');
    expect(server.received).toEqual([]);
  });
});

describe('an abort', () => {
  it('rejects with its reason and closes the socket, before and in the middle of the answer', async () => {
    for (const head of [false, true]) {
      const arrived = deferred<void>();
      const closed = deferred<void>();
      const server = await serve((_, response) => {
        response.on('close', closed.resolve);
        if (head) response.write('half');
        arrived.resolve();
      });
      const controller = new AbortController();
      const reason = new Error('the client left');
      const request = client(server.url).request(get('/', { signal: controller.signal }));
      await arrived.promise;
      controller.abort(reason);
      await expect(request).rejects.toBe(reason);
      await closed.promise;
    }
  });

  it('of a request that waits for a socket sends nothing', async () => {
    let held = false;
    const holding = deferred<() => void>();
    const server = await serve((_, response) => {
      if (!held) {
        held = true;
        holding.resolve(() => response.end());
      } else response.end();
    });
    const pool = client(server.url, { connections: 1 });
    const first = pool.request(get('/first'));
    const finish = await holding.promise;
    const controller = new AbortController();
    const second = pool.request(get('/second', { signal: controller.signal }));
    controller.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    finish();
    await first;
    await pool.request(get('/third'));
    expect(server.received.map(({ url }) => url)).toEqual(['/first', '/third']);
  });

  it('that came first sends nothing', async () => {
    const server = await serve((_, response) => response.end());
    const reason = new Error('gone');
    await expect(client(server.url).request(get('/', { signal: AbortSignal.abort(reason) }))).rejects.toBe(
      reason,
    );
    expect(server.received).toEqual([]);
  });
});
