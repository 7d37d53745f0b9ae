import jwt from 'jsonwebtoken';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OAuthAnswer } from '../../../src/access/oauth/token-endpoint.ts';
import { codeOf } from '../../../src/errors.ts';
import { until } from '../../support/redis-server.ts';
import { operator } from '../../support/registry.ts';
import { describeWithState, type TestState } from '../../support/state.ts';
import {
  basic,
  createClient,
  issuerUrl,
  type OAuthServer,
  openOAuthServer,
  type TestClient,
} from './oauth-server.ts';

await describeWithState('the token endpoint', (open) => {
  let state: TestState;
  let server: OAuthServer;
  let app: TestClient;
  let now = Date.now();
  beforeEach(async () => {
    now = Date.now();
    state = await open();
    server = await openOAuthServer(state, () => now);
    app = await createClient(server);
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
    const { body } = await ask({ grant_type: 'client_credentials', ...parameters }, app.basic);
    return (body as Granted).access_token;
  }

  const named = (): string => `client:tributary:${app.keyId}`;

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
        await ask({ grant_type: 'client_credentials' }, app.basic),
        await ask({ grant_type: 'client_credentials', client_id: app.id, client_secret: app.secret }),
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
        sub: app.id,
        aud: issuerUrl,
        client_id: app.id,
        key_id: app.keyId,
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
        id: `client:tributary:${app.keyId}`,
        audience: 'PARTNER',
        tenant: 'acme',
        isAuthenticated: true,
        scopes: new Set(['fares:read']),
        claims: { region: 'north' },
        app: app.id,
        key: app.keyId,
        plan: 'partner',
        registeredOnly: false,
      });
    });

    it('grants what the app may do now, not what it might when it got the token', async () => {
      const token = await tokenOf();
      await outcome(token);
      await server.registry.apps.change(operator, app.id, { scopes: ['fares:read'], plan: 'open' });
      expect((await server.tokens.verify(token)).caller).toMatchObject({
        scopes: new Set(['fares:read']),
        audience: 'OPEN',
      });
    });

    it('is refused with the secret that got it, on every replica within a second', async () => {
      const other = await openOAuthServer(state, () => now);
      const token = await tokenOf();
      expect(await outcome(token, other)).toBe(named());
      const begin = performance.now();
      await server.registry.keys.revoke(operator, app.keyId, 'leaked');
      expect(await outcome(token)).toBe('TOKEN_INVALID');
      await until(async () => (await outcome(token, other)) === 'TOKEN_INVALID', 1_000);
      expect(performance.now() - begin).toBeLessThan(1_000);
      await other.close();
    });

    it('expires', async () => {
      const token = await tokenOf();
      expect(await outcome(token)).toBe(named());
      now += 906_000;
      await server.changes.wake();
      expect(await outcome(token)).toBe('TOKEN_EXPIRED');
    });
  });

  describe('a request for a token', () => {
    const grant = { grant_type: 'client_credentials' };
    it.each<
      readonly [
        string,
        (app: TestClient) => readonly [string | Record<string, string>, string?],
        number,
        string,
      ]
    >([
      [
        'with a wrong secret',
        (app) => [grant, basic(app.id, `${app.secret.slice(0, -1)}0`)],
        401,
        'invalid_client',
      ],
      ['of an unknown client', (app) => [grant, basic('app-2', app.secret)], 401, 'invalid_client'],
      ['with another scheme', () => [grant, 'Bearer x'], 401, 'invalid_client'],
      [
        'with a header that cannot be decoded',
        () => [grant, `Basic ${Buffer.from('%zz:%zz').toString('base64')}`],
        401,
        'invalid_client',
      ],
      [
        'with a wrong secret in the body',
        (app) => [{ ...grant, client_id: app.id, client_secret: 'x' }],
        401,
        'invalid_client',
      ],
      ['without a secret', (app) => [{ ...grant, client_id: app.id }], 401, 'invalid_client'],
      ['without a client', () => [grant], 401, 'invalid_client'],
      [
        'with secrets in both places',
        (app) => [{ ...grant, client_id: app.id, client_secret: app.secret }, app.basic],
        400,
        'invalid_request',
      ],
      [
        'that names two clients',
        (app) => [{ ...grant, client_id: 'app-2' }, app.basic],
        400,
        'invalid_request',
      ],
      ['of another grant', (app) => [{ grant_type: 'password' }, app.basic], 400, 'unsupported_grant_type'],
      ['of no grant', (app) => [{}, app.basic], 400, 'invalid_request'],
      ['of an empty grant', (app) => [{ grant_type: '' }, app.basic], 400, 'invalid_request'],
      [
        'with a parameter twice',
        (app) => ['grant_type=client_credentials&grant_type=client_credentials', app.basic],
        400,
        'invalid_request',
      ],
      [
        'for a scope beyond',
        (app) => [{ ...grant, scope: 'rides:read admin' }, app.basic],
        400,
        'invalid_scope',
      ],
    ])('%s is refused', async (_what, asked, status, error) => {
      const [parameters, authorization] = asked(app);
      const answer = await ask(parameters, authorization);
      expect(answer).toMatchObject({ status, body: { error, error_description: expect.any(String) } });
      expect(answer.headers['cache-control']).toBe('no-store');
      const asksForBasic = status === 401 && authorization !== undefined;
      expect(answer.headers['www-authenticate']).toBe(
        asksForBasic ? 'Basic realm="tributary", charset="UTF-8"' : undefined,
      );
      expect(JSON.stringify(answer)).not.toContain(app.secret);
    });
  });

  describe('A18: a token that is revoked', () => {
    const revoke = (
      body: Record<string, string>,
      authorization = app.basic,
      at = server,
    ): Promise<OAuthAnswer> =>
      at.endpoint.revoke({ authorization, body: new URLSearchParams(body).toString() });

    it('is refused at once here, and within a second by another replica', async () => {
      const other = await openOAuthServer(state, () => now);
      const token = await tokenOf();
      const kept = await tokenOf();
      expect(await outcome(token, other)).toBe(named());
      const begin = performance.now();
      expect(await revoke({ token })).toMatchObject({ status: 200 });
      expect(await outcome(token)).toBe('TOKEN_INVALID');
      await until(async () => (await outcome(token, other)) === 'TOKEN_INVALID', 1_000);
      expect(performance.now() - begin).toBeLessThan(1_000);
      expect(await outcome(kept, other)).toBe(named());
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
      expect(rows).toMatchObject([{ actor_id: app.id, target: jti }]);
      expect(await server.audit.verify()).toMatchObject({ intact: true });
    });

    it('may be none at all: what is no good is revoked already', async () => {
      for (const token of ['x', 'a.b.c', `${await tokenOf()}x`])
        expect(await revoke({ token })).toMatchObject({ status: 200 });
    });

    it('must be named, by the client that it was issued to', async () => {
      const other = await createClient(server);
      const token = await tokenOf();
      expect(await revoke({ token }, other.basic)).toMatchObject({
        status: 400,
        body: { error: 'unauthorized_client' },
      });
      expect(await revoke({ token }, basic(app.id, 'wrong'))).toMatchObject({ status: 401 });
      expect(await revoke({})).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
      expect(await outcome(token)).toBe(named());
    });

    it('is not allowed back by an administrator, whoever denied it first', async () => {
      for (const isDenied of [false, true]) {
        const token = await tokenOf();
        const { jti: id = '', exp = 0 } = (jwt.decode(token, { json: true }) ?? {}) as jwt.JwtPayload;
        const name = { issuer: issuerUrl, id };
        if (isDenied) await server.denied.deny({ ...name, until: exp * 1_000 }, operator);
        expect(await revoke({ token })).toMatchObject({ status: 200 });
        if (!isDenied) await server.denied.deny({ ...name, until: exp * 1_000 + 9_000 }, operator);
        expect(await server.denied.allow(name, operator).catch(codeOf)).toBe('CONFLICT');
        expect(await outcome(token)).toBe('TOKEN_INVALID');
      }
      const token = await tokenOf();
      const { jti: id = '', exp = 0 } = (jwt.decode(token, { json: true }) ?? {}) as jwt.JwtPayload;
      await server.denied.deny({ issuer: issuerUrl, id, until: exp * 1_000 }, operator);
      await server.denied.allow({ issuer: issuerUrl, id }, operator);
      expect(await outcome(token)).toBe(named());
    });

    it('is forgotten when it would have expired', async () => {
      await revoke({ token: await tokenOf() });
      now += 1_000_000;
      await server.changes.wake();
      await revoke({ token: await tokenOf() });
      expect(await server.database.all('SELECT id FROM denied_tokens')).toHaveLength(1);
    });
  });

  describe('a client that gets and revokes tokens in a loop', () => {
    const seed = (count: number, appId: string): Promise<unknown> =>
      state.run(
        `INSERT INTO denied_tokens (id, issuer, token_id, until, app_id) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT '${appId}' || i, 'x', '${appId}' || i, ${now + 900_000}, '${appId}' FROM n`,
      );
    const revoked = (client: TestClient, token: string, at = server): Promise<OAuthAnswer> =>
      at.endpoint.revoke({ authorization: client.basic, body: `token=${token}` });
    const issued = async (client: TestClient): Promise<string> => {
      const { body } = await ask({ grant_type: 'client_credentials' }, client.basic);
      return (body as Granted).access_token;
    };

    it('gets no more than sixty in a minute, and others go on', async () => {
      const other = await createClient(server);
      const grant = { grant_type: 'client_credentials' };
      for (let count = 0; count < 60; count++) expect((await ask(grant, app.basic)).status).toBe(200);
      expect(await ask(grant, app.basic)).toMatchObject({
        status: 429,
        headers: { 'retry-after': '1', 'cache-control': 'no-store' },
        body: { error: 'rate_limited' },
      });
      expect((await ask(grant, other.basic)).status).toBe(200);
      now += 1_000;
      expect((await ask(grant, app.basic)).status).toBe(200);
    });

    it('fills its own part of the list of revoked tokens alone, until they expire', async () => {
      const other = await createClient(server);
      const token = await tokenOf();
      await seed(2_000, app.id);
      expect(await revoked(app, token)).toMatchObject({
        status: 503,
        body: { error_description: expect.stringContaining('Revoking its secret') },
      });
      expect(await outcome(token)).toBe(named());
      expect(await revoked(other, await issued(other))).toMatchObject({ status: 200 });
      now += 1_000_000;
      await server.changes.wake();
      expect(await revoked(app, await tokenOf())).toMatchObject({ status: 200 });
    });

    it('leaves administrators room, with as many others as there may be', async () => {
      await seed(90_000, 'crowd');
      const late = await openOAuthServer(state, () => now);
      expect(await revoked(app, await tokenOf(), late)).toMatchObject({ status: 503 });
      await late.denied.deny(
        { issuer: 'https://login.example', id: 'stolen', until: now + 900_000 },
        operator,
      );
      expect(late.denied.has('https://login.example', 'stolen')).toBe(true);
      await late.close();
    });
  });

  it('A19: while the database is down, secrets that were not seen before are not verified, and nothing is revoked', async () => {
    const other = await openOAuthServer(state, () => now);
    const token = await tokenOf();
    await outcome(token, other);
    other.cut(true);
    now += 5_000;
    const body = 'grant_type=client_credentials';
    const refused = { status: 503, body: { error: 'temporarily_unavailable' } };
    expect(await other.endpoint.token({ authorization: app.basic, body })).toMatchObject(refused);
    const revocation = { authorization: app.basic, body: `token=${token}` };
    expect(await other.endpoint.revoke(revocation)).toMatchObject(refused);
    expect(await outcome(token, other)).toBe(named());
    now += 60_000;
    expect(await outcome(token, other)).toBe('AUTH_UNAVAILABLE');
    await other.close();
  });
});
