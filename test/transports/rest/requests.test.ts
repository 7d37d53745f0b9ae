import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { env } from '../../../src/config/setting.ts';
import { codeOf } from '../../../src/errors.ts';
import { constant } from '../../../src/graph/binding.ts';
import type { CallContext } from '../../../src/operations/call.ts';
import type { OperationSpecs } from '../../../src/operations/datasource.ts';
import { openEngine } from '../../../src/operations/engine.ts';
import type { OperationSpec } from '../../../src/operations/operation.ts';
import { noTrace } from '../../../src/telemetry/trace.ts';
import { get, patch, post, put, remove } from '../../../src/transports/rest/builders.ts';
import type { RestOptions } from '../../../src/transports/rest/options.ts';
import { rest } from '../../../src/transports/rest/rest.ts';
import { csv, repeat } from '../../../src/transports/rest/slots.ts';
import { httpServer, type Received, sendJson, type TestServer } from '../../support/http-server.ts';
import { openDatasource } from '../../support/open-datasource.ts';

let server: TestServer;
beforeAll(async () => {
  server = await httpServer((_, response) => sendJson(response, {}));
});
afterAll(() => server.stop());

type AnySpec = OperationSpecs[string];
type DatasourceChanges = Partial<RestOptions<Record<string, AnySpec>>>;

/** Asks one operation once; what the server received, or the error. */
async function send<I>(
  spec: OperationSpec<I, unknown>,
  input: I,
  options: DatasourceChanges = {},
  context: Partial<CallContext> = {},
): Promise<Received | Error> {
  const datasource = rest('shop', {
    baseUrl: `${server.url}/v1`,
    ...(options as object),
    operations: { asked: spec },
  });
  const open = await openDatasource(datasource, { API_KEY: 'k-1', REGION: 'eu' });
  const before = server.received.length;
  const [outcome] = await open.ask(datasource.asked as never, [input], context);
  await open.close();
  if (outcome instanceof Error) {
    expect(server.received).toHaveLength(before);
    return outcome;
  }
  return server.received.at(-1) as Received;
}

/** Why a server with this operation does not start. */
async function problemOf(spec: AnySpec, options: DatasourceChanges = {}): Promise<string> {
  const datasource = rest('shop', {
    baseUrl: server.url,
    ...(options as object),
    operations: { asked: spec },
  });
  try {
    await (await openEngine([datasource], { variables: {} })).close();
  } catch (thrown) {
    return (thrown as Error).message;
  }
  return 'It started.';
}

describe('the path of a request', () => {
  const spec = get<{ id: unknown; part?: unknown }, unknown>('/riders/{id}/rides');

  it('holds each value as one segment, below the base path', async () => {
    expect(await send(spec, { id: 'R 1/2?x#y%ü' })).toMatchObject({
      url: '/v1/riders/R%201%2F2%3Fx%23y%25%C3%BC/rides',
    });
    expect(await send(spec, { id: 7n })).toMatchObject({ url: '/v1/riders/7/rides' });
  });

  it.each([
    '',
    '.',
    '..',
    '../admin',
    'a/../b',
    '..\\x',
    'a/.',
    null,
    undefined,
    {},
    ['a'],
    Number.NaN,
    'x\ud800',
  ])('refuses %j, naming the input', async (id) => {
    const outcome = await send(spec, { id });
    expect(codeOf(outcome)).toBe('BAD_USER_INPUT');
    expect((outcome as Error).message).toContain('`id`');
    expect(outcome).toMatchObject({ service: 'shop' });
  });

  it('is never left, whatever the value: one request to this path with this value, or none', async () => {
    const datasource = rest('shop', {
      baseUrl: `${server.url}/v1`,
      operations: { asked: get<{ id: string; q: string }, unknown>('/a/{id}/b') },
    });
    const open = await openDatasource(datasource);
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc
        .array(fc.constantFrom('..', '.', '/', '\\', '%2e', '%2f', '?', '#', '&', '=', '@', ':', '\r\n', 'x'))
        .map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(nasty, nasty, async (id, q) => {
        const before = server.received.length;
        const [outcome] = await open.ask(datasource.asked, [{ id, q }]);
        if (outcome instanceof Error) {
          expect(codeOf(outcome)).toBe('BAD_USER_INPUT');
          expect(server.received).toHaveLength(before);
          return;
        }
        expect(server.received).toHaveLength(before + 1);
        const url = new URL(server.received[before]?.url ?? '', server.url);
        const [, v1, a, segment, b, ...further] = url.pathname.split('/');
        expect([v1, a, b, further]).toEqual(['v1', 'a', 'b', []]);
        expect(decodeURIComponent(segment ?? '')).toBe(id);
        expect([...url.searchParams]).toEqual([['q', q]]);
      }),
      { numRuns: 200 },
    );
    await open.close();
  });

  it.each([
    ['riders/{id}', 'must begin with a slash'],
    ['/riders/{id', 'brace'],
    ['/riders/id}', 'brace'],
    ['/riders/{}', 'names no input'],
    ['/riders/{a b}', 'names no input'],
    ['/riders/{id}/x/{id}', 'twice'],
    ['/riders?x=1', '`query`'],
    ['//host/{id}', 'empty segment'],
    ['/a/../{id}', 'segments'],
    ['/a b/{id}', 'percent-encoded'],
  ])('cannot be made of the template %s', async (path, problem) => {
    expect(await problemOf(get<object, unknown>(path))).toContain(problem);
  });
});

describe('the query of a request', () => {
  it('holds single values, lists by commas, repeated lists, constants and settings', async () => {
    const spec = get<
      { ids: readonly string[]; tags: readonly string[]; first: number; deep?: boolean },
      unknown
    >('/rides', {
      query: {
        ids: csv('ids'),
        tag: repeat('tags'),
        'page[first]': 'first',
        deep: 'deep',
        expand: constant('driver'),
        region: env('REGION'),
      },
    });
    const sent = await send(spec, { ids: ['a', 'b,c'], tags: ['x&y', 'z'], first: 5, deep: undefined });
    expect(sent).toMatchObject({
      url: '/v1/rides?ids=a,b%2Cc&tag=x%26y&tag=z&page%5Bfirst%5D=5&expand=driver&region=eu',
    });
  });

  it('takes every input that nothing else takes, by its own name', async () => {
    const spec = get<{ id: string; status: string; limit: number | null }, unknown>('/riders/{id}', {
      query: { state: 'status' },
    });
    expect(await send(spec, { id: 'a', status: 'a&admin=1', limit: null })).toMatchObject({
      url: '/v1/riders/a?state=a%26admin%3D1',
    });
    expect(await send(spec, { id: 'a', status: 'b;c=1', limit: 3 })).toMatchObject({
      url: '/v1/riders/a?state=b%3Bc%3D1&limit=3',
    });
  });

  it('refuses lists and objects where a single value is sent, and single values where a list is', async () => {
    for (const odd of [['a'], { a: 1 }, new Date(0), Number.POSITIVE_INFINITY]) {
      const outcome = await send(get<{ q: unknown }, unknown>('/rides'), { q: odd });
      expect(codeOf(outcome)).toBe('BAD_USER_INPUT');
      expect((outcome as Error).message).toContain('`q`');
    }
    const list = get<{ ids: readonly string[] }, unknown>('/rides', { query: { ids: csv('ids') } });
    for (const odd of ['a', [['a']], [null]])
      expect(codeOf(await send(list, { ids: odd as never }))).toBe('BAD_USER_INPUT');
  });
});

describe('the headers of a request', () => {
  it('are those of the datasource, of the operation, of the trace and of the request', async () => {
    const spec = get<{ language: string; id: string }, unknown>('/x', {
      headers: { 'Accept-Language': 'language', 'X-Version': constant(2), 'X-Key': env('API_KEY') },
    });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const sent = await send(
      spec,
      { language: 'pt', id: 'a' },
      { headers: { 'X-Key': 'overridden', 'X-Region': env('REGION') } },
      { requestId: 'req-9', trace: { ...noTrace, traceparent: () => traceparent } },
    );
    expect(sent).toMatchObject({
      url: '/v1/x?id=a',
      headers: {
        accept: 'application/json',
        'accept-language': 'pt',
        'x-version': '2',
        'x-key': 'k-1',
        'x-region': 'eu',
        'x-request-id': 'req-9',
        traceparent,
      },
    });
  });

  it.each(['a\r\nX-Admin: 1', 'nul\0', '🚕'])('refuse the value %j, naming the input', async (name) => {
    const outcome = await send(get<{ name: string }, unknown>('/x', { headers: { 'X-Name': 'name' } }), {
      name,
    });
    expect(codeOf(outcome)).toBe('BAD_USER_INPUT');
    expect((outcome as Error).message).toContain('`name`');
  });

  it('cannot be ones that the connection sets, nor have odd names or values', async () => {
    for (const name of ['Host', 'content-length', 'Transfer-Encoding', 'Connection', 'a b', 'a\nb', ''])
      expect(await problemOf(get<object, unknown>('/x', { headers: { [name]: constant('v') } }))).toMatch(
        /header/,
      );
    const problem = await problemOf(get<object, unknown>('/x'), { headers: { 'X-Key': 'secret\nvalue' } });
    expect(problem).toContain('`X-Key`');
    expect(problem).not.toContain('secret');
  });
});

describe('the body of a request', () => {
  interface Rating {
    readonly id: string;
    readonly stars: number;
    readonly comment?: string | null;
  }

  it('is JSON of every input that nothing else takes', async () => {
    for (const [method, build] of Object.entries({ POST: post, PUT: put, PATCH: patch })) {
      const sent = (await send(build<Rating, unknown>('/rides/{id}/rating'), {
        id: 'a',
        stars: 5,
        comment: null,
      })) as Received;
      expect(sent).toMatchObject({ method, url: '/v1/rides/a/rating', body: '{"stars":5,"comment":null}' });
      expect(sent.headers['content-type']).toBe('application/json');
    }
  });

  it('is a form where it says so', async () => {
    const sent = (await send(post<Rating, unknown>('/rides/{id}/rating', { body: 'form' }), {
      id: 'a',
      stars: 5,
      comment: 'a&stars=1 ü',
    })) as Received;
    expect([...new URLSearchParams(sent.body)]).toEqual([
      ['stars', '5'],
      ['comment', 'a&stars=1 ü'],
    ]);
    expect(sent.headers['content-type']).toBe('application/x-www-form-urlencoded');
    const named = post<{ number: string; tags: readonly string[] }, unknown>('/cards', {
      body: {
        as: 'form',
        inputs: { 'card[number]': 'number', 'tags[]': repeat('tags'), currency: constant('eur') },
      },
    });
    expect(await send(named, { number: '00123', tags: ['a', 'b'] })).toMatchObject({
      body: 'card%5Bnumber%5D=00123&tags%5B%5D=a&tags%5B%5D=b&currency=eur',
    });
  });

  it('is the declared inputs; the others become query parameters', async () => {
    const spec = post<Rating, unknown>('/rides/{id}/rating', { body: { as: 'json', inputs: ['comment'] } });
    expect(await send(spec, { id: 'a', stars: 5, comment: 'x' })).toMatchObject({
      url: '/v1/rides/a/rating?stars=5',
      body: '{"comment":"x"}',
    });
    const whole = post<{ ids: readonly string[] }, unknown>('/rides/search', {
      kind: 'read',
      body: { as: 'json', whole: 'ids' },
    });
    expect(await send(whole, { ids: ['a', 'b'] })).toMatchObject({
      url: '/v1/rides/search',
      body: '["a","b"]',
    });
  });

  it('is absent from DELETE, whose inputs become query parameters', async () => {
    const sent = (await send(remove<{ id: string; reason: string }, unknown>('/rides/{id}'), {
      id: 'a',
      reason: 'late',
    })) as Received;
    expect(sent).toMatchObject({ method: 'DELETE', url: '/v1/rides/a?reason=late', body: '' });
    expect(sent.headers['content-type']).toBeUndefined();
  });

  it('writes bigints as text and refuses what JSON cannot hold', async () => {
    const spec = post<{ amount: unknown }, unknown>('/x');
    expect(await send(spec, { amount: 9007199254740993n })).toMatchObject({
      body: '{"amount":"9007199254740993"}',
    });
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(codeOf(await send(spec, { amount: loop }))).toBe('BAD_USER_INPUT');
  });
});

describe('an idempotency key', () => {
  interface NewRide {
    readonly rider: string;
    readonly idempotencyKey: string;
  }

  it('is sent as a header, not in the body, and makes the write one that may be tried again', async () => {
    const spec = post<NewRide, unknown>('/rides', { idempotencyKey: true });
    expect(spec.options.idempotent).toBe(true);
    expect(post<NewRide, unknown>('/rides').options.idempotent).toBe(false);
    const sent = (await send(spec, { rider: 'a', idempotencyKey: 'k-77' })) as Received;
    expect(sent.headers['idempotency-key']).toBe('k-77');
    expect(sent.body).toBe('{"rider":"a"}');
    const named = post<NewRide, unknown>('/rides', {
      idempotencyKey: { input: 'idempotencyKey', header: 'X-Once' },
    });
    expect(((await send(named, { rider: 'a', idempotencyKey: 'k' })) as Received).headers['x-once']).toBe(
      'k',
    );
  });

  it('must be there', async () => {
    for (const key of ['', null, undefined]) {
      const outcome = await send(post<NewRide, unknown>('/rides', { idempotencyKey: 'idempotencyKey' }), {
        rider: 'a',
        idempotencyKey: key as never,
      });
      expect(codeOf(outcome)).toBe('BAD_USER_INPUT');
      expect((outcome as Error).message).toContain('`idempotencyKey`');
    }
  });
});

describe('a definition that cannot work stops the start', () => {
  it.each([
    ['an unknown option', get<object, unknown>('/x', { qurey: {} } as object), 'no option `qurey`'],
    [
      'an unknown option, with those that there are',
      get<object, unknown>('/x', { cach: {} } as object),
      'cache',
    ],
    ['a status that is none', get<object, unknown>('/x', { onStatus: { 42: null } }), '42'],
    ['a code that is none', get<object, unknown>('/x', { onStatus: { 404: 'ODD' as never } }), '`ODD`'],
    [
      'a code that is none, in words',
      get<object, unknown>('/x', { onStatus: { 404: { code: 'ODD' as never, message: 'Odd.' } } }),
      '`ODD`',
    ],
    ['an empty step in `answer`', get<object, unknown>('/x', { answer: 'a..b' }), '`answer`'],
    ['a body of a GET', get<object, unknown>('/x', { body: 'json' } as object), 'GET has no body'],
    ['a slot of no kind', get<object, unknown>('/x', { query: { a: {} as never } }), '`a`'],
  ])('%s', async (_, spec, problem) => {
    expect(await problemOf(spec)).toContain(problem);
  });

  it.each([
    ['an unknown option', { conections: 1 } as object, 'no option `conections`'],
    ['an address that is none', { baseUrl: 'rides:4101' }, '`baseUrl`'],
    ['a setting that is missing', { headers: { 'X-Key': env('NO_SUCH') } }, 'NO_SUCH'],
    ['a health path without a slash', { healthPath: 'health' }, '`healthPath`'],
  ])('%s of the datasource', async (_, options, problem) => {
    expect(await problemOf(get<object, unknown>('/x'), options)).toContain(problem);
  });

  it('an idempotency key of a read', async () => {
    const spec = post<{ k: string }, unknown>('/x', { kind: 'read', idempotencyKey: 'k' });
    expect(await problemOf(spec)).toContain('`idempotencyKey` is for writes');
  });
});
