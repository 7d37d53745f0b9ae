import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDispatch } from '../../../backends/dispatch/server.ts';
import type { RunningBackend } from '../../../backends/shared/service.ts';
import { env } from '../../../src/config/setting.ts';
import { askThrough, introspect } from '../../../src/formats/xmlrpc/introspection.ts';
import {
  array,
  base64,
  boolean,
  dateTime,
  double,
  int,
  nil,
  string,
  struct,
} from '../../../src/formats/xmlrpc/types.ts';
import { method } from '../../../src/transports/xmlrpc/builders.ts';
import { xmlrpc } from '../../../src/transports/xmlrpc/xmlrpc.ts';
import { pythonIsThere } from '../../formats/xmlrpc/python.ts';
import { type OpenedDatasource, opened, plain, pythonServer } from './servers.ts';

type Answer = (error: unknown, value?: unknown) => void;

/** What is used of the peer, which has no types. */
interface PeerServer {
  readonly httpServer: Server;
  on(method: string, answer: (error: unknown, params: unknown[], answer: Answer) => void): void;
  close(done: () => void): void;
}

const { createServer } = createRequire(import.meta.url)('xmlrpc') as {
  createServer(options: { host: string; port: number }): PeerServer;
};

const PYTHON = `
import datetime
from xmlrpc.server import SimpleXMLRPCServer, SimpleXMLRPCRequestHandler
class Quiet(SimpleXMLRPCRequestHandler):
    def log_message(self, *arguments): pass
counts = {"requests": 0}
class Counting(SimpleXMLRPCServer):
    def _marshaled_dispatch(self, *arguments, **named):
        counts["requests"] += 1
        return super()._marshaled_dispatch(*arguments, **named)
server = Counting(("127.0.0.1", 0), Quiet, allow_none=True, use_builtin_types=True)
server.register_introspection_functions()
server.register_multicall_functions()
def echo(*values):
    "Gives back what it gets."
    return list(values)
def kinds(*values):
    return [type(value).__name__ for value in values]
def square(number):
    if number < 0: raise ValueError("negative")
    return {"number": number, "square": number * number, "at": datetime.datetime(1998, 7, 17, 14, 8, 55)}
server.register_function(echo)
server.register_function(kinds)
server.register_function(square)
server.register_function(lambda: counts["requests"], "requests")
print(server.server_address[1])
server.serve_forever()
`;

interface Everything {
  int: number;
  double: number;
  boolean: boolean;
  string: string;
  date: string;
  bytes: string;
  list: unknown[];
  struct: object;
  nothing: null;
}

const everything: Everything = {
  int: -2147483648,
  double: 1e-9,
  boolean: true,
  string: ' a <b> & "ü" 🚕\n ]]> ',
  date: '1998-07-17T14:08:55',
  bytes: 'AAEC/w==',
  list: [1, 'two', [], {}, 2.5, false],
  struct: { 'a b': { '': [1] }, constructor: 'x' },
  nothing: null,
};

const parameters = [
  int('int'),
  double('double'),
  boolean('boolean'),
  string('string'),
  dateTime('date'),
  base64('bytes'),
  array('list'),
  struct('struct'),
  nil('nothing'),
] as const;

const operations = {
  echo: method<Everything, unknown[]>('echo', { params: parameters }),
  kinds: method<Everything, string[]>('kinds', { params: parameters }),
  square: method<{ number: number }, { square: number; at: string }>('square', { params: ['number'] }),
  unknown: method<object, unknown>('unknown'),
  requests: method<object, number>('requests', { batch: false }),
};

describe.skipIf(!pythonIsThere)("Python's xmlrpc.server", () => {
  let server: { url: string; close(): void };
  let open: OpenedDatasource;
  let python: ReturnType<typeof bind>;
  const bind = (url: string) => xmlrpc('python', { url, operations });

  beforeAll(async () => {
    server = await pythonServer(PYTHON);
    python = bind(server.url);
    open = await opened(python);
  });

  afterAll(async () => {
    await open.close();
    server.close();
  });

  it('understands every type, and we understand it', async () => {
    expect(await open.ask(python.echo, everything)).toEqual([Object.values(everything)]);
    expect(await open.ask(python.kinds, everything)).toEqual([
      ['int', 'float', 'bool', 'str', 'datetime', 'bytes', 'list', 'dict', 'NoneType'],
    ]);
  });

  it('answers a batch in one request, faults in their places', async () => {
    const [before] = await open.ask(python.requests, {});
    const outcomes = await open.ask(python.square, ...[3, -1, 5].map((number) => ({ number })));
    expect(outcomes.map(plain)).toEqual([
      { number: 3, square: 9, at: '1998-07-17T14:08:55' },
      'DOWNSTREAM_SERVICE_ERROR',
      { number: 5, square: 25, at: '1998-07-17T14:08:55' },
    ]);
    const [after] = await open.ask(python.requests, {});
    // The multicall, and this question.
    expect(Number(after) - Number(before)).toBe(2);
  });

  it('answers a fault for an unknown method', async () => {
    expect((await open.ask(python.unknown, {}))[0]).toMatchObject({
      code: 'DOWNSTREAM_SERVICE_ERROR',
      shown: { faultCode: 1 },
    });
  });

  it('is ready, though it answers GET with 501', async () => {
    await expect(open.ping()).resolves.toBeUndefined();
  });

  it('tells its methods; for a signature it gives a string, which is none', async () => {
    const ask = askThrough(async (document) => {
      const answer = await fetch(`${server.url}/RPC2`, { method: 'POST', body: document });
      return { body: new Uint8Array(await answer.arrayBuffer()) };
    });
    const methods = await introspect(ask);
    expect(methods.map(({ name }) => name)).toEqual(['echo', 'kinds', 'requests', 'square']);
    expect(methods[0]).toEqual({ name: 'echo', signatures: [], help: 'Gives back what it gets.' });
  });
});

const PYTHON_ON_A_SOCKET = `
import os, socketserver, sys, tempfile
from xmlrpc.server import SimpleXMLRPCDispatcher, SimpleXMLRPCRequestHandler
class Handler(SimpleXMLRPCRequestHandler):
    disable_nagle_algorithm = False
    protocol_version = "HTTP/1.1"
    def log_message(self, *arguments): pass
    def address_string(self): return "socket"
class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer, SimpleXMLRPCDispatcher):
    daemon_threads = True
    logRequests = False
    def __init__(self, path):
        SimpleXMLRPCDispatcher.__init__(self)
        socketserver.UnixStreamServer.__init__(self, path, Handler)
path = os.path.join(tempfile.mkdtemp(), "supervisor.sock")
server = Server(path)
server.register_multicall_functions()
server.register_function(lambda name: {"name": name, "statename": "RUNNING"}, "supervisor.getProcessInfo")
print(path)
server.serve_forever()
`;

describe.skipIf(!pythonIsThere)(
  "Python's xmlrpc.server on a Unix-domain socket, as supervisord listens",
  () => {
    let server: Awaited<ReturnType<typeof pythonServer>>;
    beforeAll(async () => {
      server = await pythonServer(PYTHON_ON_A_SOCKET);
    });
    afterAll(() => server.close());

    it('is asked by the path of its socket, which the environment may give', async () => {
      const supervisor = xmlrpc('supervisor', {
        url: 'http://localhost/RPC2',
        socketPath: env('SUPERVISOR_SOCKET'),
        operations: {
          process: method<{ id: string }, unknown>('supervisor.getProcessInfo', { params: [string('id')] }),
        },
      });
      const open = await opened(supervisor, { SUPERVISOR_SOCKET: server.said });
      const info = (name: string) => ({ name, statename: 'RUNNING' });
      expect(await open.ask(supervisor.process, { id: 'web' })).toEqual([info('web')]);
      expect(await open.ask(supervisor.process, { id: 'a' }, { id: 'b' })).toEqual([info('a'), info('b')]);
      await open.close();
      server.close();
    });
  },
);

describe('the npm package xmlrpc as a server', () => {
  let server: PeerServer;
  let open: OpenedDatasource;
  let peer: ReturnType<typeof bind>;
  const seen: unknown[][] = [];
  const bind = (url: string) =>
    xmlrpc('peer', {
      url,
      operations: {
        echo: method<Omit<Everything, 'nothing'>, unknown[]>('echo', {
          params: parameters.slice(0, 8) as never,
        }),
        fail: method<object, unknown>('fail', { onFault: { 7: 'CONFLICT' } }),
        double: method<{ number: number }, number>('double', { params: ['number'] }),
      },
    });

  beforeAll(async () => {
    server = createServer({ host: '127.0.0.1', port: 0 });
    server.on('echo', (_, params, answer) => {
      seen.push(params);
      answer(null, params);
    });
    server.on('fail', (_, __, answer) => answer({ faultCode: 7, faultString: 'no' }));
    server.on('double', (_, [number], answer) => answer(null, Number(number) * 2));
    const http = server.httpServer;
    if (!http.listening) await new Promise((resolve) => http.once('listening', resolve));
    peer = bind(`http://127.0.0.1:${(http.address() as AddressInfo).port}`);
    open = await opened(peer);
  });

  afterAll(async () => {
    await open.close();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  it('understands every type that it has, and we understand it', async () => {
    const { nothing, date, ...rest } = everything;
    const [outcome] = await open.ask(peer.echo, { ...rest, date });
    const [received] = seen;
    expect(received?.slice(0, 4)).toEqual([rest.int, rest.double, rest.boolean, rest.string]);
    expect(received?.[4]).toBeInstanceOf(Date);
    expect(received?.[5]).toEqual(Buffer.from(rest.bytes, 'base64'));
    expect(received?.slice(6)).toEqual([rest.list, rest.struct]);
    const echoed = outcome as unknown[];
    expect([...echoed.slice(0, 4), ...echoed.slice(5)]).toEqual([
      rest.int,
      rest.double,
      rest.boolean,
      rest.string,
      rest.bytes,
      rest.list,
      rest.struct,
    ]);
    expect(echoed[4]).toMatch(/^1998-07-17T\d\d:08:55/);
  });

  it('has no multicall: the batch is asked singly', async () => {
    expect(await open.ask(peer.double, ...[1, 2, 3].map((number) => ({ number })))).toEqual([2, 4, 6]);
  });

  it('answers faults that are mapped', async () => {
    expect((await open.ask(peer.fail, {})).map(plain)).toEqual(['CONFLICT']);
  });
});

describe('the dispatch backend', () => {
  interface Position {
    readonly driverId: string;
    readonly updatedAt: string;
  }
  const bind = (url: string) =>
    xmlrpc('dispatch', {
      url,
      timeZone: 'Z',
      operations: {
        position: method<{ driverId: string }, Position | null>('dispatch.position', {
          params: [string('driverId')],
          onFault: { 404: null },
        }),
        nearby: method<{ latitude: number; longitude: number; radiusKm: number; limit: number }, unknown[]>(
          'dispatch.nearbyDrivers',
          { params: [double('latitude'), double('longitude'), double('radiusKm'), int('limit')] },
        ),
      },
    });
  let backend: RunningBackend;
  let open: OpenedDatasource;
  let dispatch: ReturnType<typeof bind>;

  beforeAll(async () => {
    backend = await startDispatch({ port: 0 });
    dispatch = bind(backend.url);
    open = await opened(dispatch);
  });

  afterAll(async () => {
    await open.close();
    await backend.close();
  });

  it('tells a hundred positions in one request, each driver their own, the unknown ones null', async () => {
    const ids = Array.from({ length: 99 }, (_, index) => `D${String(index + 1).padStart(4, '0')}`);
    const outcomes = await open.ask(
      dispatch.position,
      ...[...ids, 'D9999'].map((driverId) => ({ driverId })),
    );
    expect(outcomes.map((outcome) => (outcome as Position | null)?.driverId ?? null)).toEqual([...ids, null]);
    expect((outcomes[0] as Position).updatedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const calls = (await (await fetch(`${backend.url}/calls`)).json()) as { total: number };
    expect(calls.total).toBe(1);
  });

  it('gives lists, and faults for parameters out of range', async () => {
    const around = { latitude: 38.72, longitude: -9.14, radiusKm: 20, limit: 3 };
    const [near, far] = await open.ask(dispatch.nearby, around, { ...around, radiusKm: 1_000 });
    expect(near).toHaveLength(3);
    expect(far).toMatchObject({ code: 'DOWNSTREAM_SERVICE_ERROR', shown: { faultCode: -32602 } });
  });

  it('describes its methods', async () => {
    const ask = askThrough(async (document) => {
      const answer = await fetch(`${backend.url}/RPC2`, {
        method: 'POST',
        body: document,
        headers: { 'content-type': 'text/xml' },
      });
      return { body: new Uint8Array(await answer.arrayBuffer()) };
    });
    const methods = await introspect(ask);
    expect(methods.map(({ name }) => name)).toContain('dispatch.minutesAway');
    expect(methods.find(({ name }) => name === 'dispatch.position')?.signatures).toEqual([
      ['struct', 'string'],
    ]);
  });
});
