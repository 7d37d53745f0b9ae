import { once } from 'node:events';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultServer, json, openFaultServer } from './fault-server.ts';
import { openTcpFault, type TcpFault } from './tcp-fault.ts';

describe('the fault server', () => {
  let server: FaultServer;
  beforeAll(async () => {
    server = await openFaultServer();
  });
  afterAll(() => server.close());
  const get = (path: string, init?: RequestInit) => fetch(server.url + path, init);

  it('answers what it is told, and counts by path', async () => {
    server.behave('/a', {
      do: 'answer',
      body: '<b/>',
      type: 'text/xml',
      status: 503,
      headers: { 'retry-after': '7' },
    });
    const answer = await get('/a');
    expect([answer.status, answer.headers.get('retry-after'), await answer.text()]).toEqual([
      503,
      '7',
      '<b/>',
    ]);
    await get('/other');
    expect([server.calls('/a'), server.calls()]).toEqual([1, 2]);
  });

  it('goes through a sequence and stays at its last step', async () => {
    server.behave('/flap', {
      do: 'sequence',
      faults: [json(1), { do: 'answer', body: '', status: 500 }, json(3)],
    });
    const statuses = [];
    for (let index = 0; index < 4; index++) statuses.push((await get('/flap')).status);
    expect(statuses).toEqual([200, 500, 200, 200]);
  });

  it.each([
    ['a reset before headers', { do: 'reset', when: 'before-headers' }],
    ['a reset in the body', { do: 'reset', when: 'mid-body' }],
    ['a body shorter than promised', { do: 'wrong-length', body: '{}', promised: 100 }],
  ] as const)('makes a client fail by %s', async (_what, fault) => {
    server.behave('/broken', fault);
    await expect(get('/broken').then((answer) => answer.text())).rejects.toThrow();
  });

  it('hangs until the client leaves, and tells when it has', async () => {
    server.behave('/hang', { do: 'hang-mid-body' });
    const left = server.abandoned('/hang');
    const controller = new AbortController();
    const answer = await get('/hang', { signal: controller.signal });
    expect(answer.status).toBe(200);
    controller.abort();
    await left;
  });

  it('makes a body of any size and announces none', async () => {
    server.behave('/huge', { do: 'huge', bytes: 1_000_000 });
    const answer = await get('/huge');
    expect(answer.headers.get('content-length')).toBeNull();
    expect((await answer.json()) as string).toHaveLength(1_000_000);
  });
});

describe('the TCP proxy', () => {
  let echo: ReturnType<typeof createTcpServer>;
  let proxy: TcpFault;
  beforeAll(async () => {
    echo = createTcpServer((socket) => socket.on('error', () => {}).pipe(socket));
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await openTcpFault({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
  });
  afterAll(async () => {
    await proxy.close();
    echo.close();
  });
  const dial = async (): Promise<Socket> => {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  const say = async (socket: Socket, text: string): Promise<string> => {
    socket.write(text);
    return String((await once(socket, 'data'))[0]);
  };

  it('passes both ways while it is open', async () => {
    proxy.set({ is: 'open' });
    const socket = await dial();
    expect(await say(socket, 'hello')).toBe('hello');
    socket.destroy();
  });

  it('cuts what stands, and refuses what comes, while it is off', async () => {
    proxy.set({ is: 'open' });
    const standing = await dial();
    await say(standing, 'x');
    const cut = closed(standing);
    proxy.set({ is: 'off' });
    await cut;
    const refused = connect(proxy.port, '127.0.0.1').on('error', () => {});
    await closed(refused);
    proxy.set({ is: 'open' });
  });

  it('keeps what is said while it is frozen, and passes it on after', async () => {
    const socket = await dial();
    await say(socket, 'x');
    proxy.set({ is: 'frozen' });
    socket.write('late');
    let heard = '';
    socket.on('data', (bytes) => {
      heard += bytes;
    });
    await new Promise(setImmediate);
    expect(heard).toBe('');
    const arrived = once(socket, 'data');
    proxy.set({ is: 'open' });
    await arrived;
    expect(heard).toBe('late');
    socket.destroy();
  });

  it('cuts a connection after so many bytes', async () => {
    proxy.set({ is: 'cut', afterBytes: 3 });
    const socket = await dial();
    let heard = '';
    socket.on('data', (bytes) => {
      heard += bytes;
    });
    socket.write('abcdef');
    await closed(socket);
    expect(heard).toBe('abc');
    proxy.set({ is: 'open' });
  });
});

/** `once` would reject with the error that comes before. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
