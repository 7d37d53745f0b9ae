import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLimits } from '../../src/access/limits/limits.ts';
import type { PlanLimits } from '../../src/access/limits/plan-limits.ts';
import { ProcessLimits } from '../../src/access/limits/process-limits.ts';
import { Quota } from '../../src/access/limits/quota.ts';
import { SwitchBoard } from '../../src/access/switches/switch-board.ts';
import { openUsage, type Usage, type UsageOptions } from '../../src/access/usage/usage.ts';
import { TributaryError } from '../../src/errors.ts';
import { adminRoute } from '../../src/http/admin/route.ts';
import type { Callers } from '../../src/http/callers.ts';
import { limitedCallers } from '../../src/http/limited-callers.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { steadyClock } from '../../src/util/clock.ts';
import { openTestState, type TestState } from '../access/usage/state.ts';
import { until } from '../support/redis-server.ts';
import { openTestServer, type TestServer } from './test-graph.ts';

const root = {
  id: 'app:root',
  audience: 'INTERNAL',
  tenant: undefined,
  isAuthenticated: true,
  scopes: new Set(['admin:write']),
} as const;

/** A key is the name of its app; `wrong-…` is none. An address is what the request says. */
const callers: Callers = {
  headers: ['x-api-key'],
  take: ({ headers }) => {
    const text = headers['x-api-key'] as string | undefined;
    const key = text === undefined ? undefined : ({ text, location: 'header' } as const);
    const address = (headers['x-from'] as string | undefined) ?? '192.0.2.1';
    return { key, token: undefined, address, origin: undefined };
  },
  identify: ({ key }) => {
    if (key === undefined) return { id: 'anonymous', audience: 'OPEN', tenant: undefined };
    if (key.text.startsWith('wrong')) throw new TributaryError('API_KEY_INVALID');
    const app = key.text;
    if (app === 'root') return { ...root, app, key: `${app}-key` };
    const rest = { audience: 'PARTNER', tenant: app, isAuthenticated: true, plan: 'partner' } as const;
    return { id: `app:${app}`, app, key: `${app}-key`, ...rest };
  },
};

const who = adminRoute({
  name: 'who',
  method: 'GET',
  path: '/who',
  summary: 'Tells who asks.',
  answer: 'The actor.',
  handle: async ({ actor }) => actor,
});

describe('a metered server', () => {
  let server: TestServer;
  let state: TestState;
  let usage: Usage;
  let directory: string;
  let plan: PlanLimits;
  let anonymous: PlanLimits;
  let switches: SwitchBoard;

  async function open(changes: Partial<UsageOptions> = {}): Promise<void> {
    const clock = steadyClock;
    usage = openUsage({
      directory,
      strict: false,
      segmentBytes: 1_000_000,
      maxBytes: 10_000_000,
      retentionDays: 90,
      shipMs: 60_000,
      database: state.database,
      clock,
      log: noLog,
      ...changes,
    });
    const limits = openLimits({
      store: new ProcessLimits(clock),
      quota: new Quota({ database: state.database, clock, log: noLog }),
      planOf: ({ plan: name }) => (name === 'partner' ? plan : undefined),
      anonymous,
      badCredentials: { most: 20, withinMs: 300_000, blockMs: 900_000 },
      clock,
      log: noLog,
    });
    switches = new SwitchBoard(clock);
    server = await openTestServer(
      {},
      { callers: limitedCallers(callers, limits), metering: { limits, usage, switches }, adminRoutes: [who] },
    );
  }

  beforeEach(async () => {
    state = (await openTestState('sqlite')) as TestState;
    directory = mkdtempSync(join(tmpdir(), 'tributary-usage-'));
    plan = { perMinute: 60, burst: 1_000, running: 0 };
    anonymous = plan;
  });
  afterEach(async () => {
    await server.close();
    await usage.close();
    await state.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const asApp = (app: string) => ({ 'x-api-key': app });
  async function events(): Promise<readonly Record<string, unknown>[]> {
    await usage.ship();
    return await state.database.all('SELECT * FROM usage_events ORDER BY seq');
  }
  const firstCode = async (response: Response): Promise<unknown> =>
    ((await response.json()) as { errors?: { extensions: { code: string } }[] }).errors?.[0]?.extensions.code;

  it('writes an operation down with who asked, what became of it, and what it took', async () => {
    await open();
    const response = await server.ask({ query: 'query Names { thing(id: "1") { name } }' }, asApp('acme'));
    const body = await response.text();
    expect(await events()).toMatchObject([
      {
        request: response.headers.get('x-request-id'),
        app: 'acme',
        api_key: 'acme-key',
        caller: 'app:acme',
        audience: 'PARTNER',
        name: 'Names',
        kind: 'query',
        outcome: 'ok',
        code: null,
        count: 1,
        bytes: Buffer.byteLength(body),
        upstream: '{"things":1}',
        fields: '[]',
      },
    ]);
    const [event] = await events();
    expect(event?.operation).toMatch(/^[0-9a-f]{64}$/);
    expect(event?.units).toBeGreaterThan(0);
    expect(event?.micros).toBeGreaterThan(100);
  });

  it('is written before the last byte of its answer is sent: it is there when the client has read it', async () => {
    await open();
    await server.ask({ query: '{ hello }' }, asApp('acme'));
    expect(await events()).toHaveLength(1);
  });

  it('counts whole answers that are kept, and GET, like all others', async () => {
    await open();
    const get = `${server.url}/graphql?query=${encodeURIComponent('{ hello }')}`;
    for (let time = 0; time < 4; time++) {
      await (await server.ask({ query: '{ hello }' }, asApp('acme'))).text();
      await (await fetch(get, { headers: { ...asApp('acme'), 'content-type': 'application/json' } })).text();
    }
    const all = await events();
    expect(all).toHaveLength(8);
    expect(new Set(all.map(({ operation }) => operation)).size).toBe(1);
    expect(server.reads()).toBeLessThan(8);
  });

  it('names the fields that failed by the schema, and tells an answer in part from one without data', async () => {
    await open();
    const half =
      '{ fine: hello  no: fails(how: "known") ...on Query { other: thing(id: "1") { self { nick: name } } } }';
    server.backend.behave((_ids, _request, response) => response.writeHead(500).end());
    await (await server.ask({ query: half }, asApp('acme'))).text();
    await (await server.ask({ query: '{ fails(how: "known") }' }, asApp('acme'))).text();
    expect(await events()).toMatchObject([
      { outcome: 'partial', code: 'CONFLICT', fields: '["Query.fails","Query.thing"]' },
      { outcome: 'error', code: 'CONFLICT', fields: '["Query.fails"]' },
    ]);
  });

  it('bills what a client has left after it had begun, as aborted', async () => {
    await open();
    server.backend.behave(() => {});
    const controller = new AbortController();
    const asked = fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...asApp('acme') },
      body: '{"query":"{ thing(id: 1) { name } }"}',
      signal: controller.signal,
    });
    await until(() => server.backend.counts.requests === 1);
    controller.abort();
    await asked.catch(() => {});
    await until(async () => (await events()).length === 1);
    expect(await events()).toMatchObject([{ outcome: 'aborted', code: 'CLIENT_CLOSED' }]);
  });

  it('counts what is refused before it begins, and bills none of it', async () => {
    await open();
    await (await server.ask({ query: '{ nothing }' }, asApp('acme'))).text();
    await (await server.ask({ query: '{ nothing }' }, asApp('acme'))).text();
    await (await server.ask({ query: '{ nothing }' })).text();
    expect(await events()).toMatchObject([
      { app: 'acme', outcome: 'refused', code: 'GRAPHQL_VALIDATION_FAILED', count: 2, units: 0 },
    ]);
  });

  it('tells on every answer what is left, and refuses what is too much with the time to wait', async () => {
    plan = { perMinute: 1, burst: 3, running: 0 };
    await open();
    const policy = '"requests";q=1;w=60';
    const answers = [];
    for (const query of ['{ hello }', '{ hello }', '{ nothing }', '{ hello }'])
      answers.push(await server.ask({ query }, asApp('acme')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers.map(({ headers }) => headers.get('ratelimit-policy'))).toEqual([
      policy,
      policy,
      policy,
      policy,
    ]);
    expect(answers.map(({ headers }) => headers.get('ratelimit'))).toEqual([
      '"requests";r=2;t=60',
      '"requests";r=1;t=120',
      '"requests";r=0;t=180',
      '"requests";r=0;t=60',
    ]);
    expect(answers[3]?.headers.get('retry-after')).toBe('60');
    expect(await firstCode(answers[3] as Response)).toBe('RATE_LIMITED');
    expect((await server.ask({ query: '{ hello }' }, asApp('other'))).status).toBe(200);
    expect((await server.ask({ query: '{ hello }' })).status).toBe(200);
  });

  it('counts somebody unknown by their address, whole answers that are kept included', async () => {
    anonymous = { perMinute: 1, burst: 5, running: 0 };
    await open();
    const ask = async (from: string) => (await server.ask({ query: '{ hello }' }, { 'x-from': from })).status;
    const statuses = [];
    for (let time = 0; time < 6; time++) statuses.push(await ask('192.0.2.7'));
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    expect(server.reads()).toBeLessThan(5);
    expect(await ask('192.0.2.8')).toBe(200);
  });

  it('C06: refuses more than may be under way at the same time, and lets the next in when one is answered', async () => {
    plan = { perMinute: 6_000, burst: 1_000, running: 5 };
    await open();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.backend.behave((ids, _request, response) => {
      void held.then(() => response.end(JSON.stringify({ [ids]: 'late' })));
    });
    const asked = Array.from({ length: 200 }, (_, id) =>
      server.ask({ query: `{ thing(id: "${id}") { name } }` }, asApp('acme')),
    );
    await until(() => server.backend.counts.requests === 5);
    const refused: Response[] = [];
    for (const each of asked) void each.then((response) => response.status === 429 && refused.push(response));
    await until(() => refused.length === 195);
    release();
    const all = await Promise.all(asked);
    expect(all.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(await firstCode(refused[0] as Response)).toBe('CONCURRENCY_LIMITED');
    expect((await server.ask({ query: '{ hello }' }, asApp('acme'))).status).toBe(200);
    expect(server.backend.counts.requests).toBe(5);
  });

  it('spends the quota before anything is done, and says when the next begins', async () => {
    plan = { ...plan, quota: { units: 2, period: 'day', prepaid: true } };
    await open();
    const query = '{ thing(id: "1") { name } }';
    const statuses = [];
    for (let time = 0; time < 6; time++) statuses.push((await server.ask({ query }, asApp('acme'))).status);
    expect(statuses[0]).toBe(200);
    const refused = await server.ask({ query }, asApp('acme'));
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const { errors } = (await refused.json()) as { errors: { extensions: Record<string, unknown> }[] };
    expect(errors[0]?.extensions).toMatchObject({ code: 'QUOTA_EXCEEDED', quota: 2 });
    expect(server.backend.counts.requests).toBe(statuses.filter((status) => status === 200).length);
    const booked = await events();
    expect(booked.filter(({ outcome }) => outcome === 'ok')).toHaveLength(server.backend.counts.requests);
  });

  it('A05: twenty different wrong keys from one address block it, also for the right one', async () => {
    await open();
    for (let tried = 0; tried < 20; tried++)
      expect((await server.ask({ query: '{ hello }' }, asApp(`wrong-${tried}`))).status).toBe(401);
    const blocked = await server.ask({ query: '{ hello }' }, asApp('acme'));
    expect([blocked.status, await firstCode(blocked)]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(800);
    expect(await events()).toEqual([]);
  });

  it('O06: refuses what is switched off before anything is done', async () => {
    await open();
    expect((await server.ask({ query: '{ hello }' }, asApp('acme'))).status).toBe(200);
    switches.replace([
      { target: 'app', name: 'acme', reason: 'test', actor: 'test', at: 0, until: undefined } as never,
    ]);
    const blocked = await server.ask({ query: '{ hello }' }, asApp('acme'));
    expect([blocked.status, await firstCode(blocked)]).toEqual([403, 'OPERATION_BLOCKED']);
  });

  it('O06: takes the rights of an administrator from a key that is switched off', async () => {
    await open();
    const ask = () => fetch(`${server.adminUrl}/admin/who`, { headers: asApp('root') });
    const off = (target: string, name: string) => [{ target, name, expiresAt: undefined } as never];
    expect(await (await ask()).json()).toMatchObject({ id: 'app:root', address: '192.0.2.1' });
    for (const [target, name] of [
      ['key', 'root-key'],
      ['app', 'root'],
    ] as const) {
      switches.replace(off(target, name));
      const blocked = await ask();
      expect([blocked.status, await firstCode(blocked)]).toEqual([403, 'OPERATION_BLOCKED']);
    }
    // Or nobody could switch it on again.
    switches.replace(off('audience', 'INTERNAL'));
    expect((await ask()).status).toBe(200);
  });

  it('strict: no answer goes out whose usage is not on the disk', async () => {
    let isFull = false;
    const write = (file: number, text: string): number => {
      if (isFull)
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      return writeSync(file, text);
    };
    await open({ strict: true, write });
    expect((await server.ask({ query: '{ hello }' }, asApp('acme'))).status).toBe(200);
    isFull = true;
    const first = await server.ask({ query: '{ hello }' }, asApp('acme'));
    expect([first.status, await firstCode(first)]).toEqual([503, 'OVERLOADED']);
    const second = await server.ask({ query: '{ thing(id: "1") { name } }' }, asApp('acme'));
    expect([second.status, await firstCode(second)]).toEqual([503, 'OVERLOADED']);
    expect(server.backend.counts.requests).toBe(0);
  });

  it('O02: not strict, it answers while nothing can be written, and writes it down afterwards', async () => {
    let isFull = true;
    const write = (file: number, text: string): number => {
      if (isFull)
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      return writeSync(file, text);
    };
    await open({ write });
    for (let time = 0; time < 10; time++)
      expect((await server.ask({ query: '{ hello }' }, asApp('acme'))).status).toBe(200);
    isFull = false;
    await until(async () => (await events()).length === 10);
  });
});
