import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TributaryError } from '../../src/errors.ts';
import { CallTrace } from '../../src/execution/explain/call-trace.ts';
import { merge } from '../../src/operations/adapters/merge.ts';
import { noTrace } from '../../src/telemetry/trace.ts';
import { get, post } from '../../src/transports/rest/builders.ts';
import { rest } from '../../src/transports/rest/rest.ts';
import { csv } from '../../src/transports/rest/slots.ts';
import { steadyClock } from '../../src/util/clock.ts';
import { contextOf } from '../support/operations.ts';
import { type Fault, json, openFaultServer } from './harness/fault-server.ts';
import {
  codeAs,
  eventually,
  type FaultyRest,
  openAsker,
  openFaultyRest,
  tally,
  timed,
} from './harness/faulty.ts';
import { openTcpFault } from './harness/tcp-fault.ts';

const operations = {
  a: get<Record<never, never>, unknown>('/a'),
  b: get<{ id: string }, unknown>('/b/{id}'),
  write: post<{ x: number }, unknown>('/write'),
  keyed: post<{ x: number; idempotencyKey: string }, unknown>('/keyed', { idempotencyKey: true }),
  declared: post<{ x: number }, unknown>('/declared', { idempotent: true }),
  search: post<{ q: string }, unknown>('/search', { kind: 'read' }),
};
type Faulty = FaultyRest<typeof operations>;

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const one of open.splice(0).reverse()) await one.close();
});
const faulty = async (
  options: Parameters<typeof openFaultyRest<typeof operations>>[1] = {},
): Promise<Faulty> => {
  const opened = await openFaultyRest(operations, options);
  open.push(opened);
  return opened;
};
/** A clock that goes on as time does, and can be set ahead. */
const movableClock = () => {
  const clock = { aheadMs: 0, now: () => steadyClock.now() + clock.aheadMs };
  return clock;
};
const status = (code: number, headers: Record<string, string> = {}): Fault => ({
  do: 'answer',
  body: '{}',
  status: code,
  headers,
});

describe('a service that is late', () => {
  it('U01 is UPSTREAM_TIMEOUT at the limit, and its socket is destroyed', async () => {
    const { server, source, code } = await faulty({ timeoutMs: 200 });
    server.behave('/a', { do: 'delay', ms: 5_000, before: json(1) });
    const left = server.abandoned('/a');
    const [outcome, tookMs] = await timed(() => code(source.a, {}));
    await left;
    expect(outcome).toBe('UPSTREAM_TIMEOUT');
    expect(tookMs).toBeGreaterThanOrEqual(195);
    expect(tookMs).toBeLessThan(200 + 500);
    expect(server.calls('/a')).toBe(1);
    await eventually(() => server.connections() === 0);
  });

  it.each([
    ['before its headers', { do: 'hang-before-headers' }, { firstByteTimeoutMs: 100 }],
    ['in the middle of a body', { do: 'hang-mid-body' }, { idleTimeoutMs: 100 }],
    ['before its headers, with no limit but the total', { do: 'hang-before-headers' }, { timeoutMs: 100 }],
    ['in a body, with no limit but the total', { do: 'hang-mid-body' }, { timeoutMs: 100 }],
  ] as const)('U02 hangs %s, and each limit fires by itself', async (_, fault, limits) => {
    const { server, source, code } = await faulty({ timeoutMs: 10_000, ...limits });
    server.behave('/a', fault);
    const left = server.abandoned('/a');
    const [outcome, tookMs] = await timed(() => code(source.a, {}));
    await left;
    expect(outcome).toBe('UPSTREAM_TIMEOUT');
    expect(tookMs).toBeLessThan(100 + 500);
    expect(server.calls('/a')).toBe(1);
  });

  it('U08 drips: the total ends it', async () => {
    const { server, source, code } = await faulty({ timeoutMs: 400, idleTimeoutMs: 200 });
    server.behave('/a', { do: 'drip', everyMs: 20 });
    const [outcome, tookMs] = await timed(() => code(source.a, {}));
    expect(outcome).toBe('UPSTREAM_TIMEOUT');
    expect(tookMs).toBeLessThan(400 + 500);
  });

  it('U08 drips: the rule of the least speed ends it long before the total', async () => {
    const { server, source, ask } = await faulty({ timeoutMs: 60_000, minBytesPerSecond: 1_000 });
    server.behave('/a', { do: 'drip', everyMs: 50 });
    const left = server.abandoned('/a');
    const [outcome, tookMs] = await timed(() => ask(source.a, {}));
    await left;
    expect(outcome).toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      detail: expect.stringContaining('1000 bytes'),
    });
    expect(tookMs).toBeLessThan(2_000 * 5);
  });

  it('U16 leaves what is left of the deadline to later calls, and none starts after it', async () => {
    const { server, source, engine } = await faulty();
    server.behave('/a', { do: 'delay', ms: 120, before: json(1) });
    const context = contextOf({ deadline: performance.now() + 300 });
    const codes: string[] = [];
    const [, tookMs] = await timed(async () => {
      for (let index = 0; index < 5; index++)
        codes.push(codeAs((await engine.call(source.a)([{}], context))[0]));
    });
    expect(codes).toEqual(['OK', 'OK', 'UPSTREAM_TIMEOUT', 'UPSTREAM_TIMEOUT', 'UPSTREAM_TIMEOUT']);
    expect(server.calls('/a')).toBe(3);
    expect(tookMs).toBeLessThan(300 + 500);
  });
});

describe('a service that cannot be reached', () => {
  it('U03 refuses connections: UPSTREAM_UNAVAILABLE at once, and is back when it is', async () => {
    const server = await openFaultServer();
    const source = rest('faulty', { baseUrl: server.url, retry: { attempts: 1 }, operations });
    const asker = await openAsker([source]);
    open.push(asker);
    await server.close();
    const [outcome, tookMs] = await timed(() => asker.code(source.a, {}));
    expect(outcome).toBe('UPSTREAM_UNAVAILABLE');
    expect(tookMs).toBeLessThan(50 * 5);
  });

  it('U03 has no address', async () => {
    const source = rest('faulty', {
      baseUrl: 'http://no-such-host.invalid',
      retry: { attempts: 1 },
      operations,
    });
    const asker = await openAsker([source]);
    open.push(asker);
    expect(await asker.code(source.a, {})).toBe('UPSTREAM_UNAVAILABLE');
  });

  it('U05 takes the connection and says nothing: a TLS handshake ends with the connect limit', async () => {
    const server = await openFaultServer();
    const proxy = await openTcpFault({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
    proxy.set({ is: 'frozen' });
    const source = rest('faulty', {
      baseUrl: `https://127.0.0.1:${proxy.port}`,
      connectTimeoutMs: 200,
      timeoutMs: 20_000,
      retry: { attempts: 1 },
      operations,
    });
    const asker = await openAsker([source]);
    open.push(server, proxy, asker);
    const [outcome, tookMs] = await timed(() => asker.code(source.a, {}));
    expect(outcome).toBe('UPSTREAM_UNAVAILABLE');
    expect(tookMs).toBeLessThan(200 * 5 + 1_000);
  });

  it('U05 freezes with kept sockets: calls end with their limit, the breaker opens, and all is back with it', async () => {
    const server = await openFaultServer();
    const proxy = await openTcpFault({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
    const source = rest('faulty', {
      baseUrl: `http://127.0.0.1:${proxy.port}`,
      timeoutMs: 100,
      breaker: { minRequests: 5, openMs: 100 },
      operations,
    });
    const asker = await openAsker([source]);
    open.push(server, proxy, asker);
    expect(await asker.code(source.a, {})).toBe('OK');
    proxy.set({ is: 'frozen' });
    const codes = [];
    for (let index = 0; index < 12; index++) codes.push(await asker.code(source.a, {}));
    expect(tally(codes).UPSTREAM_TIMEOUT).toBeGreaterThanOrEqual(4);
    expect(tally(codes).UPSTREAM_CIRCUIT_OPEN).toBeGreaterThanOrEqual(4);
    proxy.set({ is: 'open' });
    await eventually(async () => (await asker.code(source.a, {})) === 'OK');
  });
});

describe('a connection that is reset', () => {
  const resets: readonly ('before-headers' | 'mid-body')[] = ['before-headers', 'mid-body'];

  it.each(resets)('U04 %s: a read is tried once more, within the budget', async (when) => {
    const { server, source, code } = await faulty();
    server.behave('/a', { do: 'sequence', faults: [{ do: 'reset', when }, json(1)] });
    expect(await code(source.a, {})).toBe('OK');
    expect(server.calls('/a')).toBe(2);
    const other = await faulty();
    other.server.behave('/search', { do: 'reset', when });
    expect(await other.code(other.source.search, { q: 'x' })).toBe('UPSTREAM_UNAVAILABLE');
    expect(other.server.calls('/search')).toBe(2);
  });

  it.each(resets)('U04 %s: a write is never sent twice', async (when) => {
    const { server, source, code } = await faulty();
    await code(source.a, {});
    server.behave('/write', { do: 'sequence', faults: [{ do: 'reset', when }, json(1)] });
    expect(await code(source.write, { x: 1 })).toBe('UPSTREAM_UNAVAILABLE');
    expect(server.calls('/write')).toBe(1);
  });

  it.each(resets)('U04 %s: a write with a key, or declared idempotent, is tried once more', async (when) => {
    const { server, source, code } = await faulty();
    server.behave('/keyed', { do: 'sequence', faults: [{ do: 'reset', when }, json(1)] });
    server.behave('/declared', { do: 'sequence', faults: [{ do: 'reset', when }, json(1)] });
    expect(await code(source.keyed, { x: 1, idempotencyKey: 'k1' })).toBe('OK');
    expect(await code(source.declared, { x: 1 })).toBe('OK');
    expect(server.calls('/declared')).toBe(2);
    expect(server.received('/keyed').map(({ headers, body }) => [headers['idempotency-key'], body])).toEqual([
      ['k1', '{"x":1}'],
      ['k1', '{"x":1}'],
    ]);
  });

  it('U04 after the whole body: the answer counts', async () => {
    const { server, source, code } = await faulty();
    server.behave('/a', { do: 'reset', when: 'after-body' });
    server.behave('/write', { do: 'reset', when: 'after-body' });
    for (let index = 0; index < 5; index++) expect(await code(source.a, {})).toBe('OK');
    expect(await code(source.write, { x: 1 })).toBe('OK');
    expect([server.calls('/a'), server.calls('/write')]).toEqual([5, 1]);
  });

  it('U04 on a kept socket that went stale: a read goes out again at once on a fresh one, a write does not', async () => {
    // No retries: what helps is the fresh socket alone.
    const { server, source, code } = await faulty({ retry: { attempts: 1 }, connections: 1 });
    expect(await code(source.a, {})).toBe('OK');
    server.behave('/a', { do: 'sequence', faults: [{ do: 'reset', when: 'before-headers' }, json(2)] });
    expect(await code(source.a, {})).toBe('OK');
    expect(server.calls('/a')).toBe(3);
    expect(await code(source.b, { id: '1' })).toBe('OK');
    server.behave('/write', { do: 'sequence', faults: [{ do: 'reset', when: 'before-headers' }, json(2)] });
    expect(await code(source.write, { x: 1 })).toBe('UPSTREAM_UNAVAILABLE');
    expect(server.calls('/write')).toBe(1);
  });

  it('U04 on a kept socket that is cut inside the headers is no stale one: who began to answer has read the read', async () => {
    const { server, source, code } = await faulty({ retry: { attempts: 1 }, connections: 1 });
    for (const bytes of ['HTTP/1.1 200 OK\r\ncontent-ty', 'H']) {
      server.behave('/a', json(1));
      expect(await code(source.a, {})).toBe('OK');
      const before = server.calls('/a');
      server.behave('/a', { do: 'sequence', faults: [{ do: 'raw', bytes }, json(2)] });
      expect(await code(source.a, {})).not.toBe('OK');
      expect(server.calls('/a')).toBe(before + 1);
    }
  });

  it('U04 inside the headers, with retries: each read goes out as often as the policy says, and no more', async () => {
    const { server, source, code } = await faulty({ retry: { attempts: 2, pauseMs: 1 }, connections: 1 });
    expect(await code(source.a, {})).toBe('OK');
    server.behave('/a', { do: 'raw', bytes: 'HTTP/1.1 200 OK\r\ncontent-ty' });
    expect(await code(source.a, {})).not.toBe('OK');
    expect(server.calls('/a')).toBe(1 + 2);
  });

  it('U04 every second time: retries and fresh sockets together stay under 1.2 times the normal', async () => {
    const { server, source, code } = await faulty({ breaker: { failureRate: 0.9 }, retry: { pauseMs: 1 } });
    let turn = 0;
    server.behave('/a', {
      do: 'choose',
      fault: () => (turn++ % 2 === 0 ? json(1) : { do: 'reset', when: 'before-headers' }),
    });
    for (let index = 0; index < 300; index++) await code(source.a, {});
    expect(server.calls('/a')).toBeGreaterThan(300);
    expect(server.calls('/a')).toBeLessThanOrEqual(300 * 1.2);
  });

  it('U04 on a fresh socket is no stale one: nothing goes out twice behind the back of the budget', async () => {
    const { server, source, code } = await faulty({ retry: { attempts: 1 } });
    server.behave('/a', { do: 'reset', when: 'before-headers' });
    expect(await code(source.a, {})).toBe('UPSTREAM_UNAVAILABLE');
    expect(server.calls('/a')).toBe(1);
  });
});

describe('a service that says too much, or nonsense', () => {
  it('U07 sends far more than the cap: cut there, whether a length was announced or not', async () => {
    const cap = 1_000_000;
    const { server, source, code } = await faulty({ maxResponseBytes: cap, compression: true });
    const huge: Fault[] = [
      { do: 'huge', bytes: 1_000_000_000 },
      {
        do: 'raw',
        bytes: 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2000000\r\n\r\n"x',
      },
      { do: 'gzip-bomb', bytes: 50_000_000 },
    ];
    const before = process.memoryUsage().rss;
    for (const fault of huge) {
      server.behave('/a', fault);
      const [outcome, tookMs] = await timed(() => code(source.a, {}));
      expect(outcome).toBe('UPSTREAM_RESPONSE_TOO_LARGE');
      expect(tookMs).toBeLessThan(3_000);
    }
    // The figure is twice the cap. The fault server's own bombs live in this process too.
    expect(process.memoryUsage().rss - before).toBeLessThan(2 * cap * 5 + 100_000_000);
    expect(server.calls('/a')).toBe(3);
  });

  it.each([
    ['invalid JSON', { do: 'answer', body: '{"a":' }],
    ['trailing garbage', { do: 'answer', body: '{"a":1} x' }],
    ['an empty 200', { do: 'answer', body: '' }],
    ['HTML', { do: 'answer', body: '<h1>It works</h1>', type: 'text/html' }],
    ['JSON that says it is HTML', { do: 'answer', body: '{}', type: 'text/html' }],
    ['HTML that says it is JSON', { do: 'answer', body: '<h1>It works</h1>' }],
    ['a cut gzip', { do: 'cut-gzip', body: '{"a":1}' }],
    ['bad gzip', { do: 'bad-gzip' }],
    ['no HTTP', { do: 'raw', bytes: 'hello\r\n\r\n' }],
  ] as const)('U09 answers %s: UPSTREAM_INVALID_RESPONSE, asked once', async (_, fault) => {
    const { server, source, code } = await faulty({ compression: true });
    server.behave('/a', fault);
    expect(await code(source.a, {})).toBe('UPSTREAM_INVALID_RESPONSE');
    expect(server.calls('/a')).toBe(1);
  });

  it('U09 answers with a byte order mark, or 204: a value, and null', async () => {
    const { server, source, ask } = await faulty();
    server.behave('/a', { do: 'answer', body: '\ufeff{"a":1}' });
    expect(await ask(source.a, {})).toEqual({ a: 1 });
    server.behave('/a', { do: 'answer', body: '', status: 204 });
    expect(await ask(source.a, {})).toBeNull();
  });

  it('U09 promises more than it sends: an error, never half a value', async () => {
    const { server, source, code } = await faulty({ retry: { attempts: 1 } });
    server.behave('/a', { do: 'wrong-length', body: '{"a":1}', promised: 50 });
    expect(await code(source.a, {})).toMatch(/^UPSTREAM_(UNAVAILABLE|INVALID_RESPONSE)$/);
  });
});

describe('a service that redirects', () => {
  it('U11 is not followed unless the datasource says so', async () => {
    const { server, source, code } = await faulty();
    for (const to of ['/b/1', `${server.url}/b/1`, 'http://127.0.0.2:1/', 'file:///etc/passwd']) {
      server.behave('/a', { do: 'redirect', to });
      expect(await code(source.a, {})).toBe('UPSTREAM_INVALID_RESPONSE');
    }
    expect(server.calls('/b/1')).toBe(0);
  });

  it('U11 is followed three times at most, at the same origin, without credentials', async () => {
    const other = await openFaultServer();
    open.push(other);
    const { server, source, ask, code } = await faulty({
      redirects: 'same-origin',
      headers: { 'X-Api-Key': 'key', Authorization: 'Bearer token' },
    });
    server.behave('/a', { do: 'redirect', to: '/b/1?x=1' });
    server.behave('/b/1', { do: 'redirect', to: '/b/2', status: 308 });
    server.behave('/b/2', json({ arrived: true }));
    expect(await ask(source.a, {})).toEqual({ arrived: true });
    expect(server.received('/a')[0]?.headers).toMatchObject({
      'x-api-key': 'key',
      authorization: 'Bearer token',
    });
    for (const path of ['/b/1', '/b/2']) {
      const headers = server.received(path)[0]?.headers ?? {};
      expect([headers['x-api-key'], headers.authorization]).toEqual([undefined, undefined]);
      expect(headers['x-request-id']).toBe('request-1');
    }
    server.reset();
    server.behave('/a', { do: 'redirect', to: '/a' });
    expect(await code(source.a, {})).toBe('UPSTREAM_INVALID_RESPONSE');
    expect(server.calls('/a')).toBe(4);
    for (const to of [
      `${other.url}/a`,
      'file:///etc/passwd',
      '//evil.example/',
      'http://user:pw@127.0.0.1/',
    ]) {
      server.behave('/a', { do: 'redirect', to });
      expect(await code(source.a, {})).toBe('UPSTREAM_INVALID_RESPONSE');
    }
    expect(other.calls()).toBe(0);
  });

  it('U11 with 307 does not repeat a POST', async () => {
    const { server, source, code } = await faulty({ redirects: 'same-origin' });
    for (const path of ['/write', '/search'])
      server.behave(path, { do: 'redirect', to: '/b/1', status: 307 });
    expect(await code(source.write, { x: 1 })).toBe('UPSTREAM_INVALID_RESPONSE');
    expect(await code(source.search, { q: 'x' })).toBe('UPSTREAM_INVALID_RESPONSE');
    expect(server.calls('/b/1')).toBe(0);
  });
});

describe('a service that refuses for the number of requests', () => {
  const refused = (retryAfter: string) => status(429, { 'retry-after': retryAfter });

  it('U12 in seconds: waited for where there is time', async () => {
    const { server, source, code } = await faulty();
    server.behave('/a', { do: 'sequence', faults: [refused('1'), json(1)] });
    const [outcome, tookMs] = await timed(() => code(source.a, {}));
    expect(outcome).toBe('OK');
    expect(tookMs).toBeGreaterThanOrEqual(1_000);
    expect(tookMs).toBeLessThan(1_000 + 5 * 200);
    expect(server.calls('/a')).toBe(2);
  });

  it.each([
    ['a date', new Date(Date.now() + 3_600_000).toUTCString(), (ms: number) => ms > 3_500_000],
    ['3600 seconds', '3600', (ms: number) => ms === 3_600_000],
    ['10^9 seconds', '1000000000', (ms: number) => ms === 86_400_000],
  ] as const)('U12 as %s: beyond the deadline it is told, not waited for', async (_, header, fits) => {
    const { server, source, ask } = await faulty();
    server.behave('/a', refused(header));
    const [outcome, tookMs] = await timed(() => ask(source.a, {}));
    expect(codeAs(outcome)).toBe('UPSTREAM_RATE_LIMITED');
    expect(fits((outcome as TributaryError).retryAfterMs ?? 0)).toBe(true);
    expect(tookMs).toBeLessThan(500);
    expect(server.calls('/a')).toBe(1);
  });

  it.each(['0', '-5', 'soon', '1e3', ''])(
    'U12 as %j: tried once more after a short pause',
    async (header) => {
      const { server, source, code } = await faulty();
      server.behave('/a', { do: 'sequence', faults: [refused(header), json(1)] });
      const [outcome, tookMs] = await timed(() => code(source.a, {}));
      expect(outcome).toBe('OK');
      expect(tookMs).toBeLessThan(500);
      expect(server.calls('/a')).toBe(2);
    },
  );

  it('U12 is left alone as long as it asked: no storm, whoever asks', async () => {
    const { server, source, engine } = await faulty();
    server.behave('*', refused('60'));
    const codes: string[] = [];
    for (let index = 0; index < 100; index++)
      codes.push(codeAs((await engine.call(source.b)([{ id: String(index) }], contextOf()))[0]));
    expect(tally(codes)).toEqual({ UPSTREAM_RATE_LIMITED: 100 });
    expect(server.calls()).toBe(1);
  });
});

describe('a service that flaps or is slow for some', () => {
  it('U13 fails every second time: retries stay in the budget, and the total under 1.2 times the normal', async () => {
    const { server, source, code } = await faulty({ breaker: { failureRate: 0.9 }, retry: { pauseMs: 1 } });
    let turn = 0;
    server.behave('/a', { do: 'choose', fault: () => (turn++ % 2 === 0 ? status(503) : json(1)) });
    for (let index = 0; index < 300; index++) await code(source.a, {});
    expect(server.calls('/a')).toBeGreaterThan(300);
    expect(server.calls('/a')).toBeLessThanOrEqual(300 * 1.2);
  });

  it('U13 opens the breaker at the threshold, sends one probe at a time, and closes it', async () => {
    const { server, source, code } = await faulty({
      retry: { attempts: 1 },
      breaker: { minRequests: 10, openMs: 100 },
    });
    server.behave('/a', status(503));
    for (let index = 0; index < 50; index++) await code(source.a, {});
    expect(server.calls('/a')).toBe(10);
    server.behave('/a', { do: 'delay', ms: 100, before: json(1) });
    await eventually(async () => {
      const codes = await Promise.all(Array.from({ length: 20 }, () => code(source.a, {})));
      return codes.includes('OK');
    });
    expect(server.calls('/a')).toBe(11);
    expect(tally(await Promise.all(Array.from({ length: 20 }, () => code(source.a, {}))))).toEqual({
      OK: 20,
    });
  });

  it('U15 at ten times its load fills its own queue alone: its neighbour answers as before', async () => {
    const [slow, quick] = await Promise.all([openFaultServer(), openFaultServer()]);
    const sources = [slow, quick].map((server, index) =>
      rest(index === 0 ? 'slow' : 'quick', {
        baseUrl: server.url,
        timeoutMs: 500,
        concurrency: 8,
        maxQueue: 16,
        operations,
      }),
    );
    const [bad, good] = sources as [(typeof sources)[0], (typeof sources)[0]];
    const asker = await openAsker(sources);
    open.push(slow, quick, asker);
    slow.behave('/a', { do: 'hang-before-headers' });
    const alone = await slowest(20, () => asker.code(good.a, {}));
    const flood = Array.from({ length: 240 }, () => timed(() => asker.code(bad.a, {})));
    const beside = await slowest(20, () => asker.code(good.a, {}));
    const outcomes = await Promise.all(flood);
    expect(beside).toBeLessThan(alone * 5 + 50);
    const refused = outcomes.filter(([code]) => code === 'UPSTREAM_OVERLOADED');
    expect(refused).toHaveLength(240 - 24);
    for (const [, tookMs] of refused) expect(tookMs).toBeLessThan(200);
    expect(slow.calls('/a')).toBeLessThanOrEqual(24);
    expect(tally(outcomes.map(([code]) => code))).toMatchObject({ UPSTREAM_OVERLOADED: 216 });
  });

  it('U19 is hedged where that is asked for: one in twenty at most, and the loser is cancelled', async () => {
    const { server, source, code } = await faulty({ hedge: { afterMs: 100 }, timeoutMs: 5_000 });
    let asked = 0;
    server.behave('/a', {
      do: 'choose',
      fault: () => (asked++ % 40 === 39 ? { do: 'hang-before-headers' } : json(1)),
    });
    const left = server.abandoned('/a');
    const times: number[] = [];
    for (let index = 0; index < 200; index++) {
      const [outcome, tookMs] = await timed(() => code(source.a, {}));
      expect(outcome).toBe('OK');
      times.push(tookMs);
    }
    await left;
    expect(Math.max(...times)).toBeLessThan(1_000);
    expect(server.calls('/a')).toBeGreaterThan(200);
    expect(server.calls('/a')).toBeLessThanOrEqual(210);
  });
});

async function slowest(count: number, work: () => Promise<unknown>): Promise<number> {
  let most = 0;
  for (let index = 0; index < count; index++) most = Math.max(most, (await timed(work))[1]);
  return most;
}

describe('what is kept while a service fails', () => {
  const cached = {
    item: get<{ id: string }, unknown>('/items/{id}', {
      scope: 'caller',
      cache: { ttlMs: 20, staleIfErrorMs: 60_000 },
    }),
  };

  it('U17 is served when it fails, as long as the definition allows, and to the same caller alone', async () => {
    const clock = movableClock();
    const opened = await openFaultyRest(
      cached,
      { retry: { attempts: 1 }, breaker: { minRequests: 1_000 } },
      { clock },
    );
    open.push(opened);
    const { server, source, ask, code } = opened;
    server.behave('/items/1', json({ version: 1 }));
    await ask(source.item, { id: '1' });
    server.behave('/items/1', status(500));
    const stale: string[] = [];
    const trace = hitTrace((state) => stale.push(state));
    await eventually(async () => {
      expect(await ask(source.item, { id: '1' }, { trace })).toEqual({ version: 1 });
      return stale.includes('stale');
    });
    const bert = { id: 'bert', audience: 'PARTNER', tenant: 'acme' } as const;
    expect(await code(source.item, { id: '1' }, { caller: bert })).toBe('DOWNSTREAM_SERVICE_ERROR');
    clock.aheadMs = 59_000;
    expect(await code(source.item, { id: '1' })).toBe('OK');
    clock.aheadMs = 61_000;
    expect(await code(source.item, { id: '1' })).toBe('DOWNSTREAM_SERVICE_ERROR');
  });

  it('U21 neither expires at once nor lasts for ever when the clock of the machine jumps by an hour', async () => {
    const clock = movableClock();
    const item = get<{ id: string }, unknown>('/items/{id}', { scope: 'public', cache: { ttlMs: 10_000 } });
    const opened = await openFaultyRest({ item }, {}, { clock });
    open.push(opened);
    const { server, source, ask } = opened;
    const now = Date.now();
    await ask(source.item, { id: '1' });
    for (const jumpMs of [3_600_000, -3_600_000]) {
      vi.spyOn(Date, 'now').mockReturnValue(now + jumpMs);
      await ask(source.item, { id: '1' });
      await ask(source.item, { id: String(jumpMs) });
      await ask(source.item, { id: String(jumpMs) });
    }
    expect([server.calls('/items/1'), server.calls()]).toEqual([1, 3]);
    // The clock of the machine stands an hour back; ten seconds are ten seconds all the same.
    clock.aheadMs = 11_000;
    await ask(source.item, { id: '1' });
    expect(server.calls('/items/1')).toBe(2);
  });
});

describe('long lists', () => {
  const byIds = get<{ ids: readonly string[] }, { id: string }[]>('/items', { query: { ids: csv('ids') } });
  const byBody = post<{ ids: readonly string[] }, { id: string }[]>('/search', { kind: 'read' });
  const lists = {
    byUrl: merge(byIds, { list: 'ids', key: 'id', match: 'id', max: 500 }),
    byBody: merge(byBody, { list: 'ids', key: 'id', match: 'id', max: 500 }),
  };
  const ids = Array.from({ length: 200 }, (_, index) => `key-${index}-${'x'.repeat(90)}`);

  const askAll = async (name: keyof typeof lists, options = {}) => {
    const opened = await openFaultyRest(lists, options);
    open.push(opened);
    const { server, engine, source } = opened;
    server.behave('*', {
      do: 'choose',
      fault: ({ url, body }) => {
        const asked: string[] = body
          ? (JSON.parse(body) as { ids: string[] }).ids
          : (new URL(url, 'http://x').searchParams.get('ids') ?? '').split(',');
        return json(asked.map((id) => ({ id })).reverse());
      },
    });
    const outcomes = await engine.call(source[name])(
      ids.map((id) => ({ id })),
      contextOf(),
    );
    expect(outcomes).toEqual(ids.map((id) => ({ id })));
    return server;
  };

  it('stay below the longest address that is sent, in as few requests as halving gives', async () => {
    const server = await askAll('byUrl');
    for (const { url } of server.received()) expect(url.length).toBeLessThanOrEqual(8_000);
    expect(server.calls()).toBe(4);
  });

  it('stay below the length that a datasource declares', async () => {
    const server = await askAll('byUrl', { maxUrlLength: 2_000 });
    for (const { url } of server.received()) expect(url.length).toBeLessThanOrEqual(2_000);
    expect(server.calls()).toBe(16);
  });

  it('are asked for in halves that travel at the same time, and each that is sent is counted', async () => {
    const waiting: ServerResponse[] = [];
    const backend = createServer((request, response) => {
      const asked = (new URL(request.url as string, 'http://x').searchParams.get('ids') ?? '').split(',');
      response.setHeader('content-type', 'application/json');
      response.write(JSON.stringify(asked.map((id) => ({ id }))));
      waiting.push(response);
      // One after the other they would never be four.
      if (waiting.length === 4) for (const held of waiting) held.end();
    });
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
    const source = rest('halves', {
      baseUrl: `http://127.0.0.1:${(backend.address() as AddressInfo).port}`,
      operations: lists,
    });
    const asker = await openAsker([source]);
    open.push({
      async close() {
        await asker.close();
        backend.closeAllConnections();
        await new Promise((resolve) => backend.close(resolve));
      },
    });
    const trace = new CallTrace(noTrace);
    const outcomes = await asker.engine.call(source.byUrl)(
      ids.map((id) => ({ id })),
      contextOf({ trace }),
    );
    expect(outcomes).toEqual(ids.map((id) => ({ id })));
    expect(trace.wireRequests).toBe(4);
  });

  it('take no more places at once than their datasource has', async () => {
    const opened = await openFaultyRest(lists, { concurrency: 1 });
    open.push(opened);
    const { server, engine, source } = opened;
    server.behave('*', {
      do: 'choose',
      fault: ({ url }) =>
        json((new URL(url, 'http://x').searchParams.get('ids') ?? '').split(',').map((id) => ({ id }))),
    });
    const outcomes = await engine.call(source.byUrl)(
      ids.map((id) => ({ id })),
      contextOf(),
    );
    expect(outcomes).toEqual(ids.map((id) => ({ id })));
    expect(server.calls()).toBe(4);
  });

  it('travel in one body where the service takes them so', async () => {
    const server = await askAll('byBody');
    expect(server.calls()).toBe(1);
  });

  it('of one key that is too long by itself fail for that key alone', async () => {
    const opened = await openFaultyRest(
      { one: get<{ text: string }, unknown>('/one') },
      { maxUrlLength: 100 },
    );
    open.push(opened);
    expect(await opened.code(opened.source.one, { text: 'x'.repeat(200) })).toBe('BAD_USER_INPUT');
    expect(opened.server.calls()).toBe(0);
  });
});

/** A trace that tells what came from the cache. */
function hitTrace(told: (state: string) => void) {
  const trace = {
    batch: () => trace,
    wire: () => trace,
    cacheHits: told,
    end: () => {},
    unsent: () => {},
    traceparent: () => undefined,
  };
  return trace;
}
