import jwt from 'jsonwebtoken';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OAuthAnswer } from '../../../src/access/oauth/token-endpoint.ts';
import { codeOf } from '../../../src/errors.ts';
import { until } from '../../support/redis-server.ts';
import { describeWithState, type TestState } from '../../support/state.ts';
import { basic, issuerUrl, type OAuthServer, openOAuthServer, partner, secret } from './oauth-server.ts';

await describeWithState('the token endpoint', (open) => {
  let state: TestState;
  let server: OAuthServer;
  let now = Date.now();
  beforeEach(async () => {
    now = Date.now();
    state = await open();
    server = await openOAuthServer(state, () => now);
  });
  afterEach(async () => {
    await server.close();
    await state.drop();
  });

  const ask = (parameters: string | Record<string, string>, authorization?: string): Promise<OAuthAnswer> =>
    server.endpoint.token({
      authorization,
      body: typeof parameters === 'string' ? parameters : new URLSearchParams(parameters).toString(),
    });

  interface Granted {
    readonly access_token: string;
    readonly token_type: string;
    readonly expires_in: number;
    readonly scope: string;
  }

  async function tokenOf(parameters: Record<string, string> = {}): Promise<string> {
    const { body } = await ask({ grant_type: 'client_credentials', ...parameters }, basic('app-1'));
    return (body as Granted).access_token;
  }

  async function outcome(token: string, at: OAuthServer = server): Promise<string> {
    try {
      return (await at.tokens.verify(token)).caller.id;
    } catch (thrown) {
      return codeOf(thrown);
    }
  }

  describe('a token for an app', () => {
    it('is given for its secret, in the header or in the body, and is never kept', async () => {
      for (const answer of [
        await ask({ grant_type: 'client_credentials' }, basic('app-1')),
        await ask({ grant_type: 'client_credentials', client_id: 'app-1', client_secret: secret }),
      ]) {
        expect(answer).toMatchObject({
          status: 200,
          headers: { 'cache-control': 'no-store', pragma: 'no-cache' },
          body: { token_type: 'Bearer', expires_in: 900, scope: 'rides:read fares:read' },
        });
      }
    });

    it('is a JWT access token, as RFC 9068 has it', async () => {
      const { header, payload } = jwt.decode(await tokenOf(), { complete: true }) ?? {};
      expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) });
      const seconds = Math.floor(now / 1_000);
      expect(payload).toEqual({
        iss: issuerUrl,
        sub: 'app-1',
        aud: issuerUrl,
        client_id: 'app-1',
        iat: seconds,
        exp: seconds + 900,
        jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
        scope: 'rides:read fares:read',
      });
      expect(server.keys.published().keys).toEqual([
        expect.objectContaining({ kid: header?.kid, alg: 'ES256', use: 'sig', kty: 'EC', crv: 'P-256' }),
      ]);
      expect(JSON.stringify(server.keys.published())).not.toContain('"d"');
    });

    it('makes its bearer the app, with the scopes that were asked for', async () => {
      const { caller } = await server.tokens.verify(await tokenOf({ scope: 'fares:read' }));
      expect(caller).toEqual({
        id: 'client:tributary:app-1',
        audience: 'PARTNER',
        tenant: 'acme',
        isAuthenticated: true,
        scopes: new Set(['fares:read']),
        claims: { region: 'north' },
        app: 'app-1',
        plan: 'partner',
        registeredOnly: false,
      });
    });

    it('grants what the app may do now, not what it might when it got the token', async () => {
      const token = await tokenOf();
      await outcome(token);
      server.clients.set('app-1', { ...partner, scopes: new Set(['fares:read']), audience: 'OPEN' });
      expect((await server.tokens.verify(token)).caller).toMatchObject({
        scopes: new Set(['fares:read']),
        audience: 'OPEN',
      });
      server.clients.delete('app-1');
      expect(await outcome(token)).toBe('TOKEN_INVALID');
    });

    it('expires', async () => {
      const token = await tokenOf();
      expect(await outcome(token)).toBe('client:tributary:app-1');
      now += 906_000;
      expect(await outcome(token)).toBe('TOKEN_EXPIRED');
    });
  });

  describe('a request for a token', () => {
    const grant = { grant_type: 'client_credentials' };
    it.each<readonly [string, string | Record<string, string>, string | undefined, number, string]>([
      ['with a wrong secret', grant, basic('app-1', 'wrong'), 401, 'invalid_client'],
      ['of an unknown client', grant, basic('app-2'), 401, 'invalid_client'],
      ['with another scheme', grant, 'Bearer x', 401, 'invalid_client'],
      [
        'with a header that cannot be decoded',
        grant,
        `Basic ${Buffer.from('%zz:%zz').toString('base64')}`,
        401,
        'invalid_client',
      ],
      [
        'with a wrong secret in the body',
        { ...grant, client_id: 'app-1', client_secret: 'x' },
        undefined,
        401,
        'invalid_client',
      ],
      ['without a secret', { ...grant, client_id: 'app-1' }, undefined, 401, 'invalid_client'],
      ['without a client', grant, undefined, 401, 'invalid_client'],
      [
        'with secrets in both places',
        { ...grant, client_id: 'app-1', client_secret: secret },
        basic('app-1'),
        400,
        'invalid_request',
      ],
      ['that names two clients', { ...grant, client_id: 'app-2' }, basic('app-1'), 400, 'invalid_request'],
      ['of another grant', { grant_type: 'password' }, basic('app-1'), 400, 'unsupported_grant_type'],
      ['of no grant', {}, basic('app-1'), 400, 'invalid_request'],
      ['of an empty grant', { grant_type: '' }, basic('app-1'), 400, 'invalid_request'],
      [
        'with a parameter twice',
        'grant_type=client_credentials&grant_type=client_credentials',
        basic('app-1'),
        400,
        'invalid_request',
      ],
      ['for a scope beyond', { ...grant, scope: 'rides:read admin' }, basic('app-1'), 400, 'invalid_scope'],
      ['while clients cannot be verified', grant, basic('down'), 503, 'temporarily_unavailable'],
    ])('%s is refused', async (_what, parameters, authorization, status, error) => {
      const answer = await ask(parameters, authorization);
      expect(answer).toMatchObject({ status, body: { error, error_description: expect.any(String) } });
      expect(answer.headers['cache-control']).toBe('no-store');
      const asksForBasic = status === 401 && authorization !== undefined;
      expect(answer.headers['www-authenticate']).toBe(
        asksForBasic ? 'Basic realm="tributary", charset="UTF-8"' : undefined,
      );
      expect(JSON.stringify(answer)).not.toContain(secret);
    });
  });

  describe('A18: a token that is revoked', () => {
    const revoke = (
      body: Record<string, string>,
      authorization = basic('app-1'),
      at = server,
    ): Promise<OAuthAnswer> =>
      at.endpoint.revoke({ authorization, body: new URLSearchParams(body).toString() });

    it('is refused at once here, and within a second by another replica', async () => {
      const other = await openOAuthServer(state, () => now);
      const token = await tokenOf();
      const kept = await tokenOf();
      expect(await outcome(token, other)).toBe('client:tributary:app-1');
      const begin = performance.now();
      expect(await revoke({ token })).toMatchObject({ status: 200 });
      expect(await outcome(token)).toBe('TOKEN_INVALID');
      await until(async () => (await outcome(token, other)) === 'TOKEN_INVALID', 1_000);
      expect(performance.now() - begin).toBeLessThan(1_000);
      expect(await outcome(kept, other)).toBe('client:tributary:app-1');
      await other.close();
      const later = await openOAuthServer(state, () => now);
      expect(await outcome(token, later)).toBe('TOKEN_INVALID');
      await later.close();
    });

    it('is told to the audit log, once', async () => {
      const token = await tokenOf();
      await revoke({ token });
      await revoke({ token });
      const { jti } = jwt.decode(token, { json: true }) ?? {};
      const { rows } = await server.audit.search({ action: 'token.revoke' });
      expect(rows).toMatchObject([{ actor_id: 'app-1', target: jti }]);
      expect(await server.audit.verify()).toMatchObject({ intact: true });
    });

    it('may be none at all: what is no good is revoked already', async () => {
      for (const token of ['x', 'a.b.c', `${await tokenOf()}x`])
        expect(await revoke({ token })).toMatchObject({ status: 200 });
    });

    it('must be named, by the client that it was issued to', async () => {
      server.clients.set('app-2', { ...partner, appId: 'app-2' });
      const token = await tokenOf();
      expect(await revoke({ token }, basic('app-2'))).toMatchObject({
        status: 400,
        body: { error: 'unauthorized_client' },
      });
      expect(await revoke({ token }, basic('app-1', 'wrong'))).toMatchObject({ status: 401 });
      expect(await revoke({})).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
      expect(await outcome(token)).toBe('client:tributary:app-1');
    });

    it('is forgotten when it would have expired', async () => {
      await revoke({ token: await tokenOf() });
      now += 1_000_000;
      await revoke({ token: await tokenOf() });
      expect(await server.database.all('SELECT id FROM denied_tokens')).toHaveLength(1);
    });
  });
});
