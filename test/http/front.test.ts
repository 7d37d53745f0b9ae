import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../src/caller.ts';
import { TributaryError } from '../../src/errors.ts';
import { rawRequest } from './raw-request.ts';
import { openTestServer, type TestServer } from './test-graph.ts';

const open = new Set<TestServer>();
afterEach(async () => {
  await Promise.all([...open].map((server) => server.close()));
  open.clear();
});

async function openTracked(...parameters: Parameters<typeof openTestServer>): Promise<TestServer> {
  const server = await openTestServer(...parameters);
  open.add(server);
  return server;
}

async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('It never came to hold.');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** What of an answer may differ from one time to the next. */
const changing = ['age', 'date', 'x-request-id', 'connection', 'keep-alive'];

async function told(response: Response) {
  const headers = Object.fromEntries([...response.headers].filter(([name]) => !changing.includes(name)));
  return { status: response.status, headers, text: await response.text() };
}

function callerNamed(id: string): Caller {
  return { id, audience: 'INTERNAL', tenant: undefined };
}

const hello = { query: '{ hello }' };

describe('a request whose whole answer is kept', () => {
  it('is read once; whoever sends the same text is given the same answer and headers', async () => {
    const server = await openTracked();
    await server.ask(hello);
    const first = await server.ask(hello);
    expect(server.reads()).toBe(2);
    const second = await server.ask(hello);
    expect(server.reads()).toBe(2);
    expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    expect(second.headers.get('age')).toBe('0');
    expect(await told(second)).toEqual(await told(first));
  });

  it('is read anew where its text differs in a single space', async () => {
    const server = await openTracked();
    await server.ask(hello);
    await server.ask(hello);
    await server.ask(' {"query":"{ hello }"}');
    expect(server.reads()).toBe(3);
  });

  it('is recorded and counted like every other', async () => {
    const server = await openTracked();
    for (const id of ['one', 'two', 'three']) await server.ask(hello, { 'x-request-id': id });
    expect(server.reads()).toBe(2);
    const record = {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      requestId: 'three',
      caller: 'everyone',
      audience: 'INTERNAL',
      kind: 'query',
      document: expect.stringMatching(/^[0-9a-f]{12}$/),
      status: 200,
      codes: [],
      wholeAnswer: true,
      cost: expect.any(Number),
      durationMs: expect.any(Number),
      msg: 'request',
    };
    expect(server.log().filter(({ requestId }) => requestId === 'three')).toEqual([record]);
    await eventually(async () =>
      (await server.telemetry.metrics.text()).body.includes('tributary_requests_in_flight 0'),
    );
    const { body } = await server.telemetry.metrics.text();
    expect(body).toContain('tributary_requests_total{kind="query",code="OK"} 3');
    expect(body).toContain('tributary_whole_answers_total 2');
  });

  it('is answered with GET too, and with 304 where the client has it', async () => {
    const server = await openTracked();
    const ask = (headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`${server.url}/graphql?query=%7Bhello%7D`, {
        headers: { 'content-type': 'application/json', ...headers },
      });
    await ask();
    await ask();
    const whole = await ask();
    expect(server.reads()).toBe(2);
    expect(await whole.json()).toEqual({ data: { hello: 'world' } });
    const unchanged = await ask({ 'if-none-match': whole.headers.get('etag') ?? '' });
    expect(server.reads()).toBe(2);
    expect([unchanged.status, await unchanged.text()]).toEqual([304, '']);
    expect(unchanged.headers.get('content-type')).toBeNull();
    expect(unchanged.headers.get('etag')).toBe(whole.headers.get('etag'));
  });

  it('is told that the connection closes, while the server stops', async () => {
    const server = await openTracked({ shutdown: { drainMs: 1_000 } });
    await server.ask(hello);
    await server.ask(hello);
    const closed = server.close();
    const answer = await server.ask(hello);
    expect(answer.headers.get('connection')).toBe('close');
    expect(server.reads()).toBe(2);
    open.delete(server);
    await closed;
  });

  it('is given to each caller from what is theirs', async () => {
    const server = await openTracked(
      {},
      { callerOf: ({ headers }) => callerNamed(String(headers['x-caller'])) },
    );
    const query = { query: '{ cached { a } }' };
    const etagOf = async (as: string) => (await server.ask(query, { 'x-caller': as })).headers.get('age');
    for (let round = 0; round < 3; round += 1) await etagOf('anna');
    const before = server.resolved.get('Query.cached') ?? 0;
    await etagOf('bert');
    expect(server.resolved.get('Query.cached')).toBe(before + 1);
    const answer = await server.ask(query, { 'x-caller': 'anna' });
    expect(answer.headers.get('cache-control')).toContain('private');
    expect(answer.headers.get('vary')).toBe('accept, x-caller');
    expect(server.resolved.get('Query.cached')).toBe(before + 1);
  });

  it('is read where anything about it is unusual', async () => {
    const server = await openTracked();
    for (let round = 0; round < 2; round += 1) await server.ask(hello);
    const unusual: Record<string, string>[] = [
      { 'content-type': 'application/json; charset=utf-8' },
      { origin: 'https://elsewhere.example' },
      { 'x-request-timeout': '500' },
      { 'x-tributary-explain': '1' },
    ];
    for (const [index, headers] of unusual.entries()) {
      expect((await server.ask(hello, headers)).status).toBe(200);
      expect(server.reads()).toBe(3 + index);
    }
  });
});

describe('who is calling', () => {
  it('is asked once a request, whether that takes time or not', async () => {
    let asked = 0;
    const server = await openTracked(
      {},
      {
        callerOf: ({ headers }) => {
          asked += 1;
          const caller = callerNamed('anna');
          return headers['x-caller'] === 'slow' ? Promise.resolve(caller) : caller;
        },
      },
    );
    const ids = ['slow', 'fast', 'slow', 'fast', 'fast'];
    for (const id of ids) expect((await server.ask(hello, { 'x-caller': id })).status).toBe(200);
    expect(asked).toBe(ids.length);
  });

  it('may be refused at once or later; the refusal is told and recorded once, and nothing of the body is read', async () => {
    const server = await openTracked(
      {},
      {
        callerOf: ({ headers }) => {
          if (headers['x-caller'] === 'anna') return callerNamed('anna');
          const refusal = new TributaryError('FORBIDDEN');
          if (headers['x-caller'] === 'slow') return Promise.reject(refusal);
          throw refusal;
        },
      },
    );
    for (let round = 0; round < 3; round += 1) await server.ask(hello, { 'x-caller': 'anna' });
    for (const as of ['slow', 'nobody']) {
      const answer = await server.ask(hello, { 'x-caller': as, 'x-request-id': as });
      expect([answer.status, await answer.json()]).toMatchObject([
        403,
        { errors: [{ extensions: { code: 'FORBIDDEN' } }] },
      ]);
      expect(
        server.log().filter(({ requestId, msg }) => requestId === as && msg === 'request'),
      ).toMatchObject([{ status: 403, codes: ['FORBIDDEN'] }]);
    }
    expect(server.reads()).toBe(2);
  });
});

describe('a body', () => {
  it('may come in pieces', async () => {
    const server = await openTracked();
    const text = JSON.stringify(hello);
    const head = `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n`;
    for (let round = 0; round < 3; round += 1) {
      const answer = await inPieces(server.url, [head, text.slice(0, 5), text.slice(5)]);
      expect(answer).toContain('{"data":{"hello":"world"}}');
    }
    expect(server.reads()).toBe(2);
  });

  it('may come without a length, or longer than allowed', async () => {
    const server = await openTracked({ limits: { maxBodyBytes: 100 } });
    const head =
      'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n';
    const text = JSON.stringify(hello);
    const chunked = `${head}transfer-encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n`;
    expect(await rawRequest(server.url, `${chunked}0\r\n\r\n`)).toContain('{"data":{"hello":"world"}}');
    const long = 'x'.repeat(101);
    expect(await rawRequest(server.url, `${head}content-length: 101\r\n\r\n${long}`)).toContain(
      'PAYLOAD_TOO_LARGE',
    );
    const longChunk = `${head}transfer-encoding: chunked\r\n\r\n65\r\n${long}\r\n0\r\n\r\n`;
    expect(await rawRequest(server.url, longChunk)).toContain('PAYLOAD_TOO_LARGE');
  });

  it('that stays away is recorded when its client leaves, and nothing of it stays behind', async () => {
    const server = await openTracked();
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write(
      'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-request-id: left\r\ncontent-length: 50\r\n\r\n{"query"',
    );
    const inFlight = async (count: number): Promise<boolean> =>
      (await server.telemetry.metrics.text()).body.includes(`tributary_requests_in_flight ${count}\n`);
    await eventually(() => inFlight(1));
    socket.destroy();
    await eventually(() => inFlight(0));
    expect(server.log().filter(({ requestId }) => requestId === 'left')).toMatchObject([
      { status: 499, codes: ['CLIENT_CLOSED'] },
    ]);
  });
});

/** Each piece in a packet of its own: the next is written when the server has had the time to read the one before. */
async function inPieces(url: string, pieces: readonly string[]): Promise<string> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', noDelay: true });
  let text = '';
  socket.on('data', (chunk) => {
    text += String(chunk);
  });
  for (const piece of pieces) {
    await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}
