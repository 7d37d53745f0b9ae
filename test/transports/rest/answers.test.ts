import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, type TributaryError } from '../../../src/errors.ts';
import type { Scope } from '../../../src/operations/operation.ts';
import { Described, type Outcome, type Validator } from '../../../src/operations/outcome.ts';
import { get, post } from '../../../src/transports/rest/builders.ts';
import type { ReadOptions } from '../../../src/transports/rest/options.ts';
import { rest } from '../../../src/transports/rest/rest.ts';
import { httpServer, type TestServer } from '../../support/http-server.ts';
import { type OpenDatasource, openDatasource } from '../../support/open-datasource.ts';

interface Canned {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

let server: TestServer;
let canned: Canned = {};
const opened: OpenDatasource[] = [];
beforeAll(async () => {
  server = await httpServer((_, response) => {
    const { status = 200, headers = {}, body = '' } = canned;
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  });
});
afterEach(async () => {
  for (const open of opened.splice(0)) await open.close();
});
afterAll(() => server.stop());

/** The outcome of one operation for what the server answers. */
async function outcomeOf(
  answer: Canned,
  options: ReadOptions<{ id: string }, unknown> & { kind?: 'read' | 'write'; validator?: Validator } = {},
): Promise<Outcome<unknown>> {
  canned = answer;
  const { kind = 'read', validator, ...request } = options;
  const spec =
    kind === 'read'
      ? get<{ id: string }, unknown>('/x/{id}', request)
      : post<{ id: string }, unknown>('/x/{id}', { ...request, cache: undefined });
  const datasource = rest('shop', { baseUrl: server.url, operations: { asked: spec } });
  const open = await openDatasource(datasource);
  opened.push(open);
  const input = { id: 'a' };
  const validators = validator === undefined ? undefined : new Map([[input, validator]]);
  const [outcome] = await open.ask(datasource.asked, [input], { validators });
  if (outcome instanceof Error) expect((outcome as TributaryError).service).toBe('shop');
  return outcome;
}

const json = (body: string | Buffer): Canned => ({ body });

describe('a JSON body', () => {
  it.each([
    ['{"a":[1,2.5,-3e2,true,null,"x"]}', { a: [1, 2.5, -300, true, null, 'x'] }],
    ['\ufeff{"a":1}', { a: 1 }],
    [' "text" ', 'text'],
    ['null', null],
    ['{"id":9007199254740993}', { id: '9007199254740993' }],
    [
      '[-9223372036854775808,9007199254740991,9007199254740992]',
      ['-9223372036854775808', 9007199254740991, '9007199254740992'],
    ],
    [
      '{"a":"9007199254740993","b":"\\"12345678901234567890","c":12345678901234567890}',
      {
        a: '9007199254740993',
        b: '"12345678901234567890',
        c: '12345678901234567890',
      },
    ],
    [
      '[1.12345678901234567,1e100,"\\\\",12345678901234567890]',
      [1.1234567890123457, 1e100, '\\', '12345678901234567890'],
    ],
  ])('%s keeps its digits', async (body, value) => {
    expect(await outcomeOf(json(body))).toEqual(value);
  });

  it('plants nothing in prototypes', async () => {
    const bodies = [
      '{"__proto__":{"isAdmin":true},"a":1}',
      '{"\\u005f_proto__":{"isAdmin":true},"a":1}',
      '{"a":1,"constructor":{"prototype":{"isAdmin":true}}}',
    ];
    for (const body of bodies) {
      const value = (await outcomeOf(json(body))) as Record<string, unknown>;
      expect(value.a).toBe(1);
      expect(Object.hasOwn(value, '__proto__')).toBe(false);
      expect((Object.assign({}, value) as { isAdmin?: unknown }).isAdmin).toBeUndefined();
      expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();
    }
  });

  it.each([
    ['HTML', { headers: { 'content-type': 'text/html' }, body: '<html>' }],
    ['JSON that says it is HTML', { headers: { 'content-type': 'text/html' }, body: '{}' }],
    ['truncated', json('{"a": [1, 2')],
    ['two values', json('{"a":1}{"b":2}')],
    ['a value and something behind it', json('{"a":1} x')],
    ['empty', json('')],
    ['not UTF-8', json(Buffer.from([0x22, 0xff, 0x22]))],
    ['a number beyond every double', json('{"a":1e999}')],
    ['a redirect', { status: 302, headers: { location: 'http://evil.example/' } }],
    ['"not modified" to a question that named nothing', { status: 304 }],
  ])('that is %s is UPSTREAM_INVALID_RESPONSE', async (_, answer: Canned) => {
    expect(codeOf(await outcomeOf(answer))).toBe('UPSTREAM_INVALID_RESPONSE');
  });

  it('may be of any JSON type', async () => {
    for (const type of [
      'application/json; charset=utf-8',
      'application/hal+json',
      'TEXT/JSON',
      'application/problem+json',
    ])
      expect(await outcomeOf({ headers: { 'content-type': type }, body: '1' })).toBe(1);
  });

  it('is null where there is none to expect', async () => {
    expect(await outcomeOf({ status: 204 })).toBeNull();
    expect(await outcomeOf({ status: 205 })).toBeNull();
    expect(await outcomeOf({ status: 201 }, { kind: 'write' })).toBeNull();
    expect(await outcomeOf({ status: 202 }, { kind: 'write' })).toBeNull();
    expect(codeOf(await outcomeOf({ status: 201 }))).toBe('UPSTREAM_INVALID_RESPONSE');
  });
});

describe('the part that is the answer', () => {
  it('is found by a path or a function', async () => {
    expect(await outcomeOf(json('{"page":{"rides":[1]}}'), { answer: 'page.rides' })).toEqual([1]);
    expect(await outcomeOf(json('{"page":null}'), { answer: 'page' })).toBeNull();
    const answer = (body: unknown, { id }: { id: string }) => [body, id];
    expect(await outcomeOf(json('1'), { answer })).toEqual([1, 'a']);
  });

  it('must be there', async () => {
    for (const path of ['rides', 'page.rides.0.x', '__proto__', 'constructor.name'])
      expect(codeOf(await outcomeOf(json('{"page":{"rides":[]}}'), { answer: path }))).toBe(
        'UPSTREAM_INVALID_RESPONSE',
      );
    const answer = (body: unknown) => (body as { a: { b: unknown } }).a.b;
    expect(codeOf(await outcomeOf(json('null'), { answer }))).toBe('UPSTREAM_INVALID_RESPONSE');
  });
});

describe('a status', () => {
  it.each([
    [400, 'DOWNSTREAM_SERVICE_ERROR', 'BAD_USER_INPUT'],
    [401, 'DOWNSTREAM_SERVICE_ERROR', 'DOWNSTREAM_SERVICE_ERROR'],
    [403, 'DOWNSTREAM_SERVICE_ERROR', 'DOWNSTREAM_SERVICE_ERROR'],
    [404, 'NOT_FOUND', 'NOT_FOUND'],
    [409, 'CONFLICT', 'CONFLICT'],
    [412, 'CONFLICT', 'CONFLICT'],
    [410, 'NOT_FOUND', 'NOT_FOUND'],
    [418, 'DOWNSTREAM_SERVICE_ERROR', 'DOWNSTREAM_SERVICE_ERROR'],
    [422, 'DOWNSTREAM_SERVICE_ERROR', 'BAD_USER_INPUT'],
    [429, 'UPSTREAM_RATE_LIMITED', 'UPSTREAM_RATE_LIMITED'],
    [500, 'DOWNSTREAM_SERVICE_ERROR', 'DOWNSTREAM_SERVICE_ERROR'],
    [502, 'UPSTREAM_UNAVAILABLE', 'UPSTREAM_UNAVAILABLE'],
    [503, 'UPSTREAM_UNAVAILABLE', 'UPSTREAM_UNAVAILABLE'],
    [504, 'UPSTREAM_UNAVAILABLE', 'UPSTREAM_UNAVAILABLE'],
  ])(
    '%d means %s to a read and %s to a write, and its text reaches no client',
    async (status, read, write) => {
      const answer = { status, headers: { 'content-type': 'text/plain' }, body: 'secret text' };
      for (const [kind, code] of [
        ['read', read],
        ['write', write],
      ] as const) {
        const error = (await outcomeOf(answer, { kind })) as TributaryError;
        expect(error.code).toBe(code);
        expect(JSON.stringify([error.message, error.shown])).not.toContain('secret');
        expect(error.detail).toContain('secret text');
      }
    },
  );

  it('means what the definition says first', async () => {
    const onStatus = { 404: null, 418: 'CONFLICT', 200: 'NOT_FOUND' } as const;
    expect(await outcomeOf({ status: 404, body: 'x' }, { onStatus })).toBeNull();
    expect(codeOf(await outcomeOf({ status: 418 }, { onStatus }))).toBe('CONFLICT');
    expect(codeOf(await outcomeOf({ status: 200, body: '1' }, { onStatus }))).toBe('NOT_FOUND');
    const said = { 400: { code: 'BAD_USER_INPUT', message: '`after` is no cursor of this list.' } } as const;
    expect(await outcomeOf({ status: 400, body: 'secret' }, { onStatus: said })).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: '`after` is no cursor of this list.',
    });
  });

  it.each([
    ['2', 2_000],
    ['0', 0],
    ['-5', undefined],
    ['soon', undefined],
    ['9999999999', 86_400_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ])('with `Retry-After: %s` asks to wait %s ms', async (value, retryAfterMs) => {
    const outcome = await outcomeOf({ status: 429, headers: { 'retry-after': value } });
    expect((outcome as TributaryError).retryAfterMs).toBe(retryAfterMs);
  });
});

describe('what the headers say about keeping an answer', () => {
  const described = async (headers: Record<string, string>, scope: Scope = 'public') => {
    const outcome = await outcomeOf({ headers, body: '1' }, { scope });
    return outcome instanceof Described ? outcome.description : outcome;
  };

  it.each([
    [{}, 1],
    [{ 'cache-control': 'public' }, 1],
    [{ 'cache-control': 'max-age=60' }, { freshness: { ttlMs: 60_000 } }],
    [{ 'cache-control': 'max-age=60, s-maxage=10' }, { freshness: { ttlMs: 10_000 } }],
    [{ 'cache-control': 'max-age=60', age: '45' }, { freshness: { ttlMs: 15_000 } }],
    [{ 'cache-control': 'max-age=60', age: '90' }, { freshness: { ttlMs: 0 } }],
    [{ 'cache-control': 'Max-Age="60"' }, { freshness: { ttlMs: 60_000 } }],
    [{ 'cache-control': 'max-age=soon' }, { freshness: { ttlMs: 0 } }],
    [{ 'cache-control': 'max-age=99999999999999' }, { freshness: { ttlMs: 31_536_000_000 } }],
    [
      { 'cache-control': 'no-cache', etag: '"1"' },
      { freshness: { ttlMs: 0 }, validator: { etag: '"1"' } },
    ],
    [
      { 'cache-control': 'max-age=1, stale-while-revalidate=2, stale-if-error=3' },
      { freshness: { ttlMs: 1_000, staleWhileRevalidateMs: 2_000, staleIfErrorMs: 3_000 } },
    ],
    [
      { 'cache-control': 'max-age=1, must-revalidate, stale-if-error=3' },
      { freshness: { ttlMs: 1_000, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 } },
    ],
    [{ 'cache-control': 'no-store, max-age=9' }, { freshness: { ttlMs: 9_000 }, storable: false }],
    [{ 'cache-control': 'private' }, { storable: false }],
    [{ vary: '*' }, { storable: false }],
    [{ vary: 'Accept, Authorization' }, 1],
    [
      { 'last-modified': 'Mon, 30 Jun 2025 10:00:00 GMT' },
      { validator: { lastModified: 'Mon, 30 Jun 2025 10:00:00 GMT' } },
    ],
  ])('%j', async (headers, expected) => {
    expect(await described(headers as Record<string, string>)).toEqual(expected);
  });

  it('lets a caller keep what is private to the caller', async () => {
    expect(await described({ 'cache-control': 'private, max-age=5' }, 'caller')).toEqual({
      freshness: { ttlMs: 5_000 },
    });
  });

  it('forbids to share what varies by a credential that an input gave', async () => {
    const headers = { Authorization: 'id' } as const;
    const answer = { headers: { vary: 'authorization' }, body: '1' };
    expect(await outcomeOf(answer, { headers, scope: 'public' })).toEqual(
      new Described(1, { storable: false }),
    );
    expect(await outcomeOf(answer, { headers, scope: 'caller' })).toBe(1);
  });
});

describe('a question about an answer that is held already', () => {
  it('sends the validators, and takes "not modified" for an answer', async () => {
    const validator = { etag: 'W/"7"', lastModified: 'Mon, 30 Jun 2025 10:00:00 GMT' };
    const answer = { status: 304, headers: { 'cache-control': 'max-age=30', etag: 'W/"7"' } };
    expect(await outcomeOf(answer, { validator })).toEqual(
      new Described(undefined, {
        notModified: true,
        freshness: { ttlMs: 30_000 },
        validator: { etag: 'W/"7"' },
      }),
    );
    expect(server.received.at(-1)?.headers).toMatchObject({
      'if-none-match': 'W/"7"',
      'if-modified-since': 'Mon, 30 Jun 2025 10:00:00 GMT',
    });
  });

  it('takes a changed answer as well', async () => {
    const outcome = await outcomeOf({ headers: { etag: '"8"' }, body: '2' }, { validator: { etag: '"7"' } });
    expect(outcome).toEqual(new Described(2, { validator: { etag: '"8"' } }));
  });
});
