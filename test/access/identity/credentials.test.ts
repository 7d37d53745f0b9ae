import { describe, expect, it } from 'vitest';
import { clientAddressBy } from '../../../src/access/identity/address.ts';
import {
  type CredentialsRequest,
  takeCredentials,
  withBodyKey,
} from '../../../src/access/identity/credentials.ts';

const addressOf = clientAddressBy([]);
const [one, other] = ['trib_live_aaa', 'trib_live_bbb'];

/** A request as Node reads it: later headers of `Authorization` are dropped, others are joined. */
function requestOf(raw: readonly (readonly [string, string])[], url = '/graphql'): CredentialsRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of raw) {
    const lower = name.toLowerCase();
    if (headers[lower] === undefined) headers[lower] = value;
    else if (lower !== 'authorization') headers[lower] += `, ${value}`;
  }
  return { headers, rawHeaders: raw.flat(), url, socket: { remoteAddress: '192.0.2.1' } };
}

function taken(raw: readonly (readonly [string, string])[], url?: string, body?: unknown): unknown {
  try {
    const { key, token } = withBodyKey(takeCredentials(requestOf(raw, url), addressOf), body);
    return { ...key, ...(token === undefined ? {} : { token }) };
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
}

describe('A02: credentials', () => {
  it.each([
    ['a bearer key', [['Authorization', `Bearer ${one}`]], { text: one, location: 'header' }],
    [
      'a bearer key, however written',
      [['AUTHORIZATION', `bEaReR  ${one} `]],
      { text: one, location: 'header' },
    ],
    ['a header of its own', [['X-API-Key', ` ${one} `]], { text: one, location: 'header' }],
    ['a token', [['Authorization', 'Bearer a.b-c_d.e']], { token: 'a.b-c_d.e' }],
    [
      'a token and a key',
      [
        ['Authorization', 'Bearer a.b.c'],
        ['X-API-Key', one],
      ],
      { text: one, location: 'header', token: 'a.b.c' },
    ],
    ['none', [['Accept', '*/*']], {}],
  ] as const)('are found: %s', (_what, headers, expected) => {
    expect(taken(headers)).toEqual(expected);
  });

  it('are found in the query and in the body', () => {
    expect(taken([], `/graphql?api_key=${one}`)).toEqual({ text: one, location: 'query' });
    expect(taken([], `/graphql?query=%7Ba%7D&%61pi_key=${one}`)).toEqual({ text: one, location: 'query' });
    expect(taken([], '/graphql', { extensions: { apiKey: one } })).toEqual({ text: one, location: 'body' });
  });

  it.each([
    [
      'two headers',
      [
        ['Authorization', `Bearer ${one}`],
        ['X-API-Key', other],
      ],
    ],
    [
      'the same key in two headers',
      [
        ['Authorization', `Bearer ${one}`],
        ['X-API-Key', one],
      ],
    ],
    [
      'a header twice',
      [
        ['X-API-Key', one],
        ['X-API-Key', one],
      ],
    ],
    ['a header with two', [['X-API-Key', `${one},${other}`]]],
    [
      'Authorization twice',
      [
        ['Authorization', `Bearer ${one}`],
        ['authorization', 'Bearer a.b.c'],
      ],
    ],
    ['Authorization with two', [['Authorization', `Bearer ${one}, Bearer ${other}`]]],
  ] as const)('of one kind given twice are refused: %s', (_what, headers) => {
    expect(taken(headers)).toBe('AMBIGUOUS_CREDENTIALS');
  });

  it('given in two places are refused', () => {
    const header = [['X-API-Key', one]] as const;
    expect(taken(header, `/graphql?api_key=${one}`)).toBe('AMBIGUOUS_CREDENTIALS');
    expect(taken(header, '/graphql', { extensions: { apiKey: other } })).toBe('AMBIGUOUS_CREDENTIALS');
    expect(taken([], `/graphql?api_key=${one}&api_key=${other}`)).toBe('AMBIGUOUS_CREDENTIALS');
    expect(taken([], `/graphql?api_key=${one}`, { extensions: { apiKey: other } })).toBe(
      'AMBIGUOUS_CREDENTIALS',
    );
  });

  it.each([
    'Bearer',
    'Bearer ',
    'Basic dXNlcjpwYXNz',
    'Bearer a b',
    `Token ${one}`,
    one,
    '',
    'Bearer ä',
    'Bearer "x"',
  ])('that cannot be read are refused, and never count as none: %s', (value) => {
    expect(taken([['Authorization', value]])).toBe('UNAUTHENTICATED');
  });

  it('that are empty are refused', () => {
    expect(taken([['X-API-Key', '']])).toBe('UNAUTHENTICATED');
    expect(taken([], '/graphql?api_key=')).toBe('UNAUTHENTICATED');
    for (const apiKey of ['', null, 7, [one]])
      expect(taken([], '/graphql', { extensions: { apiKey } })).toBe('UNAUTHENTICATED');
  });

  it('are no longer in what follows, even where they are refused', () => {
    const request = requestOf(
      [
        ['Authorization', `Bearer ${one}`],
        ['X-API-Key', other],
        ['Accept', 'a'],
      ],
      `/graphql?query=a%26b&api_key=${one}&x=1`,
    );
    expect(() => takeCredentials(request, addressOf)).toThrow();
    expect(request.headers).toEqual({ accept: 'a' });
    expect(request.url).toBe('/graphql?query=a%26b&x=1');
    const body = { query: '{ a }', extensions: { apiKey: one, other: 1 } };
    withBodyKey(takeCredentials(requestOf([]), addressOf), body);
    expect(body).toEqual({ query: '{ a }', extensions: { other: 1 } });
    const alone = requestOf([], `/graphql?api_key=${one}`);
    takeCredentials(alone, addressOf);
    expect(alone.url).toBe('/graphql');
  });

  it('are not looked for in a body that is no object', () => {
    for (const body of [undefined, null, 'x', [], { extensions: 'x' }, { extensions: null }])
      expect(taken([], '/graphql', body)).toEqual({});
  });
});

describe('A10: the address of a client', () => {
  const behind = clientAddressBy(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7']);

  it.each([
    ['the peer, where nothing is forwarded', '203.0.113.9', undefined, '203.0.113.9'],
    ['the peer, where it is no proxy, whatever it says', '203.0.113.9', '10.1.1.1, 1.2.3.4', '203.0.113.9'],
    ['the last that a proxy names', '10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['not what a client wrote before the proxy', '10.0.0.1', '1.2.3.4, 203.0.113.9', '203.0.113.9'],
    [
      'that before a chain of proxies',
      '10.0.0.1',
      '1.2.3.4, 203.0.113.9, 192.0.2.7, 10.9.9.9',
      '203.0.113.9',
    ],
    ['of version 6', '2001:db8::5', '2001:db9::1', '2001:db9::1'],
    ['of version 4 in a socket for both', '::ffff:10.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'],
    ['the proxy, where it names nothing', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['the last proxy, where garbage stands before it', '10.0.0.1', '<script>, 10.2.2.2', '10.2.2.2'],
    ['the first of proxies alone', '10.0.0.1', '10.3.3.3, 10.2.2.2', '10.3.3.3'],
    ['nothing, where there is no peer', undefined, '1.2.3.4', ''],
  ])('is %s', (_what, peer, forwardedFor, expected) => {
    expect(behind(peer, forwardedFor)).toBe(expected);
  });

  it('is the peer where no proxy is trusted', () => {
    expect(clientAddressBy([])('10.0.0.1', '1.2.3.4')).toBe('10.0.0.1');
  });

  it('is found quickly in a header of 16 KB', () => {
    const begin = performance.now();
    expect(behind('10.0.0.1', `${'10.0.0.1,'.repeat(1_600)}10.0.0.2`)).toBe('10.0.0.1');
    expect(performance.now() - begin).toBeLessThan(50);
  });
});
