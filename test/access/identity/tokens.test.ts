import { createHmac, createPublicKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configuredIssuer } from '../../../src/access/identity/configured-issuer.ts';
import { TokenVerifier } from '../../../src/access/identity/token-verifier.ts';
import type { IssuerOptions } from '../../../src/config/identity-options.ts';
import { serverConfigSchema } from '../../../src/config/server-config.ts';
import { codeOf } from '../../../src/errors.ts';
import type { Log } from '../../../src/telemetry/log.ts';
import { httpServer } from '../../support/http-server.ts';
import {
  type IdentityProvider,
  makeKey,
  openIdentityProvider,
  published,
  recipient,
} from '../../support/identity-provider.ts';
import { until } from '../../support/redis-server.ts';

let provider: IdentityProvider;
let opened: { close(): void }[] = [];
let now = Date.now();
let told: string[] = [];
const clock = { now: () => now };
const log: Log = {
  debug() {},
  info() {},
  warn: (_f, m) => void told.push(m),
  error: (_f, m) => void told.push(m),
};
const denied = new Set<string>();
let isBlind = false;

beforeEach(async () => {
  now = Date.now();
  told = [];
  denied.clear();
  isBlind = false;
  provider = await openIdentityProvider();
});
afterEach(async () => {
  for (const each of opened) each.close();
  opened = [];
  await provider.stop();
});

type Given = Partial<Record<keyof IssuerOptions, unknown>>;

function optionsOf(given: Given): IssuerOptions {
  const base = { name: 'people', issuer: provider.issuer, recipients: [recipient] };
  const keys = 'publicKey' in given || 'secret' in given ? {} : { jwksUrl: provider.jwksUrl };
  const { access } = serverConfigSchema.parse({ access: { issuers: [{ ...base, ...keys, ...given }] } });
  return access.issuers[0] as IssuerOptions;
}

function verifierOf(given: Given = {}) {
  const issuer = configuredIssuer(optionsOf(given), log, clock);
  opened.push(issuer.keys);
  const verifier = new TokenVerifier({
    issuers: [issuer],
    clock,
    denied: { has: (iss, id) => denied.has(`${iss} ${id}`), isBlind: () => isBlind },
  });
  return { issuer, verify: (token: string) => verifier.verify(token) };
}

type Verifier = ReturnType<typeof verifierOf>;

async function outcome({ verify }: Verifier, token: string): Promise<string> {
  try {
    return (await verify(token)).caller.id;
  } catch (thrown) {
    return codeOf(thrown);
  }
}

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = (): number => Math.floor(now / 1_000);

describe('a token', () => {
  it('names a user, with the tenant, scopes, claims and audience that its issuer may give', async () => {
    const verifier = verifierOf({
      audience: { claim: 'roles', values: { staff: 'INTERNAL', dealer: 'PARTNER' } },
      tenantClaim: 'org.id',
      claims: ['region', 'missing'],
    });
    const token = await provider.token({
      roles: ['dealer', 'unknown'],
      org: { id: 42 },
      scope: 'rides:read rides:write',
      region: 'north',
      secret: 'not kept',
    });
    const { caller } = await verifier.verify(token);
    expect(caller).toEqual({
      id: 'user:people:anna',
      user: 'people:anna',
      audience: 'PARTNER',
      tenant: '42',
      isAuthenticated: true,
      scopes: new Set(['rides:read', 'rides:write']),
      claims: { region: 'north' },
    });
  });

  it('is verified once: the same caller is given at once until it expires', async () => {
    const verifier = verifierOf();
    const token = await provider.token();
    const first = await verifier.verify(token);
    expect(verifier.verify(token)).toBe(first);
    now += 340_000;
    expect(await outcome(verifier, token)).toBe('TOKEN_EXPIRED');
  });

  it('names the client where it was issued to nobody else', async () => {
    const { caller, client } = await verifierOf().verify(
      await provider.token({ sub: 'app-1', client_id: 'app-1' }),
    );
    expect(caller).toMatchObject({ id: 'client:people:app-1' });
    expect(caller.user).toBeUndefined();
    expect(client).toBe('app-1');
  });

  it.each(['RS256', 'PS256', 'ES256'] as const)('may be signed with %s', async (algorithm) => {
    const verifier = verifierOf();
    await outcome(verifier, await provider.token());
    const key = provider.newKey(algorithm);
    now += 31_000;
    expect(await outcome(verifier, await provider.token({}, { key }))).toBe('user:people:anna');
  });

  it('may be signed with a secret, or with the one key that the configuration has', async () => {
    const secret = 's'.repeat(40);
    const [head, body] = [
      encoded({ alg: 'HS256', typ: 'JWT' }),
      encoded({ iss: provider.issuer, aud: recipient, sub: 'anna', exp: seconds() + 60 }),
    ];
    const signature = createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url');
    expect(await outcome(verifierOf({ secret }), `${head}.${body}.${signature}`)).toBe('user:people:anna');
    const publicKey = provider.keys[0]?.publicKey.export({ type: 'spki', format: 'pem' });
    expect(await outcome(verifierOf({ publicKey }), await provider.token())).toBe('user:people:anna');
  });
});

describe('a forged token', () => {
  it('A11: without a signature is refused', async () => {
    const verifier = verifierOf();
    const body = encoded({ iss: provider.issuer, aud: recipient, sub: 'anna', exp: seconds() + 60 });
    for (const alg of ['none', 'None', 'NONE', '', undefined, 0])
      for (const signature of ['', 'x'])
        expect(await outcome(verifier, `${encoded({ alg, typ: 'JWT' })}.${body}.${signature}`)).toBe(
          'TOKEN_INVALID',
        );
  });

  it('A11: signed with the public key as a secret is refused, in whatever form', async () => {
    const [key] = provider.keys;
    if (key === undefined) throw new Error('There is no key.');
    const pem = key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const forms = [
      pem,
      `\n${pem}`,
      `${pem} `,
      ` ${pem}`,
      pem.trim(),
      key.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      key.publicKey.export({ type: 'spki', format: 'der' }),
      JSON.stringify(published(key)),
      JSON.stringify(key.publicKey.export({ format: 'jwk' })),
    ];
    const head = encoded({ alg: 'HS256', typ: 'JWT', kid: key.id });
    const body = encoded({ iss: provider.issuer, aud: recipient, sub: 'anna', exp: seconds() + 60 });
    for (const verifier of [verifierOf(), verifierOf({ publicKey: pem })])
      for (const form of forms) {
        const signature = createHmac('sha256', form).update(`${head}.${body}`).digest('base64url');
        expect(await outcome(verifier, `${head}.${body}.${signature}`)).toBe('TOKEN_INVALID');
      }
  });

  it('A11: signed with another algorithm than the key is for is refused', async () => {
    const [key] = provider.keys;
    const verifier = verifierOf();
    const twisted = { ...key, algorithm: 'PS256' } as (typeof provider.keys)[0];
    expect(await outcome(verifier, await provider.token({}, { key: twisted }))).toBe('TOKEN_INVALID');
    const only = verifierOf({ algorithms: ['ES256'] });
    expect(await outcome(only, await provider.token())).toBe('TOKEN_INVALID');
  });

  it('A13: that says where its key is, makes us ask nobody and is refused', async () => {
    const evil = makeKey('RS256');
    const trap = await httpServer((_received, response) =>
      response.end(JSON.stringify({ keys: [published(evil)] })),
    );
    const verifier = verifierOf();
    await outcome(verifier, await provider.token());
    const headers = [
      { jku: `${trap.url}/jwks` },
      { x5u: `${trap.url}/cert` },
      { jwk: published(evil) },
      { x5c: [createPublicKey(evil.privateKey).export({ type: 'spki', format: 'der' }).toString('base64')] },
    ];
    for (const header of headers)
      for (const kid of [provider.keys[0]?.id, evil.id, `${trap.url}/jwks`]) {
        const token = await provider.token({}, { key: evil, header: { ...header, kid } });
        expect(await outcome(verifier, token)).toBe('TOKEN_INVALID');
      }
    const { privateKey } = provider.keys[0] as { privateKey: import('node:crypto').KeyObject };
    const good = provider.keys[0] as typeof evil;
    const crit = await provider.token(
      {},
      { key: { ...good, privateKey }, header: { crit: ['b64'], b64: true } },
    );
    expect(await outcome(verifier, crit)).toBe('TOKEN_INVALID');
    expect(trap.received).toHaveLength(0);
    await trap.stop();
  });

  it('A11: that is no token at all is refused with the same text', async () => {
    const verifier = verifierOf();
    const whole = await provider.token();
    const broken = [
      'a',
      'a.b',
      'a.b.c',
      '..',
      `${whole}.x`,
      whole.slice(0, -4),
      `${encoded([])}.${encoded({})}.x`,
      'x'.repeat(9_000),
    ];
    for (const token of broken) {
      const error = await Promise.resolve()
        .then(() => verifier.verify(token))
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'TOKEN_INVALID', message: 'The token is not valid.' });
    }
  });
});

describe('A14: the claims of a token', () => {
  const cases: readonly (readonly [string, (now: number) => Record<string, unknown>, string])[] = [
    ['of another issuer', () => ({ iss: 'https://elsewhere.example/' }), 'TOKEN_INVALID'],
    ['without an issuer', () => ({ iss: undefined }), 'TOKEN_INVALID'],
    ['for somebody else', () => ({ aud: 'https://other.example' }), 'TOKEN_INVALID'],
    ['for nobody', () => ({ aud: undefined }), 'TOKEN_INVALID'],
    ['for several, us among them', () => ({ aud: ['https://other.example', recipient] }), 'user:people:anna'],
    ['without an end', () => ({ exp: undefined }), 'TOKEN_INVALID'],
    ['with an end that is a text', (now) => ({ exp: String(now + 300) }), 'TOKEN_INVALID'],
    ['that ended within the skew', (now) => ({ exp: now - 20 }), 'user:people:anna'],
    ['that ended before the skew', (now) => ({ exp: now - 40 }), 'TOKEN_EXPIRED'],
    ['that begins within the skew', (now) => ({ nbf: now + 20 }), 'user:people:anna'],
    ['that begins after the skew', (now) => ({ nbf: now + 40 }), 'TOKEN_INVALID'],
    ['with a beginning that is a text', () => ({ nbf: '1' }), 'TOKEN_INVALID'],
    ['that was issued in the future', (now) => ({ iat: now + 40 }), 'TOKEN_INVALID'],
    ['that was issued at no time', () => ({ iat: 'now' }), 'TOKEN_INVALID'],
    ['that names nobody', () => ({ sub: undefined }), 'TOKEN_INVALID'],
    ['that names nobody, with an empty text', () => ({ sub: '' }), 'TOKEN_INVALID'],
    [
      'that names somebody with a character that no log keeps',
      () => ({ sub: 'an\u0000na' }),
      'TOKEN_INVALID',
    ],
    ['that names somebody with a list', () => ({ sub: ['anna'] }), 'TOKEN_INVALID'],
  ];
  it.each(cases)('%s', async (_what, claims, expected) => {
    expect(await outcome(verifierOf(), await provider.token(claims(seconds())))).toBe(expected);
  });

  it('have the plan of their issuer, where it has one', async () => {
    const token = await provider.token();
    expect((await verifierOf({ plan: 'open' }).verify(token)).caller.plan).toBe('open');
    expect((await verifierOf().verify(token)).caller).not.toHaveProperty('plan');
  });

  it('demand `at+jwt` where the issuer is known to say so', async () => {
    const verifier = verifierOf({ type: 'at+jwt' });
    for (const typ of ['JWT', undefined, 'id+jwt', 'jwt'])
      expect(await outcome(verifier, await provider.token({}, { header: { typ } }))).toBe('TOKEN_INVALID');
    for (const typ of ['at+jwt', 'application/at+jwt', 'AT+JWT'])
      expect(await outcome(verifier, await provider.token({}, { header: { typ } }))).toBe('user:people:anna');
  });

  it('cannot be given a skew of more than a minute', () => {
    expect(() => optionsOf({ clockSkewMs: 60_001 })).toThrow();
    expect(optionsOf({ clockSkewMs: 60_000 }).clockSkewMs).toBe(60_000);
  });
});

describe('the keys of an issuer', () => {
  it('A15: are fetched once, however many tokens name unknown ones, and again after a pause', async () => {
    const verifier = verifierOf();
    const good = await provider.token();
    expect(await outcome(verifier, good)).toBe('user:people:anna');
    expect(provider.received).toHaveLength(1);
    const [, body, signature] = good.split('.');
    const flood = async () => {
      const codes = await Promise.all(
        Array.from({ length: 5_000 }, (_, index) =>
          outcome(verifier, `${encoded({ alg: 'RS256', kid: `random-${index}` })}.${body}.${signature}`),
        ),
      );
      expect(new Set(codes)).toEqual(new Set(['TOKEN_INVALID']));
    };
    await flood();
    expect(provider.received).toHaveLength(1);
    now += 30_001;
    await flood();
    expect(provider.received).toHaveLength(2);
    expect(await outcome(verifier, await provider.token({ sub: 'berta' }))).toBe('user:people:berta');
  });

  it('A16: that are new are found, and tokens of those that are gone are believed no more', async () => {
    const verifier = verifierOf();
    const old = await provider.token();
    expect(await outcome(verifier, old)).toBe('user:people:anna');
    provider.keys.length = 0;
    provider.newKey();
    now += 30_001;
    expect(await outcome(verifier, await provider.token({ sub: 'berta' }))).toBe('user:people:berta');
    expect(await outcome(verifier, old)).toBe('TOKEN_INVALID');
  });

  it.each([
    ['is down', (response: import('node:http').ServerResponse) => response.destroy()],
    ['answers garbage', (response: import('node:http').ServerResponse) => response.end('<html>')],
    ['answers without keys', (response: import('node:http').ServerResponse) => response.end('{"keys":[]}')],
    [
      'answers too much',
      (response: import('node:http').ServerResponse) => response.end(`{"keys":[${'1,'.repeat(200_000)}1]}`),
    ],
    [
      'redirects',
      (response: import('node:http').ServerResponse) =>
        response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    ],
    ['fails', (response: import('node:http').ServerResponse) => response.writeHead(500).end('{}')],
  ])('A16: are used for a day while the issuer %s, and an operator is told', async (_what, behaviour) => {
    const verifier = verifierOf();
    await outcome(verifier, await provider.token());
    provider.behave(behaviour);
    now += 30_001;
    const unknown = await provider.token({}, { key: makeKey('RS256') });
    expect(await outcome(verifier, unknown)).toBe('AUTH_UNAVAILABLE');
    expect(told).toEqual(['The keys of a token issuer cannot be fetched.']);
    const exp = seconds() + 200_000;
    expect(await outcome(verifier, await provider.token({ sub: 'berta' }))).toBe('user:people:berta');
    now += 86_300_000;
    expect(await outcome(verifier, await provider.token({ sub: 'carla', exp }))).toBe('user:people:carla');
    now += 100_000;
    expect(await outcome(verifier, await provider.token({ sub: 'dora', exp }))).toBe('AUTH_UNAVAILABLE');
    expect(verifier.issuer.keys.isUsable()).toBe(false);
  });

  it('A16: that cannot be had at the start leave the server not ready, until they can', async () => {
    provider.behave((response) => response.destroy());
    const verifier = verifierOf();
    const token = await provider.token();
    expect(await outcome(verifier, token)).toBe('AUTH_UNAVAILABLE');
    expect(verifier.issuer.keys.isUsable()).toBe(false);
    provider.behave(undefined);
    await until(() => verifier.issuer.keys.isUsable());
    expect(await outcome(verifier, token)).toBe('user:people:anna');
  });

  it('A19: that never come are waited for three seconds, by all together, and then refused', async () => {
    provider.behave(() => {});
    const verifier = verifierOf();
    const begin = performance.now();
    const codes = await Promise.all(
      Array.from({ length: 50 }, async () => outcome(verifier, await provider.token())),
    );
    expect(new Set(codes)).toEqual(new Set(['AUTH_UNAVAILABLE']));
    expect(performance.now() - begin).toBeLessThan(4_000);
    expect(provider.received).toHaveLength(1);
  });

  it('may be at https addresses only, but for those of this machine', () => {
    expect(() => optionsOf({ jwksUrl: 'http://idp.example/jwks' })).toThrow(/https/);
    expect(() => optionsOf({ jwksUrl: 'https://user:password@idp.example/jwks' })).toThrow();
    expect(optionsOf({ jwksUrl: 'https://idp.example/jwks' }).jwksUrl).toBe('https://idp.example/jwks');
  });
});

it('A18: a token that is on the deny list is refused, known or not', async () => {
  const verifier = verifierOf();
  const token = await provider.token({ jti: 'one' });
  expect(await outcome(verifier, token)).toBe('user:people:anna');
  denied.add(`${provider.issuer} one`);
  expect(await outcome(verifier, token)).toBe('TOKEN_INVALID');
  expect(await outcome(verifierOf(), token)).toBe('TOKEN_INVALID');
});

it('A18: no token that could have been revoked is believed while revocations are not heard of', async () => {
  const verifier = verifierOf();
  const token = await provider.token({ jti: 'one' });
  const without = await provider.token({ jti: undefined });
  expect(await outcome(verifier, token)).toBe('user:people:anna');
  isBlind = true;
  expect(await outcome(verifier, token)).toBe('AUTH_UNAVAILABLE');
  expect(await outcome(verifier, without)).toBe('user:people:anna');
});
