import { describe, expect, it } from 'vitest';
import { anonymousProblem } from '../../../src/access/identity/anonymous-problem.ts';
import type { Credentials } from '../../../src/access/identity/credentials.ts';
import { Identity, type IdentityOptions } from '../../../src/access/identity/identity.ts';
import type { Bearer } from '../../../src/access/identity/token-issuer.ts';
import type { VerifiedKey } from '../../../src/access/keys/verified-key.ts';
import { rightsOf } from '../../../src/caller.ts';
import { codeOf, TributaryError } from '../../../src/errors.ts';

const partnerKey: VerifiedKey = {
  keyId: 'key1',
  appId: 'app-1',
  environment: 'live',
  audience: 'PARTNER',
  tenant: 'acme',
  scopes: new Set(['rides:read', 'fares:read']),
  claims: { region: 'north' },
  plan: 'partner',
  locations: new Set(['header']),
  addresses: [],
  origins: [],
  registeredOnly: true,
};

const anna: Bearer = {
  caller: {
    id: 'user:people:anna',
    user: 'people:anna',
    audience: 'INTERNAL',
    tenant: 'acme',
    isAuthenticated: true,
    scopes: new Set(['rides:read', 'admin']),
    claims: { desk: '7' },
  },
  client: 'app-1',
  keys: 'same-app',
};

interface Known {
  readonly keys?: Readonly<Record<string, VerifiedKey>>;
  readonly tokens?: Readonly<Record<string, Bearer>>;
}

function identityOf(known: Known, options: Partial<IdentityOptions> = {}): Identity {
  const { keys = {}, tokens = {} } = known;
  return new Identity({
    anonymous: 'OPEN',
    environment: 'live',
    trustedProxies: [],
    keys: { verify: (text) => keys[text] ?? refuse('API_KEY_INVALID') },
    tokens: { verify: (text) => tokens[text] ?? refuse('TOKEN_INVALID') },
    ...options,
  });
}

function refuse(code: 'API_KEY_INVALID' | 'TOKEN_INVALID'): never {
  throw new TributaryError(code);
}

const nothing: Credentials = { key: undefined, token: undefined, address: '192.0.2.1', origin: undefined };
const withKey = (text: string, more: Partial<Credentials> = {}): Credentials => ({
  ...nothing,
  key: { text, location: 'header' },
  ...more,
});

async function outcome(identity: Identity, credentials: Credentials): Promise<string> {
  try {
    return (await identity.identify(credentials)).id;
  } catch (thrown) {
    return codeOf(thrown);
  }
}

describe('a caller', () => {
  it('without credentials is anonymous, or refused', async () => {
    expect(identityOf({}).identify(nothing)).toMatchObject({
      id: 'anonymous',
      audience: 'OPEN',
      isAuthenticated: false,
    });
    expect(await outcome(identityOf({}, { anonymous: 'none' }), nothing)).toBe('UNAUTHENTICATED');
  });

  it('with a key is its app, and the same object each time', () => {
    const identity = identityOf({ keys: { good: partnerKey } });
    const caller = identity.identify(withKey('good'));
    expect(caller).toEqual({
      id: 'key:key1',
      audience: 'PARTNER',
      tenant: 'acme',
      isAuthenticated: true,
      scopes: partnerKey.scopes,
      claims: { region: 'north' },
      app: 'app-1',
      key: 'key1',
      plan: 'partner',
      registeredOnly: true,
    });
    expect(identity.identify(withKey('good'))).toBe(caller);
  });

  it('with wrong credentials is never anonymous', async () => {
    const identity = identityOf({ keys: { good: partnerKey }, tokens: { anna } });
    expect(await outcome(identity, withKey('bad'))).toBe('API_KEY_INVALID');
    expect(await outcome(identity, { ...nothing, token: 'bad' })).toBe('TOKEN_INVALID');
    expect(await outcome(identity, withKey('good', { token: 'bad' }))).toBe('TOKEN_INVALID');
    expect(await outcome(identity, withKey('bad', { token: 'anna' }))).toBe('API_KEY_INVALID');
  });

  it('is told later where the credentials are not known yet', async () => {
    const identity = identityOf(
      {},
      { keys: { verify: async () => partnerKey }, tokens: { verify: async () => anna } },
    );
    expect(await outcome(identity, withKey('good'))).toBe('key:key1');
    expect(await outcome(identity, { ...nothing, token: 'anna' })).toBe('user:people:anna');
    expect(await outcome(identity, withKey('good', { token: 'anna' }))).toBe('user:people:anna@key:key1');
  });
});

describe('a key and a token together', () => {
  it('are the user in the app, with no more rights than either, and the same object each time', () => {
    const identity = identityOf({ keys: { good: partnerKey }, tokens: { anna } });
    const both = withKey('good', { token: 'anna' });
    const caller = identity.identify(both);
    expect(caller).toEqual({
      id: 'user:people:anna@key:key1',
      audience: 'PARTNER',
      tenant: 'acme',
      isAuthenticated: true,
      scopes: new Set(['rides:read']),
      claims: { region: 'north', desk: '7' },
      app: 'app-1',
      key: 'key1',
      plan: 'partner',
      registeredOnly: true,
      user: 'people:anna',
    });
    expect(identity.identify(both)).toBe(caller);
    expect(rightsOf(caller as never)).not.toBe(rightsOf(anna.caller));
  });

  it.each<readonly [string, Bearer, Partial<VerifiedKey>, string]>([
    ['of different apps', { ...anna, client: 'app-2' }, {}, 'AMBIGUOUS_CREDENTIALS'],
    ['of no app', { ...anna, client: undefined }, {}, 'AMBIGUOUS_CREDENTIALS'],
    [
      'of different tenants',
      { ...anna, caller: { ...anna.caller, tenant: 'other' } },
      {},
      'AMBIGUOUS_CREDENTIALS',
    ],
    [
      'of different claims',
      { ...anna, caller: { ...anna.caller, claims: { region: 'south' } } },
      {},
      'AMBIGUOUS_CREDENTIALS',
    ],
    [
      'of one tenant, where that is enough',
      { ...anna, client: 'web', keys: 'same-tenant' },
      {},
      'user:people:anna@key:key1',
    ],
    [
      'of no tenant, where one is needed',
      { ...anna, client: 'web', keys: 'same-tenant' },
      { tenant: undefined },
      'AMBIGUOUS_CREDENTIALS',
    ],
    [
      'of two that have no tenant, where one is needed',
      { ...anna, client: 'web', keys: 'same-tenant', caller: { ...anna.caller, tenant: undefined } },
      { tenant: undefined },
      'AMBIGUOUS_CREDENTIALS',
    ],
  ])('%s', async (_what, bearer, key, expected) => {
    const identity = identityOf({ keys: { good: { ...partnerKey, ...key } }, tokens: { anna: bearer } });
    expect(await outcome(identity, withKey('good', { token: 'anna' }))).toBe(expected);
  });
});

describe('A10: a key that is limited', () => {
  const elsewhere = 'KEY_NOT_ALLOWED_HERE';
  it.each<readonly [string, Partial<VerifiedKey>, Partial<Credentials>, string]>([
    ['to the test environment', { environment: 'test' }, {}, elsewhere],
    ['to headers, given in the query', {}, { key: { text: 'good', location: 'query' } }, elsewhere],
    ['to headers, given in the body', {}, { key: { text: 'good', location: 'body' } }, elsewhere],
    [
      'to the query, given there',
      { locations: new Set(['query']) },
      { key: { text: 'good', location: 'query' } },
      'key:key1',
    ],
    ['to other addresses', { addresses: ['203.0.113.0/24'] }, {}, elsewhere],
    ['to this address', { addresses: ['203.0.113.0/24', '192.0.2.1'] }, {}, 'key:key1'],
    ['to addresses, from an unknown one', { addresses: ['0.0.0.0/0'] }, { address: '' }, elsewhere],
    ['to addresses of version 6', { addresses: ['2001:db8::/32'] }, { address: '2001:db8::1' }, 'key:key1'],
    [
      'to origins, from another',
      { origins: ['https://a.example'] },
      { origin: 'https://b.example' },
      elsewhere,
    ],
    ['to origins, from no page', { origins: ['https://a.example'] }, {}, elsewhere],
    [
      'to origins, from one of them',
      { origins: ['https://a.example'] },
      { origin: 'https://a.example' },
      'key:key1',
    ],
    [
      'to origins, from one that begins the same',
      { origins: ['https://a.example'] },
      { origin: 'https://a.example.evil' },
      elsewhere,
    ],
  ])('%s', async (_what, key, credentials, expected) => {
    const identity = identityOf({ keys: { good: { ...partnerKey, ...key } } });
    expect(await outcome(identity, withKey('good', credentials))).toBe(expected);
  });

  it.each<readonly [string, Partial<VerifiedKey>, string]>([
    ['to other addresses', { addresses: ['203.0.113.0/24'] }, elsewhere],
    ['to the test environment', { environment: 'test' }, elsewhere],
    ['to no place of a request', { locations: new Set() }, 'client:app-1@key:key1'],
  ])('%s, is a secret whose token is limited too, also beside a key', async (_what, limits, expected) => {
    const client = { id: 'client:app-1', audience: 'PARTNER', tenant: 'acme' } as const;
    const key = { ...partnerKey, keyId: 'secret1', ...limits };
    const token: Bearer = { caller: client, client: 'app-1', keys: 'same-app', key };
    const identity = identityOf({ keys: { good: partnerKey }, tokens: { token } });
    expect(await outcome(identity, withKey('good', { token: 'token' }))).toBe(expected);
  });

  it('is a live key on a server of the test environment', async () => {
    const identity = identityOf({ keys: { good: partnerKey } }, { environment: 'test' });
    expect(await outcome(identity, withKey('good'))).toBe(elsewhere);
  });
});

describe('callers without credentials', () => {
  it('may see more than the open contract on this machine alone', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1'])
      expect(anonymousProblem(host, 'INTERNAL')).toBeUndefined();
    for (const anonymous of ['OPEN', 'none'] as const)
      expect(anonymousProblem('0.0.0.0', anonymous)).toBeUndefined();
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.evil.example'])
      for (const anonymous of ['PARTNER', 'INTERNAL'] as const)
        expect(anonymousProblem(host, anonymous)).toMatchObject({
          subject: 'access.anonymous',
          mend: expect.stringContaining('ANONYMOUS_AUDIENCE'),
        });
  });
});
