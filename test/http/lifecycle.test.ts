import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ProblemsError } from '../../src/config/problems.ts';
import { readinessOf } from '../../src/http/health.ts';
import { type Answer, openTestServer, type TestServer } from './test-graph.ts';

/** Runs a test against a server of its own. */
async function withServer(
  input: Parameters<typeof openTestServer>[0],
  test: (server: TestServer) => Promise<void>,
  more: Parameters<typeof openTestServer>[1] = {},
): Promise<void> {
  const server = await openTestServer(input, more);
  try {
    await test(server);
  } finally {
    await server.close();
  }
}

/** Resolves as soon as something holds. */
async function eventually(holds: () => boolean | Promise<boolean>, limitMs = 5_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('It never came to hold.');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A backend that answers when it is told to. */
function heldBackend(server: TestServer): () => void {
  const held: (() => void)[] = [];
  let open = false;
  server.backend.behave((ids, _request, response) => {
    const answer = (): void =>
      void response.end(JSON.stringify(Object.fromEntries(ids.split(',').map((id) => [id, `thing ${id}`]))));
    if (open) answer();
    else held.push(answer);
  });
  return () => {
    open = true;
    for (const answer of held) answer();
  };
}

const thingQuery = { query: '{ hello thing(id: 1) { name } }' };

describe('a client that leaves', () => {
  it('ends every call that was made for it, and is logged as CLIENT_CLOSED with 499', () =>
    withServer({}, async (server) => {
      heldBackend(server);
      const controller = new AbortController();
      const asked = fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-request-id': 'left' },
        body: JSON.stringify(thingQuery),
        signal: controller.signal,
      });
      await eventually(() => server.backend.counts.requests === 1);
      const begin = performance.now();
      controller.abort();
      await expect(asked).rejects.toThrow();
      await eventually(() => server.backend.counts.cut === 1);
      expect(performance.now() - begin).toBeLessThan(500);
      await eventually(() => server.log().some((entry) => entry.requestId === 'left'));
      expect(server.log().filter((entry) => entry.requestId === 'left')).toMatchObject([
        { msg: 'request', status: 499, codes: ['CLIENT_CLOSED'], kind: 'query' },
      ]);
      const { body } = await server.telemetry.metrics.text();
      expect(body).toContain('tributary_requests_in_flight 0');
      expect(body).toContain('tributary_requests_total{kind="query",code="CLIENT_CLOSED"} 1');
    }));

  it('while it sends its body is counted as well', () =>
    withServer({}, async (server) => {
      const { hostname, port } = new URL(server.url);
      const socket = connect(Number(port), hostname);
      socket.write(
        'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"query":',
      );
      await eventually(async () =>
        (await server.telemetry.metrics.text()).body.includes('tributary_requests_in_flight 1'),
      );
      socket.destroy();
      await eventually(() => server.log().some((entry) => entry.status === 499));
      expect((await server.telemetry.metrics.text()).body).toContain('tributary_requests_in_flight 0');
    }));
});

describe('the time of a request', () => {
  it('ends late fields with UPSTREAM_TIMEOUT, and the rest stands', () =>
    withServer({}, async (server) => {
      heldBackend(server);
      for (const wait of ['120', '120ms']) {
        const begin = performance.now();
        const response = await server.ask(thingQuery, { 'x-request-timeout': wait });
        const answer = (await response.json()) as Answer;
        expect(performance.now() - begin).toBeLessThan(1_000);
        expect(response.status).toBe(200);
        expect(answer.data).toEqual({ hello: 'world', thing: null });
        expect(answer.errors?.[0]).toMatchObject({
          path: ['thing'],
          extensions: { code: 'UPSTREAM_TIMEOUT', service: 'things', retryable: true },
        });
      }
      await eventually(() => server.backend.counts.cut === 2);
    }));

  it('ends a request that has nothing to show with REQUEST_TIMEOUT and 504', () =>
    withServer({}, async (server) => {
      heldBackend(server);
      for (const query of ['{ thing(id: 1) { name } }', '{ hello stuck }']) {
        const response = await server.ask({ query }, { 'x-request-timeout': '80' });
        expect(response.status).toBe(504);
        expect(response.headers.get('content-type')).toContain('json');
        expect(await response.json()).toMatchObject({
          errors: [{ extensions: { code: 'REQUEST_TIMEOUT' } }],
        });
      }
    }));

  it('is never longer than the server allows', () =>
    withServer({ limits: { requestTimeoutMs: 80 } }, async (server) => {
      heldBackend(server);
      const response = await server.ask(
        { query: '{ thing(id: 1) { name } }' },
        { 'x-request-timeout': '60000' },
      );
      expect(response.status).toBe(504);
      await response.text();
    }));
});

describe('a server that stops', () => {
  it('answers everything that is in flight, and then nothing more', () =>
    withServer({}, async (server) => {
      const release = heldBackend(server);
      const asked = Array.from({ length: 20 }, (_, id) =>
        server.ask({ query: `{ thing(id: ${id}) { name } }` }),
      );
      await eventually(() => server.backend.counts.requests === 20);
      const closed = server.close();
      await eventually(async () => (await readiness(server.adminUrl)).status === 503);
      expect(await (await readiness(server.adminUrl)).json()).toMatchObject({ status: 'stopping' });
      release();
      const answers = await Promise.all(asked);
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
      expect(answers.every(({ headers }) => headers.get('connection') === 'close')).toBe(true);
      for (const [id, answer] of answers.entries())
        expect(await answer.json()).toEqual({ data: { thing: { name: `thing ${id}` } } });
      await closed;
      await expect(fetch(`${server.url}/health/live`)).rejects.toThrow();
    }));

  it('goes on serving while it drains, but says that it is not ready', () =>
    withServer({ shutdown: { drainMs: 300 } }, async (server) => {
      const closed = server.close();
      const response = await readiness(server.url);
      expect([response.status, ((await response.json()) as Page).status]).toEqual([503, 'stopping']);
      const answered = await server.ask({ query: '{ hello }' });
      expect(answered.headers.get('connection')).toBe('close');
      expect(await answered.json()).toEqual({ data: { hello: 'world' } });
      await closed;
    }));

  it('ends what takes longer than its grace with SHUTTING_DOWN', () =>
    withServer({ shutdown: { graceMs: 100 } }, async (server) => {
      heldBackend(server);
      const asked = server.ask(thingQuery);
      await eventually(() => server.backend.counts.requests === 1);
      const closed = server.close();
      const answer = (await (await asked).json()) as Answer;
      expect(answer).toMatchObject({
        data: { hello: 'world', thing: null },
        errors: [{ extensions: { code: 'SHUTTING_DOWN', retryable: true } }],
      });
      await closed;
    }));

  it('does not wait for connections that ask nothing', () =>
    withServer({}, async (server) => {
      const { hostname, port } = new URL(server.url);
      const socket = connect(Number(port), hostname);
      await new Promise((resolve) => socket.once('connect', resolve));
      const begin = performance.now();
      await server.close();
      expect(performance.now() - begin).toBeLessThan(2_000);
      socket.destroy();
    }));

  it('loses no request under load', () =>
    withServer({ shutdown: { drainMs: 150 } }, async (server) => {
      let stopping = false;
      let answered = 0;
      const client = async (): Promise<void> => {
        while (!stopping) {
          const response = await server.ask(thingQuery);
          expect(response.status).toBe(200);
          await response.json();
          answered += 1;
        }
      };
      const clients = Array.from({ length: 10 }, client);
      await eventually(() => answered > 50);
      const closed = server.close();
      setTimeout(() => {
        stopping = true;
      }, 75);
      await Promise.all(clients);
      await closed;
      const summaries = server.log().filter((entry) => entry.msg === 'request');
      expect(summaries).toHaveLength(answered);
      expect(summaries.every((entry) => entry.status === 200)).toBe(true);
    }));
});

interface Page {
  readonly status: string;
  readonly down: readonly string[];
}

function readiness(url: string): Promise<Response> {
  return fetch(`${url}/health/ready`);
}

describe('health', () => {
  it('says that the process lives, on both listeners', () =>
    withServer({}, async (server) => {
      for (const url of [server.url, server.adminUrl]) {
        const response = await fetch(`${url}/health/live`);
        expect([response.status, await response.json()]).toEqual([200, { status: 'live' }]);
      }
    }));

  it('says that requests may come while every datasource answers', () =>
    withServer({}, async (server) => {
      const response = await readiness(server.url);
      expect([response.status, await response.json()]).toEqual([
        200,
        { status: 'ready', down: [], cache: 'up' },
      ]);
    }));

  it('names the datasource that is down, whether it refuses or hangs', async () => {
    await withServer({}, async (server) => {
      await server.backend.close();
      const response = await readiness(server.url);
      expect([response.status, await response.json()]).toEqual([
        503,
        { status: 'unavailable', down: ['things'], cache: 'up' },
      ]);
    });
    await withServer({}, async (server) => {
      heldBackend(server);
      const begin = performance.now();
      const response = await readiness(server.url);
      expect([response.status, ((await response.json()) as Page).down]).toEqual([503, ['things']]);
      expect(performance.now() - begin).toBeLessThan(3_000);
    });
  });

  it('asks datasources once, however many look', () =>
    withServer({}, async (server) => {
      await Promise.all(Array.from({ length: 50 }, async () => (await readiness(server.url)).text()));
      expect(server.backend.counts.requests).toBe(1);
    }));

  it('is not spoilt by a cache that is down', () =>
    withServer(
      {},
      async (server) => {
        const response = await readiness(server.url);
        expect([response.status, await response.json()]).toEqual([
          200,
          { status: 'degraded', down: [], cache: 'down' },
        ]);
      },
      { cacheFault: () => 'connect ECONNREFUSED redis://:secret@10.0.0.1' },
    ));

  it('can be told that some datasources are enough', async () => {
    const faults = new Map<string, Error | undefined>([
      ['a', new Error('down')],
      ['b', undefined],
    ]);
    const sources = { ping: async () => faults };
    const stopping = () => false;
    expect(await readinessOf(sources, 'every', stopping)()).toMatchObject({ ready: false, down: ['a'] });
    expect(await readinessOf(sources, 'some', stopping)()).toMatchObject({ ready: true, status: 'degraded' });
    faults.set('b', new Error('down'));
    expect(await readinessOf(sources, 'some', stopping)()).toMatchObject({ ready: false, down: ['a', 'b'] });
  });
});

describe('metrics', () => {
  it('stand on the second listener alone, and count requests and operations', () =>
    withServer({}, async (server) => {
      await server.query('{ things(ids: ["1", "2", "3"]) { name } }');
      await server.query('{ broken }');
      expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
      const response = await fetch(`${server.adminUrl}/metrics`);
      expect(response.headers.get('content-type')).toContain('text/plain');
      const text = await response.text();
      for (const line of [
        'tributary_requests_total{kind="query",code="OK"} 1',
        'tributary_requests_total{kind="none",code="GRAPHQL_VALIDATION_FAILED"} 1',
        'tributary_operation_batches_total{operation="things.thing"} 1',
        'tributary_operation_inputs_total{operation="things.thing"} 3',
        'tributary_operation_wire_requests_total{operation="things.thing"} 1',
        'tributary_wire_request_duration_seconds_count{operation="things.thing"} 1',
        'tributary_requests_in_flight 0',
      ])
        expect(text).toContain(line);
      expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
      expect(text).toMatch(/^process_resident_memory_bytes /m);
    }));

  it('do not grow with the names that clients give their operations', () =>
    withServer({}, async (server) => {
      await server.query('query First { hello }');
      const lines = async (): Promise<number> => {
        const { body } = await server.telemetry.metrics.text();
        return body.split('\n').filter((line) => line.startsWith('tributary_')).length;
      };
      const before = await lines();
      for (let index = 0; index < 20; index += 1) await server.query(`query N${index} { a${index}: hello }`);
      expect(await lines()).toBe(before);
    }));
});

describe('ports in use', () => {
  it('are named all at once, with what to do, and nothing stays open', () =>
    withServer({}, async (server) => {
      const port = Number(new URL(server.url).port);
      const adminPort = Number(new URL(server.adminUrl).port);
      const failure = await openTestServer({ port, adminPort }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ProblemsError);
      expect((failure as ProblemsError).problems).toMatchObject([
        { subject: 'port', message: `Port ${port} of 127.0.0.1 is in use.` },
        { subject: 'adminPort', message: `Port ${adminPort} of 127.0.0.1 is in use.` },
      ]);
    }));
});

describe('mutations', () => {
  it('start each root field with fresh loaders', () =>
    withServer({}, async (server) => {
      expect(await server.query('mutation { a: bump b: bump count }')).toEqual({
        data: { a: 1, b: 2, count: 2 },
      });
      expect(server.backend.counts.requests).toBe(2);
    }));
});
