import { afterEach, beforeEach, expect, it } from 'vitest';
import { type OpenIdentity, openIdentity } from '../../../src/access/open-identity.ts';
import { type AccessState, openAccessState } from '../../../src/access/open-state.ts';
import { serverConfigSchema } from '../../../src/config/server-config.ts';
import { codeOf } from '../../../src/errors.ts';
import { adminRoutes } from '../../../src/http/admin/admin-routes.ts';
import { type AskedOfRoute, callRoute } from '../../../src/http/admin/call-route.ts';
import { describeRoutes } from '../../../src/http/admin/openapi.ts';
import type { AdminRoute } from '../../../src/http/admin/route.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { type IdentityProvider, openIdentityProvider, recipient } from '../../support/identity-provider.ts';
import { until } from '../../support/redis-server.ts';
import { operator, testPepper } from '../../support/registry.ts';
import { describeWithState, type TestState } from '../../support/state.ts';

interface Replica {
  readonly state: AccessState;
  readonly identity: OpenIdentity;
}

interface Listed {
  readonly denied: readonly { readonly token: string }[];
  readonly next?: string;
}

await describeWithState('the list of denied tokens', (open) => {
  let database: TestState;
  let provider: IdentityProvider;
  let here: Replica;
  let there: Replica;

  const start = async (): Promise<Replica> => {
    const people = { name: 'people', issuer: provider.issuer, recipients: [recipient] };
    const { access: config } = serverConfigSchema.parse({
      access: { stateUrl: database.url, issuers: [{ ...people, jwksUrl: provider.jwksUrl }] },
    });
    const variables = { TRIBUTARY_PEPPER: testPepper };
    const state = await openAccessState({ config, directory: '.', variables, log: noLog });
    return { state, identity: await openIdentity({ ...state, config, log: noLog }) };
  };
  beforeEach(async () => {
    database = await open();
    provider = await openIdentityProvider('ES256');
    here = await start();
    there = await start();
  });
  afterEach(async () => {
    for (const { state, identity } of [here, there]) {
      identity.close();
      await state.close();
    }
    await provider.stop();
    await database.drop();
  });

  const call = (name: string, asked: AskedOfRoute): Promise<unknown> => {
    const route = adminRoutes(here.state).find((each) => each.name === name) as AdminRoute;
    return callRoute(route, asked, operator);
  };
  const deny = (body: Readonly<Record<string, unknown>>): Promise<unknown> => call('denyToken', { body });
  const allow = (token: string, issuer = 'people'): Promise<unknown> =>
    call('allowToken', { body: { token, issuer } });
  const listed = (query = {}): Promise<Listed> => call('listDeniedTokens', { query }) as Promise<Listed>;
  const outcome = async ({ identity }: Replica, token: string): Promise<string> => {
    const asked = { key: undefined, token, address: '192.0.2.1', origin: undefined };
    try {
      return (await identity.identity.identify(asked)).id;
    } catch (thrown) {
      return codeOf(thrown);
    }
  };
  const refusal = (body: Readonly<Record<string, unknown>>): Promise<string> =>
    deny(body).then(
      () => 'done',
      (thrown: unknown) => codeOf(thrown),
    );
  const inFiveMinutes = (): string => new Date(Date.now() + 300_000).toISOString();

  it('A18: has tokens of identity providers that an administrator names, on every replica within a second', async () => {
    const token = await provider.token({ jti: 'stolen' });
    const other = await provider.token({ jti: 'good' });
    expect(await outcome(there, token)).toBe('user:people:anna');
    const began = performance.now();
    expect(await deny({ token: 'stolen', issuer: 'people', until: inFiveMinutes() })).toMatchObject({
      token: 'stolen',
      issuer: provider.issuer,
    });
    expect(await outcome(here, token)).toBe('TOKEN_INVALID');
    await until(async () => (await outcome(there, token)) === 'TOKEN_INVALID');
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(await outcome(there, other)).toBe('user:people:anna');
    const { rows } = await here.state.audit.search({ action: 'token.revoke' });
    expect(rows).toMatchObject([{ actor_id: operator.id, target: 'stolen' }]);
  });

  it('A18: remembers one for as long as the latest end that it was given, and a minute of clock skew', async () => {
    const end = Date.now() + 300_000;
    const untilOf = (): Promise<unknown> => here.state.database.all('SELECT until FROM denied_tokens');
    const issuer = provider.issuer;
    await deny({ token: 'stolen', issuer, until: new Date(end).toISOString() });
    await deny({ token: 'stolen', issuer, until: new Date(end + 5_000).toISOString() });
    await deny({ token: 'stolen', issuer, until: new Date(end - 5_000).toISOString() });
    expect(await untilOf()).toEqual([{ until: end + 65_000 }]);
    const { rows } = await here.state.audit.search({ action: 'token.revoke' });
    expect(rows).toHaveLength(2);
  });

  it('refuses what would look as if something had been done', async () => {
    const good = { token: 'stolen', issuer: 'people', until: inFiveMinutes() };
    expect(await refusal({ ...good, issuer: 'https://login.example' })).toBe('NOT_FOUND');
    expect(await refusal({ ...good, until: '2026-01-01T00:00:00Z' })).toBe('BAD_USER_INPUT');
    expect(await refusal({ ...good, until: 'tomorrow' })).toBe('BAD_REQUEST');
    expect(await refusal({ ...good, token: await provider.token() })).toBe('BAD_USER_INPUT');
    const [header, body] = (await provider.token()).split('.');
    for (const token of [`Bearer ${await provider.token()}`, `${header}.${body}.x.y.z`])
      expect(await refusal({ ...good, token })).toBe('BAD_USER_INPUT');
    expect(await refusal({ ...good, token: 'a\0b' })).toBe('BAD_REQUEST');
    expect(await refusal({ ...good, issuer: 'tributary' })).toBe('done');
    const { state } = here;
    const person = state.denied.deny(
      { issuer: provider.issuer, id: 'x', until: Date.now() },
      { type: 'user', id: 'u' },
    );
    expect(await person.catch(codeOf)).toBe('FORBIDDEN');
    expect(await state.database.all('SELECT issuer FROM denied_tokens')).toEqual([
      { issuer: 'http://127.0.0.1:4000' },
    ]);
  });

  it('shows what is denied, the newest first, by whom, in pages; never a token', async () => {
    const until = inFiveMinutes();
    for (const token of ['first', 'second', 'third']) await deny({ token, issuer: 'people', until });
    const own = { issuer: 'http://127.0.0.1:4000', id: 'own', until: Date.parse(until), app: 'app-1' };
    await here.state.denied.deny(own, { type: 'system', id: 'app-1' });
    const { denied, next } = await listed();
    expect(next).toBeUndefined();
    expect(new Set(denied.map(({ token }) => token))).toEqual(new Set(['own', 'third', 'second', 'first']));
    const third = denied.find(({ token }) => token === 'third');
    expect(third).toEqual({
      token: 'third',
      issuer: provider.issuer,
      deniedAt: expect.stringMatching(/^20\d\d-.*Z$/),
      deniedUntil: until,
      by: operator.id,
      app: undefined,
    });
    expect((await listed({ by: 'apps' })).denied).toMatchObject([
      { token: 'own', by: undefined, app: 'app-1' },
    ]);
    expect((await listed({ by: 'administrators' })).denied).toHaveLength(3);
    const found: string[] = [];
    let after: string | undefined;
    for (let pages = 0; pages < 3; pages++) {
      const page = await listed({ by: 'administrators', limit: 1, ...(after && { after }) });
      found.push(...page.denied.map(({ token }) => token));
      after = page.next;
    }
    expect([...found].sort()).toEqual(['first', 'second', 'third']);
    expect(after).toBeUndefined();
  });

  it('orders by time, with what a release denied that noted none at its end', async () => {
    await database.run(
      `INSERT INTO denied_tokens (id, issuer, token_id, until) VALUES ('z', 'x', 'old', ${Date.now() + 99_000})`,
    );
    await database.run(
      `INSERT INTO denied_tokens (id, issuer, token_id, until, denied_at) VALUES ('a', 'x', 'over', 1000, 1)`,
    );
    await deny({ token: 'new', issuer: 'people', until: inFiveMinutes() });
    const first = await listed({ limit: 1 });
    expect(first.denied).toMatchObject([{ token: 'new' }]);
    expect(await listed({ after: first.next })).toEqual({
      denied: [expect.objectContaining({ token: 'old', deniedAt: undefined, by: undefined })],
      next: undefined,
    });
  });

  it('forgets one that an administrator allows again, on every replica within a second, and tells the audit log', async () => {
    const token = await provider.token({ jti: 'mistaken' });
    const other = await provider.token({ jti: 'stolen' });
    for (const jti of ['mistaken', 'stolen'])
      await deny({ token: jti, issuer: 'people', until: inFiveMinutes() });
    await until(async () => (await outcome(there, token)) === 'TOKEN_INVALID');
    const began = performance.now();
    expect(await allow('mistaken')).toEqual({ token: 'mistaken', issuer: provider.issuer, allowed: true });
    expect(await outcome(here, token)).toBe('user:people:anna');
    await until(async () => (await outcome(there, token)) === 'user:people:anna');
    expect(performance.now() - began).toBeLessThan(1_000);
    for (const replica of [here, there]) expect(await outcome(replica, other)).toBe('TOKEN_INVALID');
    expect((await listed()).denied.map(({ token: id }) => id)).toEqual(['stolen']);
    expect(await allow('mistaken').catch(codeOf)).toBe('NOT_FOUND');
    const { rows } = await here.state.audit.search({ action: 'token.allow' });
    expect(rows).toMatchObject([{ actor_id: operator.id, target: 'mistaken' }]);
    await deny({ token: 'mistaken', issuer: 'people', until: inFiveMinutes() });
    await until(async () => (await outcome(there, token)) === 'TOKEN_INVALID');
  });

  it('allows nothing that is not denied, that its owner revoked, or by whoever is no operator', async () => {
    await deny({ token: 'stolen', issuer: 'people', until: inFiveMinutes() });
    await expect(allow('stolen', 'tributary')).rejects.toThrow('No such token of that issuer is denied.');
    await expect(allow(await provider.token())).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    const { denied } = here.state;
    const stolen = { issuer: provider.issuer, id: 'stolen' };
    const person = { type: 'user', id: 'u' } as const;
    expect(await denied.allow(stolen, person).catch(codeOf)).toBe('FORBIDDEN');
    expect(await denied.list(person, { limit: 1 }).catch(codeOf)).toBe('FORBIDDEN');
    const owner = { type: 'system', id: 'app-1' } as const;
    const again = { ...stolen, until: Date.now() + 1_000, app: 'app-1' };
    await denied.deny(again, owner);
    await expect(allow('stolen')).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/`app-1`, has revoked that token by OAuth: only what an administrator/),
    });
    expect(denied.has(stolen.issuer, stolen.id)).toBe(true);
  });

  it('is described like all else that administrators can do', () => {
    expect(describeRoutes(adminRoutes(here.state))).toMatchObject({
      paths: {
        '/admin/tokens/denied': {
          post: { operationId: 'denyToken' },
          get: { operationId: 'listDeniedTokens', description: 'Needs the scope `admin:read`.' },
        },
        '/admin/tokens/allow': {
          post: { operationId: 'allowToken', description: 'Needs the scope `admin:write`.' },
        },
      },
    });
  });
});
