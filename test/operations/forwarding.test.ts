import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../src/caller.ts';
import type { ProblemsError } from '../../src/config/problems.ts';
import { cacheKeyOf } from '../../src/operations/cache-key.ts';
import { operationsOf } from '../../src/operations/datasource.ts';
import { openEngine } from '../../src/operations/engine.ts';
import { forwardedOf, forwardedTo } from '../../src/operations/forwarded.ts';
import { type ForwardingSource, forwardingOf } from '../../src/operations/forwarding.ts';
import { ReturnedHeaders } from '../../src/operations/returned-headers.ts';
import { get } from '../../src/transports/rest/builders.ts';
import { rest } from '../../src/transports/rest/rest.ts';

const anna: Caller = { id: 'anna', audience: 'OPEN', tenant: undefined };
const secret = 'CANARY-77d1';

function problemsOf(source: ForwardingSource): string[] {
  return (forwardingOf(source)?.problems ?? []).map(({ message }) => message);
}

/** What keeps an engine with this datasource from opening. */
async function refusal(
  source: ForwardingSource,
  scope?: 'public' | 'tenant' | 'caller',
  url = 'http://a.test',
) {
  const operations = {
    item: get<{ id: string }, object>('/items/{id}', scope === undefined ? {} : { scope }),
  };
  const datasource = rest('shop', { baseUrl: url, ...(source as object), operations });
  const opening = openEngine([datasource], { variables: {}, placeOf: () => 'datasources/shop.ts' });
  const failed = await opening.then(
    async (engine) => void (await engine.close()),
    (thrown: ProblemsError) => thrown.problems,
  );
  return failed ?? [];
}

describe('I06: what is forwarded', () => {
  it.each([
    'Authorization',
    'Cookie',
    'X-API-Key',
    'Host',
    'Connection',
    'Transfer-Encoding',
    'TE',
    'Upgrade',
    'Proxy-Authorization',
    'Content-Length',
    'Content-Type',
    'Content-Encoding',
    'If-None-Match',
    'Range',
    'Accept',
    'traceparent',
    'X-Request-Id',
    'accept-language\r\nx-evil',
    '',
  ])('is never the header %j', async (name) => {
    expect(problemsOf({ forward: { headers: [name] } })).toEqual([
      expect.stringContaining(`names \`${JSON.stringify(name.toLowerCase()).slice(1, -1)}\``),
    ]);
    const [problem, ...more] = await refusal({ forward: { headers: [name] } });
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ place: 'datasources/shop.ts', subject: 'shop' });
    expect(problem?.mend).toMatch(/^Take .* out of `forward\.headers`\.$/);
  });

  it.each([
    ['a list', { forward: [] }],
    ['an unknown option', { forward: { cookies: true } }],
    ['a name alone', { forward: { headers: 'accept-language' } }],
    ['a token that is text', { forward: { authorization: 'yes' } }],
    ['too many names', { forward: { headers: Array.from({ length: 17 }, (_, index) => `x-${index}`) } }],
    ['names to return that are none', { returns: [1] }],
  ])('is not declared by %s', (_what, source) => {
    expect(problemsOf(source as never)).toHaveLength(1);
  });

  it.each([
    ['a header of its own', { headers: { 'Accept-Language': 'de' } }, { headers: ['accept-language'] }],
    ['a token of its own', { auth: { token: 'x' } }, { authorization: true }],
    ['a name and password of its own', { auth: { username: 'x', password: 'x' } }, { authorization: true }],
    ['a key of its own', { auth: { apiKey: 'x', header: 'X-Tenant' } }, { headers: ['x-tenant'] }],
    ['cookies that all callers share', { cookies: true }, { authorization: true }],
  ])('goes with nothing that it would contradict: %s', (_what, own, forward) => {
    expect(problemsOf({ ...own, forward })).toHaveLength(1);
    expect(problemsOf({ auth: { apiKey: 'x', query: 'key' }, headers: { 'X-Else': '1' }, forward })).toEqual(
      [],
    );
  });

  it('is refused where the address or the operation would stand in for it', async () => {
    const address = await refusal({ forward: { authorization: true } }, undefined, 'http://u:p@a.test');
    expect(address.map(({ message }) => message)).toEqual([expect.stringContaining('holds credentials')]);
    expect(JSON.stringify(address)).not.toContain('u:p');
    const datasource = rest('shop', {
      baseUrl: 'http://a.test',
      forward: { headers: ['x-tenant'] },
      operations: { item: get<{ id: string }, object>('/items', { headers: { 'X-Tenant': 'id' } }) },
    });
    await expect(openEngine([datasource], { variables: {} })).rejects.toThrow(/`X-Tenant` is forwarded/);
  });
});

describe('what is returned', () => {
  it.each([
    'Set-Cookie',
    'Connection',
    'Transfer-Encoding',
    'Content-Length',
    'Content-Security-Policy',
    'X-Frame-Options',
    'Strict-Transport-Security',
    'Cache-Control',
    'Vary',
    'RateLimit',
    'Access-Control-Allow-Origin',
    'X-Request-Id',
    'Location',
  ])('is never the header %s', async (name) => {
    expect(problemsOf({ returns: [name] })).toHaveLength(1);
    expect(await refusal({ returns: [name] })).toHaveLength(1);
  });

  it('is what a header can hold, short, and of a bounded number', () => {
    const returned = new ReturnedHeaders();
    const names = Array.from({ length: 40 }, (_, index) => `x-${index}`);
    const forwarding = { names: [], returns: names, problems: [] };
    returned.take(forwarding, {
      'x-0': 'a\r\nset-cookie: b',
      'x-1': 'š',
      'x-2': 'x'.repeat(1_025),
      'x-3': 'first',
      'x-99': 'undeclared',
    });
    expect(returned.list).toEqual(['x-3', 'first']);
    returned.take(forwarding, { 'x-3': 'last' });
    expect(returned.list).toEqual(['x-3', 'last']);
    returned.take(forwarding, Object.fromEntries(names.map((name) => [name, 'v'])));
    expect(returned.list).toHaveLength(64);
  });
});

describe('the scope of a datasource that forwards', () => {
  const forward = { authorization: true };

  it('is `caller`, and no wider one is let in', async () => {
    expect(await refusal({ forward })).toEqual([]);
    expect(await refusal({ forward }, 'caller')).toEqual([]);
    for (const scope of ['public', 'tenant'] as const) {
      const [problem] = await refusal({ forward }, scope);
      expect(problem).toMatchObject({ place: 'datasources/shop.ts', subject: 'shop.item' });
      expect(problem?.message).toContain('would be shared with others');
    }
    expect(await refusal({ returns: ['x-a'] }, 'public')).toEqual([]);
  });

  it('has a part in the key for what it takes, and for nothing else, by its hash alone', () => {
    const make = (source: ForwardingSource) =>
      operationsOf(
        rest('shop', {
          baseUrl: 'http://a.test',
          ...(source as object),
          operations: { item: get<{ id: string }, object>('/items/{id}') },
        }),
      )[0]?.info as never;
    const key = (of: never, headers: Record<string, string>): string =>
      cacheKeyOf(of, { id: '1' }, anna, forwardedOf(headers));
    const [token, language, none] = [make({ forward }), make({ forward: { headers: ['x-l'] } }), make({})];
    const [one, other] = [
      { authorization: `Bearer ${secret}`, 'x-l': 'de' },
      { authorization: 'Bearer b', 'x-l': 'de' },
    ];
    expect(key(token, one)).not.toBe(key(token, other));
    expect(key(language, one)).toBe(key(language, other));
    expect(key(language, one)).not.toBe(key(language, { 'x-l': 'fr' }));
    expect(key(token, {})).not.toBe(key(token, one));
    expect(key(none, one)).toBe(cacheKeyOf(none, { id: '1' }, anna));
    expect(key(token, one)).not.toContain(secret);
  });

  it('shows what travels to nobody who does not declare it', () => {
    const forwarded = forwardedOf({ authorization: secret, 'x-l': 'de' });
    expect(inspect(forwarded, { depth: 9, showHidden: true }) + JSON.stringify(forwarded)).not.toContain(
      secret,
    );
    expect(forwardedTo({ names: ['x-l'], returns: [], problems: [] }, forwarded)).toEqual({ 'x-l': 'de' });
    expect(forwardedTo({ names: ['x-l'], returns: [], problems: [] }, undefined)).toEqual({});
  });
});
