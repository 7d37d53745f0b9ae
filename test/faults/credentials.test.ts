import { createServer as createTlsServer } from 'node:https';
import { afterEach, describe, expect, it } from 'vitest';
import { ProblemsError } from '../../src/config/problems.ts';
import { env } from '../../src/config/setting.ts';
import { get, post } from '../../src/transports/rest/builders.ts';
import { rest } from '../../src/transports/rest/rest.ts';
import type { BackendAuth, BackendTls } from '../../src/wire/security.ts';
import { contextOf } from '../support/operations.ts';
import { type Certificates, hasOpenssl, makeCertificates, type Pair } from './harness/certificates.ts';
import { type Fault, type FaultServer, json, openFaultServer } from './harness/fault-server.ts';
import { type Asker, codeAs, eventually, openAsker } from './harness/faulty.ts';

const operations = {
  a: get<Record<never, never>, unknown>('/a'),
  b: get<{ x: string }, unknown>('/b'),
  write: post<{ x: number }, unknown>('/write'),
};
const secret = 'CANARY s3cr3t/+=&?';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
async function server(serve?: Parameters<typeof openFaultServer>[0]): Promise<FaultServer> {
  const opened = await openFaultServer(serve);
  open.push(opened);
  return opened;
}
async function bound(url: string, options: { auth?: BackendAuth; tls?: BackendTls }, variables = {}) {
  const source = rest('bank', { baseUrl: url, retry: { attempts: 1 }, ...options, operations });
  const asker = await openAsker([source], { variables: { SECRET: secret, ...variables } });
  open.push(asker);
  return { source, ...asker };
}

describe('what a datasource shows its service', () => {
  it.each([
    ['basic', { username: 'anna', password: env('SECRET') }, `Basic ${btoa(`anna:${secret}`)}`],
    ['bearer', { token: env('SECRET') }, `Bearer ${secret}`],
  ] as const)('is %s authentication', async (_, auth, header) => {
    const bank = await server();
    const { source, code } = await bound(bank.url, { auth });
    expect(await code(source.a, {})).toBe('OK');
    expect(bank.received()[0]?.headers.authorization).toBe(header);
  });

  it('is a key in a header, or in the query beside whatever else stands there', async () => {
    const bank = await server();
    const header = await bound(bank.url, { auth: { apiKey: env('SECRET'), header: 'X-Bank-Key' } });
    expect(await header.code(header.source.a, {})).toBe('OK');
    const query = await bound(bank.url, { auth: { apiKey: env('SECRET'), query: 'key' } });
    expect(await query.code(query.source.b, { x: '1' })).toBe('OK');
    const [first, second] = bank.received();
    expect(first?.headers['x-bank-key']).toBe(secret);
    const asked = new URL(second?.url ?? '', 'http://x').searchParams;
    expect([asked.get('key'), asked.get('x')]).toEqual([secret, '1']);
  });

  it.each([
    [
      'a secret in the definition',
      { auth: { token: 'written here' } as never },
      /`auth\.token` is a secret.*env/,
    ],
    ['nothing that can be shown', { auth: { user: 'x' } as never }, /`auth` must be/],
    ['a header that cannot be', { auth: { apiKey: env('SECRET'), header: 'Host' } }, /`Host` is set by/],
    ['a secret that cannot be sent', { auth: { token: env('BROKEN') } }, /characters that headers cannot/],
    ['a certificate without its key', { tls: { certificate: 'x.pem' } }, /belong together/],
    ['a file that is not there', { tls: { ca: '/no/such/file.pem' } }, /`tls\.ca` is neither PEM.*ENOENT/],
    ['PEM that is none', { tls: { ca: '-----BEGIN CERTIFICATE-----\nCANARY' } }, /cannot be used/],
    [
      'an address for tokens that is none',
      { auth: { tokenUrl: 'nowhere', clientId: 'a', clientSecret: env('SECRET') } },
      /`auth\.tokenUrl` must be/,
    ],
  ] as const)('is refused at start-up: %s; no secret is repeated', async (_, options, message) => {
    const source = rest('bank', { baseUrl: 'http://127.0.0.1:1', ...options, operations });
    const failure = await openAsker([source], { variables: { SECRET: secret, BROKEN: 'CANARY\n' } }).catch(
      (thrown: unknown) => thrown,
    );
    expect(failure).toBeInstanceOf(ProblemsError);
    const text = JSON.stringify((failure as ProblemsError).problems);
    expect((failure as ProblemsError).problems[0]?.message).toMatch(message);
    expect(text).not.toContain('CANARY');
  });
});

describe('OAuth 2.0 client credentials', () => {
  /** A token server that numbers its tokens, and a bank that takes the last one. */
  async function world(tokenFault?: (number: number) => Fault) {
    const issuer = await server();
    const bank = await server();
    const state = { issued: 0, revoked: false };
    issuer.behave('/token', {
      do: 'choose',
      fault: () => {
        state.issued++;
        state.revoked = false;
        return (
          tokenFault?.(state.issued) ??
          json({ access_token: `CANARY-token-${state.issued}`, token_type: 'Bearer', expires_in: 3600 })
        );
      },
    });
    bank.behave('*', {
      do: 'choose',
      fault: ({ headers }) => {
        const good = headers.authorization === `Bearer CANARY-token-${state.issued}` && !state.revoked;
        return good ? json({ ok: true }) : { do: 'answer', status: 401, body: '{}' };
      },
    });
    const auth = {
      tokenUrl: `${issuer.url}/token`,
      clientId: 'tribu:tary',
      clientSecret: env('SECRET'),
      scope: 'rides.read rides.write',
    };
    return { issuer, bank, state, ...(await bound(bank.url, { auth })) };
  }

  const many = (asker: Asker, source: Awaited<ReturnType<typeof world>>['source'], count: number) =>
    Promise.all(Array.from({ length: count }, () => asker.code(source.a, {})));

  it('fetch one token for all who wait for it, and keep it', async () => {
    const { issuer, bank, source, ...asker } = await world();
    expect(new Set(await many(asker, source, 100))).toEqual(new Set(['OK']));
    expect(await asker.code(source.write, { x: 1 })).toBe('OK');
    expect([issuer.calls(), bank.calls()]).toEqual([1, 101]);
    const [asked] = issuer.received();
    expect(asked?.body).toBe('grant_type=client_credentials&scope=rides.read+rides.write');
    const [user, password] = atob(String(asked?.headers.authorization).replace('Basic ', '')).split(':');
    expect(new URLSearchParams(`u=${user}&p=${password}`).get('p')).toBe(secret);
    expect(new URLSearchParams(`u=${user}&p=${password}`).get('u')).toBe('tribu:tary');
  });

  it('replace a token that is refused, once for all, and send what was refused again', async () => {
    const { issuer, bank, state, source, ...asker } = await world();
    await asker.code(source.a, {});
    state.revoked = true;
    expect(new Set(await many(asker, source, 20))).toEqual(new Set(['OK']));
    expect(issuer.calls()).toBe(2);
    state.revoked = true;
    // A write that was refused has done nothing, so it is sent again as well.
    expect(await asker.code(source.write, { x: 1 })).toBe('OK');
    expect([issuer.calls(), bank.calls('/write')]).toEqual([3, 2]);
  });

  it('believe a service that refuses every token: no storm on the token server', async () => {
    const { issuer, bank, source, ...asker } = await world();
    bank.behave('*', { do: 'answer', status: 401, body: '{}' });
    for (let index = 0; index < 20; index++)
      expect(await asker.code(source.a, {})).toBe('DOWNSTREAM_SERVICE_ERROR');
    expect(issuer.calls()).toBe(2);
  });

  it('renew in the background before a token is over, while requests go on with the old one', async () => {
    const { issuer, bank, source, ...asker } = await world((number) =>
      number === 1 ? json({ access_token: 'CANARY-token-1', expires_in: 1 }) : { do: 'hang-before-headers' },
    );
    bank.behave('*', json({ ok: true }));
    await eventually(async () => {
      expect(await asker.code(source.a, {})).toBe('OK');
      return issuer.calls() === 2;
    });
    expect(await asker.code(source.a, {})).toBe('OK');
    expect(new Set(bank.received().map(({ headers }) => headers.authorization))).toEqual(
      new Set(['Bearer CANARY-token-1']),
    );
  });

  it.each([
    [
      'refuses the client',
      { do: 'answer', status: 401, body: `{"error":"invalid_client","hint":"${secret}"}` },
      'DOWNSTREAM_SERVICE_ERROR',
    ],
    ['is down', { do: 'answer', status: 503, body: secret }, 'UPSTREAM_UNAVAILABLE'],
    ['resets', { do: 'reset', when: 'before-headers' }, 'UPSTREAM_UNAVAILABLE'],
    ['answers no token', json({ error: 'CANARY' }), 'UPSTREAM_INVALID_RESPONSE'],
    [
      'answers another kind of token',
      json({ access_token: 'CANARY', token_type: 'mac' }),
      'UPSTREAM_INVALID_RESPONSE',
    ],
    [
      'answers HTML',
      { do: 'answer', body: '<h1>CANARY</h1>', type: 'text/html' },
      'UPSTREAM_INVALID_RESPONSE',
    ],
  ] as const)(
    'where the token server %s, say so, ask no storm, and tell no secret',
    async (_, fault, code) => {
      const { issuer, bank, source, ...asker } = await world(() => fault);
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => asker.ask(source.a, {})));
      expect(new Set(outcomes.map(codeAs))).toEqual(new Set([code]));
      expect(issuer.calls()).toBe(1);
      expect(bank.calls()).toBe(0);
      for (const outcome of outcomes) {
        const { message, detail } = outcome as { message: string; detail?: string };
        expect(`${message} ${detail}`).not.toMatch(/CANARY|s3cr3t/);
      }
    },
  );

  it('let whoever waits for a token leave, and the others wait on', async () => {
    const { issuer, source, engine, ...asker } = await world((number) => ({
      do: 'delay',
      ms: 150,
      before: json({ access_token: `CANARY-token-${number}`, expires_in: 60 }),
    }));
    const controller = new AbortController();
    const leaver = engine.call(source.a)([{}], contextOf({ signal: controller.signal }));
    const stayer = asker.code(source.a, {});
    await eventually(() => issuer.calls() === 1);
    controller.abort();
    expect(codeAs((await leaver)[0])).toBe('CLIENT_CLOSED');
    expect(await stayer).toBe('OK');
    expect(issuer.calls()).toBe(1);
  });
});

if (!hasOpenssl)
  console.warn('skipped: no openssl on the path, which makes the certificates of the TLS tests');
describe.skipIf(!hasOpenssl)('TLS towards a service', () => {
  let made: Certificates | undefined;
  const certificates = (): Certificates => {
    made ??= makeCertificates();
    return made;
  };
  const tlsServer = (pair: Pair, options: object = {}) =>
    server(((listener: never) =>
      createTlsServer({ key: pair.key, cert: pair.certificate, ...options }, listener)) as never);

  it('U03 trusts an authority of its own where the datasource names it', async () => {
    const { good, ca } = certificates();
    const bank = await tlsServer(good);
    const { source, code } = await bound(bank.url, { tls: { ca: env('CA') } }, { CA: ca });
    expect(await code(source.a, {})).toBe('OK');
  });

  it.each(['expired', 'wrongHost', 'selfSigned'] as const)(
    'U03 never talks to a service whose certificate is %s, and never without TLS',
    async (kind) => {
      const all = certificates();
      const bank = await tlsServer(all[kind]);
      const { source, ask } = await bound(bank.url, { tls: { ca: env('CA') } }, { CA: all.ca });
      const outcome = await ask(source.a, {});
      expect(codeAs(outcome)).toBe('UPSTREAM_UNAVAILABLE');
      expect(bank.calls()).toBe(0);
    },
  );

  it('U03 never trusts an authority that nobody named', async () => {
    const bank = await tlsServer(certificates().good);
    const { source, code } = await bound(bank.url, {});
    expect(await code(source.a, {})).toBe('UPSTREAM_UNAVAILABLE');
    expect(bank.calls()).toBe(0);
  });

  it('shows a client certificate to a service that asks for one', async () => {
    const { good, client, ca } = certificates();
    const bank = await tlsServer(good, { ca, requestCert: true, rejectUnauthorized: true });
    const variables = { CA: ca, CERTIFICATE: client.certificate, KEY: client.key };
    const shown = await bound(
      bank.url,
      { tls: { ca: env('CA'), certificate: env('CERTIFICATE'), privateKey: env('KEY') } },
      variables,
    );
    expect(await shown.code(shown.source.a, {})).toBe('OK');
    const hidden = await bound(bank.url, { tls: { ca: env('CA') } }, variables);
    expect(await hidden.code(hidden.source.a, {})).toBe('UPSTREAM_UNAVAILABLE');
  });
});
