import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configuredIssuer } from '../../src/access/identity/configured-issuer.ts';
import { Identity } from '../../src/access/identity/identity.ts';
import { TokenVerifier } from '../../src/access/identity/token-verifier.ts';
import type { KeyVerifier, VerifiedKey } from '../../src/access/keys/verified-key.ts';
import { serverConfigSchema } from '../../src/config/server-config.ts';
import { type ErrorCode, TributaryError } from '../../src/errors.ts';
import { callersBy } from '../../src/http/callers.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { steadyClock } from '../../src/util/clock.ts';
import { type IdentityProvider, openIdentityProvider, recipient } from '../support/identity-provider.ts';
import { partnerKey as partner } from '../support/partner-key.ts';
import { type Answer, openTestServer, type TestServer } from './test-graph.ts';

const canary = 'CANARY9c41';
const keyText = (name: string): string => `trib_live_${name}_${canary}`;

const keys: Readonly<Record<string, VerifiedKey | ErrorCode>> = {
  [keyText('good')]: partner,
  [keyText('open')]: { ...partner, keyId: 'open-key', audience: 'OPEN' },
  [keyText('inside')]: { ...partner, keyId: 'inside-key', audience: 'INTERNAL' },
  [keyText('header')]: { ...partner, keyId: 'header-key', locations: new Set(['header']) },
  [keyText('office')]: { ...partner, keyId: 'office-key', addresses: ['203.0.113.0/24'] },
  [keyText('revoked')]: 'API_KEY_REVOKED',
  [keyText('expired')]: 'API_KEY_EXPIRED',
  [keyText('unverified')]: 'AUTH_UNAVAILABLE',
};

/** Knows the keys of this file; one whose name begins with `slow` is known later. */
const verifier: KeyVerifier = {
  verify(text) {
    const isSlow = text.includes('_slow_');
    const known = keys[text.replace('_slow_', '_good_')] ?? 'API_KEY_INVALID';
    if (typeof known === 'string') throw new TributaryError(known);
    return isSlow ? Promise.resolve(known) : known;
  },
};

let provider: IdentityProvider;
const opened: { close(): unknown }[] = [];
let server: TestServer;
let strict: TestServer;

beforeAll(async () => {
  provider = await openIdentityProvider('ES256');
  server = await openServerFor('OPEN');
  strict = await openServerFor('none');
});
afterAll(async () => {
  for (const each of opened) await each.close();
  await provider.stop();
});

async function openServerFor(anonymous: 'OPEN' | 'none'): Promise<TestServer> {
  const { access } = serverConfigSchema.parse({
    access: {
      issuers: [
        { name: 'people', issuer: provider.issuer, recipients: [recipient], jwksUrl: provider.jwksUrl },
      ],
    },
  });
  const issuers = access.issuers.map((options) => configuredIssuer(options, noLog, steadyClock));
  const tokens = new TokenVerifier({
    issuers,
    clock: steadyClock,
    denied: { has: () => false, isBlind: () => false },
  });
  const identity = new Identity({
    anonymous,
    environment: 'live',
    trustedProxies: ['127.0.0.1'],
    keys: verifier,
    tokens,
  });
  const made = await openTestServer({ logLevel: 'debug' }, { callers: callersBy(identity) });
  opened.push(made, ...issuers.map((issuer) => issuer.keys));
  return made;
}

interface Told {
  readonly status: number;
  readonly code: unknown;
  readonly headers: Headers;
  readonly caller: unknown;
}

/** What came back, and whom the record in the log names. */
async function told(response: Promise<Response>, of: TestServer = server): Promise<Told> {
  const answered = await response;
  const { status, headers } = answered;
  const answer = (await answered.json()) as Answer;
  const requestId = headers.get('x-request-id');
  const record = of.log().find((entry) => entry.requestId === requestId && entry.msg === 'request');
  return { status, code: answer.errors?.[0]?.extensions.code, headers, caller: record?.caller };
}

const hello = { query: '{ hello }' };
const bearer = (text: string): Record<string, string> => ({ authorization: `Bearer ${text}` });
const get = (search: Record<string, string>, of = server, path = '/graphql'): Promise<Response> =>
  fetch(`${of.url}${path}?${new URLSearchParams({ query: '{ hello }', ...search })}`, {
    headers: { 'content-type': 'application/json' },
  });

describe('A02: a key', () => {
  it('names the caller in each place that it may stand in, once and again', async () => {
    for (let round = 0; round < 3; round += 1) {
      expect(await told(server.ask(hello, bearer(keyText('good'))))).toMatchObject({
        status: 200,
        caller: 'key:partner-key',
      });
      expect(await told(server.ask(hello, { 'x-api-key': keyText('good') }))).toMatchObject({
        caller: 'key:partner-key',
      });
      expect(await told(get({ api_key: keyText('good') }))).toMatchObject({
        status: 200,
        caller: 'key:partner-key',
      });
      const inBody = { ...hello, extensions: { apiKey: keyText('good') } };
      expect(await told(server.ask(inBody))).toMatchObject({ status: 200, caller: 'key:partner-key' });
      expect(await told(strict.ask(inBody), strict)).toMatchObject({
        status: 200,
        caller: 'key:partner-key',
      });
      expect(await told(server.ask(hello))).toMatchObject({ status: 200, caller: 'anonymous' });
    }
  });

  it('that has to be looked up names the caller as well', async () => {
    expect(await told(server.ask(hello, bearer(keyText('slow'))))).toMatchObject({
      caller: 'key:partner-key',
    });
    const inBody = { ...hello, extensions: { apiKey: keyText('slow') } };
    expect(await told(server.ask(inBody))).toMatchObject({ caller: 'key:partner-key' });
  });

  it('that is given twice, or in a place where it may not stand, is refused', async () => {
    const both = server.ask(hello, { ...bearer(keyText('good')), 'x-api-key': keyText('open') });
    expect(await told(both)).toMatchObject({ status: 400, code: 'AMBIGUOUS_CREDENTIALS' });
    const inBody = { ...hello, extensions: { apiKey: keyText('open') } };
    expect(await told(server.ask(inBody, bearer(keyText('good'))))).toMatchObject({
      status: 400,
      code: 'AMBIGUOUS_CREDENTIALS',
    });
    const elsewhere = { status: 403, code: 'KEY_NOT_ALLOWED_HERE' };
    expect(await told(get({ api_key: keyText('header') }))).toMatchObject(elsewhere);
    expect(await told(server.ask({ ...hello, extensions: { apiKey: keyText('header') } }))).toMatchObject(
      elsewhere,
    );
    expect(await told(server.ask(hello, bearer(keyText('header'))))).toMatchObject({ status: 200 });
  });

  it('in an address is in no cache, and in no address that follows', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { headers } = await told(get({ api_key: keyText('good') }));
      expect(headers.get('cache-control')).toBe('private, no-store');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('etag')).toBeNull();
      expect(headers.get('age')).toBeNull();
    }
    const { headers } = await told(get({}));
    expect(headers.get('cache-control')).toBe('max-age=60, public');
    const etag = headers.get('etag') ?? '';
    const asked = await fetch(`${server.url}/graphql?query={hello}&api_key=${keyText('good')}`, {
      headers: { 'content-type': 'application/json', 'if-none-match': etag },
    });
    expect([asked.status, await asked.json()]).toEqual([200, { data: { hello: 'world' } }]);
  });

  it('makes the answer private, and vary by what decides who is calling', async () => {
    for (let round = 0; round < 3; round += 1) {
      const known = await told(server.ask(hello, bearer(keyText('good'))));
      expect(known.headers.get('cache-control')).toBe('max-age=60, private');
      expect(known.headers.get('vary')).toBe('accept, authorization, x-api-key, origin');
      const anonymous = await told(server.ask(hello));
      expect(anonymous.headers.get('cache-control')).toBe('max-age=60, public');
      expect(anonymous.headers.get('vary')).toBe('accept');
    }
  });
});

describe('A01: credentials that are wrong', () => {
  it.each([
    ['an unknown key', keyText('nobody'), 'API_KEY_INVALID'],
    ['a malformed key', 'trib_', 'API_KEY_INVALID'],
    ['a revoked key', keyText('revoked'), 'API_KEY_REVOKED'],
    ['an expired key', keyText('expired'), 'API_KEY_EXPIRED'],
    ['a token that is none', 'abc', 'TOKEN_INVALID'],
  ])('are never those of nobody: %s', async (_what, text, code) => {
    for (const of of [server, strict])
      for (let round = 0; round < 2; round += 1) {
        const answer = await told(of.ask(hello, bearer(text)), of);
        expect(answer).toMatchObject({ status: 401, code });
        expect(answer.headers.get('www-authenticate')).toBe(
          'Bearer realm="tributary", error="invalid_token"',
        );
        expect(answer.headers.get('cache-control')).toBe('no-store');
      }
    if (!text.startsWith('trib_')) return;
    expect(await told(server.ask({ ...hello, extensions: { apiKey: text } }))).toMatchObject({
      status: 401,
      code,
    });
    expect(await told(get({ api_key: text }))).toMatchObject({ status: 401, code });
  });

  it('are asked for where they are needed', async () => {
    for (const response of [strict.ask(hello), get({}, strict)]) {
      const answer = await told(response, strict);
      expect(answer).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="tributary"');
    }
    await server.ask(hello);
    expect(await told(strict.ask(hello), strict)).toMatchObject({ status: 401 });
  });

  it('that cannot be read are refused', async () => {
    expect(await told(server.ask(hello, { authorization: 'Basic eDp5' }))).toMatchObject({
      status: 401,
      code: 'UNAUTHENTICATED',
    });
    expect(await told(server.ask({ ...hello, extensions: { apiKey: 7 } }))).toMatchObject({ status: 401 });
  });

  it('A19: that cannot be verified at present are refused, and never those of nobody', async () => {
    expect(await told(server.ask(hello, bearer(keyText('unverified'))))).toMatchObject({
      status: 503,
      code: 'AUTH_UNAVAILABLE',
    });
  });
});

describe('a token', () => {
  it('names a user, at once where it was seen before', async () => {
    const token = await provider.token();
    for (let round = 0; round < 3; round += 1)
      expect(await told(server.ask(hello, bearer(token)))).toMatchObject({
        status: 200,
        caller: 'user:people:anna',
      });
    const both = server.ask(hello, {
      ...bearer(await provider.token({ azp: 'partner-app' })),
      'x-api-key': keyText('open'),
    });
    expect(await told(both)).toMatchObject({ status: 200, caller: 'user:people:anna@key:open-key' });
    const other = server.ask(hello, { ...bearer(token), 'x-api-key': keyText('open') });
    expect(await told(other)).toMatchObject({ status: 400, code: 'AMBIGUOUS_CREDENTIALS' });
  });
});

it('A10: a key that is limited to addresses believes what the proxy says, and not the client', async () => {
  const ask = (forwardedFor?: string) =>
    server.ask(hello, {
      ...bearer(keyText('office')),
      ...(forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }),
    });
  expect(await told(ask())).toMatchObject({ status: 403, code: 'KEY_NOT_ALLOWED_HERE' });
  expect(await told(ask('203.0.113.5'))).toMatchObject({ status: 200 });
  expect(await told(ask('198.51.100.7, 203.0.113.5'))).toMatchObject({ status: 200 });
  expect(await told(ask('203.0.113.5, 198.51.100.7'))).toMatchObject({ status: 403 });
});

describe('Z08: an audience', () => {
  const on = (path: string, headers: Record<string, string>) =>
    fetch(`${server.url}/graphql${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(hello),
    });
  const callers = { OPEN: keyText('open'), PARTNER: keyText('good'), INTERNAL: keyText('inside') };
  const paths = { OPEN: '/open', PARTNER: '/partner', INTERNAL: '/internal' };

  it("is the credentials' own: the path of another one is refused", async () => {
    for (const [audience, key] of Object.entries(callers))
      for (const [wanted, path] of Object.entries(paths)) {
        const expected =
          audience === wanted ? { status: 200 } : { status: 403, code: 'KEY_NOT_ALLOWED_HERE' };
        expect(await told(on(path, bearer(key)))).toMatchObject(expected);
        const inBody = fetch(`${server.url}/graphql${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...hello, extensions: { apiKey: key } }),
        });
        expect(await told(inBody)).toMatchObject(expected);
      }
  });

  it('of nobody has its path, and is asked for credentials on the others', async () => {
    expect(await told(on('/open', {}))).toMatchObject({ status: 200, caller: 'anonymous' });
    for (const path of ['/partner', '/internal'])
      expect(await told(on(path, {}))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });

  it('is not chosen by a header', async () => {
    for (const header of ['x-audience', 'x-tributary-audience'])
      expect(await told(on('/internal', { ...bearer(keyText('good')), [header]: 'INTERNAL' }))).toMatchObject(
        { status: 403 },
      );
  });

  it('has the methods of the endpoint, and no others', async () => {
    const response = await fetch(`${server.url}/graphql/open`, { method: 'PUT' });
    expect(response.status).toBe(405);
    expect((await fetch(`${server.url}/graphql/elsewhere`)).status).toBe(404);
  });
});

it('L11: one record names the caller, the app, the key, the user and the datasources, and no secret is anywhere', async () => {
  const token = await provider.token({ azp: 'partner-app' });
  const response = await server.ask(
    { query: 'query Names { things(ids: ["1"]) { name } }' },
    { ...bearer(token), 'x-api-key': keyText('good') },
  );
  await response.text();
  const requestId = response.headers.get('x-request-id');
  expect(server.log().filter((entry) => entry.requestId === requestId)).toMatchObject([
    {
      caller: 'user:people:anna@key:partner-key',
      audience: 'OPEN',
      app: 'partner-app',
      key: 'partner-key',
      user: 'people:anna',
      operationName: 'Names',
      datasources: ['things'],
      status: 200,
    },
  ]);
  const malformed = [
    server.ask(hello, { authorization: `Basic ${canary}` }),
    server.ask(hello, { authorization: `Bearer ${canary} ${canary}` }),
    server.ask({ ...hello, extensions: { apiKey: [canary] } }),
    get({ api_key: canary, variables: canary }),
    get({ api_key: keyText('good') }, server, '/elsewhere'),
    server.ask({ query: '{ fails(how: "plain") }' }, bearer(keyText('good'))),
    server.ask({ query: '{ fails(how: "plain") }', extensions: { apiKey: keyText('good') } }),
  ];
  for (const response of malformed) {
    const answered = await response;
    expect(`${await answered.text()}${JSON.stringify([...answered.headers])}`).not.toContain(canary);
  }
  expect(server.logText()).not.toContain(canary);
  expect(server.logText()).not.toContain(token.split('.')[1]);
  expect((await server.telemetry.metrics.text()).body).not.toContain(canary);
});
