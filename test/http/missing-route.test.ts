import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { adminRoute } from '../../src/http/admin/route.ts';
import { securityHeaders } from '../../src/http/security-headers.ts';
import { issuerUrl, type OAuthServer, openOAuthServer } from '../access/oauth/oauth-server.ts';
import { openState, type TestState } from '../support/state.ts';
import { openTestServer, type TestServer } from './test-graph.ts';

const page = 'https://pages.example';
const path = z.strictObject({ thing: z.string() });
const things = (['GET', 'PATCH'] as const).map((method) =>
  adminRoute({
    name: `${method}Thing`,
    method,
    path: '/things/{thing}',
    summary: 'Something with a thing.',
    parameters: path,
    answer: 'Nothing more.',
    handle: async () => ({}),
  }),
);

describe('a method that a path does not have', () => {
  let state: TestState;
  let oauth: OAuthServer;
  let server: TestServer;
  beforeAll(async () => {
    state = await openState();
    oauth = await openOAuthServer(state);
    const { endpoint, keys } = oauth;
    server = await openTestServer(
      { cors: { origins: [page] } },
      {
        oauth: { issuer: issuerUrl, endpoint, keys: () => keys.published() },
        registration: oauth.registry.registration,
        adminRoutes: things,
      },
    );
  });
  afterAll(async () => {
    await server.close();
    await oauth.close();
    await state.drop();
  });

  const ask = (url: string, method: string, init: RequestInit = {}): Promise<Response> =>
    fetch(url, { method, ...init });

  it.each([
    ['GET', '/oauth/token', 'POST'],
    ['GET', '/oauth/revoke?token=x', 'POST'],
    ['DELETE', '/oauth/token', 'POST'],
    ['GET', '/register', 'POST'],
    ['PUT', '/register/confirm', 'POST'],
    ['POST', '/.well-known/jwks.json', 'GET'],
    ['POST', '/health/ready', 'GET, HEAD'],
    ['PUT', '/graphql', 'GET, POST'],
    ['PUT', '/graphql/partner', 'GET, POST'],
  ])('of the endpoint is told which it has: %s %s', async (method, url, allow) => {
    const response = await ask(server.url + url, method);
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    for (const [name, value] of Object.entries(securityHeaders))
      expect(response.headers.get(name)).toBe(value);
    const { errors } = (await response.json()) as { errors: { extensions: object }[] };
    expect(errors).toMatchObject([
      { extensions: { code: 'METHOD_NOT_ALLOWED', requestId: response.headers.get('x-request-id') } },
    ]);
  });

  it.each([
    ['GET', '/cache/evict', 'POST'],
    ['POST', '/metrics', 'GET'],
    ['DELETE', '/admin/things/x', 'GET, PATCH'],
    ['POST', '/admin/openapi.json', 'GET'],
  ])('of the listener for operators is told which it has: %s %s', async (method, url, allow) => {
    const response = await ask(server.adminUrl + url, method);
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
  });

  it('matters more than what is wrong with the body', async () => {
    for (const [type, body] of [
      ['application/x-www-form-urlencoded', 'grant_type=client_credentials'],
      ['application/json', '{'],
      ['text/plain', 'hello'],
    ] as const) {
      const init = { headers: { 'content-type': type }, body };
      expect((await ask(`${server.url}/oauth/token`, 'PUT', init)).status).toBe(405);
      expect((await ask(`${server.url}/nowhere`, 'POST', init)).status).toBe(404);
    }
  });

  it('may be read by a page that may ask', async () => {
    const response = await ask(`${server.url}/register`, 'GET', { headers: { origin: page } });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([405, page]);
  });

  it('is none where nothing is served: the path is not there', async () => {
    for (const url of ['/nowhere', '/oauth', '/oauth/token/', '/oauth/tokens', '/metrics', '/admin/things/x'])
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const response = await ask(server.url + url, method);
        expect([url, method, response.status], url).toEqual([url, method, method === 'OPTIONS' ? 400 : 404]);
        expect(response.headers.get('allow')).toBeNull();
      }
    for (const url of ['/admin/things', '/admin/things/', '/admin/things/x/y'])
      expect((await ask(server.adminUrl + url, 'DELETE')).status, url).toBe(404);
  });
});
