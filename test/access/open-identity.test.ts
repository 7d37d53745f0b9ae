import { afterEach, beforeEach, expect, it } from 'vitest';
import { openPepper } from '../../src/access/keys/pepper.ts';
import { openDeniedTokens } from '../../src/access/oauth/denied-tokens.ts';
import { type OpenIdentity, openIdentity } from '../../src/access/open-identity.ts';
import { serverConfigSchema } from '../../src/config/server-config.ts';
import { callersBy } from '../../src/http/callers.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { steadyClock } from '../../src/util/clock.ts';
import { openTestServer, type TestServer } from '../http/test-graph.ts';
import { type IdentityProvider, openIdentityProvider, recipient } from '../support/identity-provider.ts';
import { until } from '../support/redis-server.ts';
import { createApp, openReplica, operator, type TestReplica, testPepper } from '../support/registry.ts';
import { openState, type TestState } from '../support/state.ts';

let state: TestState;
let replica: TestReplica;
let provider: IdentityProvider;
let opened: OpenIdentity;
let server: TestServer;

beforeEach(async () => {
  state = await openState();
  replica = await openReplica(state, { pollMs: 100 });
  provider = await openIdentityProvider('ES256');
});
afterEach(async () => {
  await server.close();
  opened.close();
  await replica.close();
  await provider.stop();
  await state.drop();
});

async function start(): Promise<void> {
  const issuer = {
    name: 'people',
    issuer: provider.issuer,
    recipients: [recipient],
    jwksUrl: provider.jwksUrl,
  };
  const { access } = serverConfigSchema.parse({ access: { issuers: [issuer] } });
  const pepper = openPepper({ variables: { TRIBUTARY_PEPPER: testPepper }, directory: '.', log: noLog });
  const denied = await openDeniedTokens({ ...replica, clock: steadyClock });
  opened = await openIdentity({ ...replica, denied, config: access, pepper, log: noLog });
  const { identity, oauth } = opened;
  const unready = () => opened.unready();
  server = await openTestServer({}, { callers: callersBy(identity), oauth, unready });
}

const ready = async () => {
  const response = await fetch(`${server.url}/health/ready`);
  return [response.status, ((await response.json()) as { down: unknown }).down];
};

it('A16: a server whose issuer has never given its keys runs and is not ready, until it has', async () => {
  provider.behave((response) => response.destroy());
  await start();
  expect(await ready()).toEqual([503, ['people']]);
  const anonymous = await server.ask({ query: '{ hello }' });
  expect(anonymous.status).toBe(200);
  const token = await provider.token();
  expect((await server.ask({ query: '{ hello }' }, { authorization: `Bearer ${token}` })).status).toBe(503);
  provider.behave(undefined);
  await until(async () => (await ready())[0] === 200);
  expect((await server.ask({ query: '{ hello }' }, { authorization: `Bearer ${token}` })).status).toBe(200);
});

it('a key of the registry, a token of this server and one of an issuer each name their caller', async () => {
  await start();
  const { appId } = await createApp(replica);
  const { keys } = replica.registry;
  const key = await keys.create(operator, { appId, environment: 'live', name: 'key' });
  const secret = await keys.create(operator, { appId, environment: 'live', name: 'secret', kind: 'client' });
  const granted = await fetch(`${server.url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: appId,
      client_secret: secret.key,
    }),
  });
  const { access_token: token } = (await granted.json()) as { access_token: string };
  const callerOf = async (bearer: string): Promise<unknown> => {
    const response = await server.ask({ query: '{ hello }' }, { authorization: `Bearer ${bearer}` });
    await response.text();
    return server.log().at(-1)?.caller;
  };
  expect(await callerOf(key.key)).toBe(`key:${key.info.keyId}`);
  expect(await callerOf(token)).toBe(`client:tributary:${secret.info.keyId}`);
  expect(await callerOf(await provider.token())).toBe('user:people:anna');
  await keys.revoke(operator, key.info.keyId, 'leaked');
  const refused = await server.ask({ query: '{ hello }' }, { authorization: `Bearer ${key.key}` });
  expect([refused.status, JSON.stringify(await refused.json())]).toEqual([
    401,
    expect.stringContaining('API_KEY_REVOKED'),
  ]);
});
