import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Identity } from '../../src/access/identity/identity.ts';
import { callersBy } from '../../src/http/callers.ts';
import {
  basic,
  createClient,
  issuerUrl,
  type OAuthServer,
  openOAuthServer,
  type TestClient,
} from '../access/oauth/oauth-server.ts';
import { openState, type TestState } from '../support/state.ts';
import { openTestServer, type TestServer } from './test-graph.ts';

let state: TestState;
let oauth: OAuthServer;
let server: TestServer;
let app: TestClient;

beforeAll(async () => {
  state = await openState();
  oauth = await openOAuthServer(state);
  app = await createClient(oauth);
  const identity = new Identity({
    anonymous: 'none',
    environment: 'live',
    trustedProxies: [],
    keys: oauth.registry.verifier,
    tokens: oauth.tokens,
  });
  const { endpoint, keys } = oauth;
  const options = { issuer: issuerUrl, endpoint, keys: () => keys.published() };
  server = await openTestServer({ logLevel: 'debug' }, { callers: callersBy(identity), oauth: options });
});
afterAll(async () => {
  await server.close();
  await oauth.close();
  await state.drop();
});

const post = (path: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body,
  });

async function newToken(): Promise<string> {
  const response = await post('/oauth/token', 'grant_type=client_credentials', {
    authorization: app.basic,
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  return ((await response.json()) as { access_token: string }).access_token;
}

it('an app gets a token, asks with it, revokes it, and is refused from then on', async () => {
  const token = await newToken();
  const ask = () => server.ask({ query: '{ hello }' }, { authorization: `Bearer ${token}` });
  expect(await (await ask()).json()).toEqual({ data: { hello: 'world' } });
  expect(server.log().at(-1)).toMatchObject({
    caller: `client:tributary:${app.keyId}`,
    audience: 'PARTNER',
    app: app.id,
  });
  const revoked = await post('/oauth/revoke', `token=${token}`, { authorization: app.basic });
  expect([revoked.status, await revoked.text()]).toEqual([200, '']);
  expect((await ask()).status).toBe(401);
});

it('others verify a token with the keys that are published', async () => {
  const metadata = (await (
    await fetch(`${server.url}/.well-known/oauth-authorization-server`)
  ).json()) as Record<string, string>;
  expect(metadata).toMatchObject({
    issuer: issuerUrl,
    token_endpoint: `${issuerUrl}/oauth/token`,
    revocation_endpoint: `${issuerUrl}/oauth/revoke`,
    jwks_uri: `${issuerUrl}/.well-known/jwks.json`,
    grant_types_supported: ['client_credentials'],
  });
  const keys = createRemoteJWKSet(new URL(`${server.url}/.well-known/jwks.json`));
  const verified = await jwtVerify(await newToken(), keys, {
    issuer: issuerUrl,
    audience: issuerUrl,
    typ: 'at+jwt',
  });
  expect(verified.payload.sub).toBe(app.id);
});

it('what is no form is refused, and the rest of the server reads no forms', async () => {
  const json = await post('/oauth/token', '{}', { 'content-type': 'application/json' });
  expect(json.status).toBe(415);
  expect(await json.text()).toContain('must be `application/x-www-form-urlencoded`');
  expect((await post('/oauth/token', `a=${'x'.repeat(9_000)}`)).status).toBe(413);
  expect((await post('/graphql', 'query={hello}')).status).toBe(400);
  expect((await fetch(`${server.url}/oauth/token`)).status).toBe(405);
});

it('no secret gets into an answer or the log', async () => {
  const answers = await Promise.all([
    post(
      '/oauth/token',
      `grant_type=client_credentials&client_id=${app.id}&client_secret=${encodeURIComponent(app.secret)}x`,
    ),
    post('/oauth/token', 'grant_type=client_credentials', { authorization: basic(app.id, `${app.secret}x`) }),
    post(`/oauth/token?client_secret=${encodeURIComponent(app.secret)}`, 'grant_type=client_credentials'),
  ]);
  for (const answer of answers) {
    expect(answer.status).toBe(401);
    expect(await answer.text()).not.toContain(app.secret);
  }
  expect(server.logText()).not.toContain(app.secret);
});
