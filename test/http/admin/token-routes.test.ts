import { afterEach, beforeEach, expect, it } from 'vitest';
import { type OpenIdentity, openIdentity } from '../../../src/access/open-identity.ts';
import { type AccessState, openAccessState } from '../../../src/access/open-state.ts';
import { serverConfigSchema } from '../../../src/config/server-config.ts';
import { codeOf } from '../../../src/errors.ts';
import { adminRoutes } from '../../../src/http/admin/admin-routes.ts';
import { callRoute } from '../../../src/http/admin/call-route.ts';
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

  const deny = (body: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const route = adminRoutes(here.state).find(({ name }) => name === 'denyToken') as AdminRoute;
    return callRoute(route, { body }, operator);
  };
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

  it('is described like all else that administrators can do', () => {
    expect(describeRoutes(adminRoutes(here.state))).toMatchObject({
      paths: { '/admin/tokens/denied': { post: { operationId: 'denyToken' } } },
    });
  });
});
