import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverConfigSchema } from '../../src/config/server-config.ts';
import { openTestServer, type TestServer } from './test-graph.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({ cors: { origins: ['https://app.example'] } });
});
afterAll(() => server.close());

const preflight = (origin: string) =>
  fetch(`${server.url}/graphql`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type, x-api-key',
    },
  });
const ask = (origin: string, body: object = { query: '{ hello }' }) => server.ask(body, { origin });
const allowed = ({ headers }: Response) => headers.get('access-control-allow-origin');

describe('a page of another site', () => {
  it('may ask where its origin is allowed, and is told what it may send', async () => {
    const { status, headers } = await preflight('https://app.example');
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(headers.get('access-control-allow-headers')).toContain('x-api-key');
    expect(headers.get('access-control-allow-methods')).toBe('GET, POST');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    for (let round = 0; round < 3; round += 1) {
      const answer = await ask('https://app.example');
      expect(allowed(answer)).toBe('https://app.example');
      expect(answer.headers.get('vary')).toBe('accept, origin');
      expect(await answer.json()).toEqual({ data: { hello: 'world' } });
    }
  });

  it('reads errors too', async () => {
    expect(allowed(await ask('https://app.example', { query: '{ helo }' }))).toBe('https://app.example');
    expect(allowed(await ask('https://app.example', []))).toBe('https://app.example');
  });

  it('gets no permission where its origin is another', async () => {
    for (const origin of ['https://evil.example', 'https://app.example.evil', 'http://app.example', 'null']) {
      expect(allowed(await preflight(origin))).toBeNull();
      expect(allowed(await ask(origin))).toBeNull();
    }
  });

  it('is asked for a preflight all the same: CSRF stays', async () => {
    const simple = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { origin: 'https://app.example', 'content-type': 'text/plain' },
      body: '{"query":"{ hello }"}',
    });
    expect(simple.status).toBe(400);
  });

  it('makes every answer vary by origin, also of those who send none', async () => {
    for (let round = 0; round < 3; round += 1)
      expect((await server.ask({ query: '{ hello }' })).headers.get('vary')).toBe('accept, origin');
  });
});

it('credentials of browsers go with origins by name alone', () => {
  expect(() => serverConfigSchema.parse({ cors: { origins: ['*'], credentials: true } })).toThrow(/by name/);
  for (const origin of ['https://a.example/', 'a.example', 'https://*.example', 'file://x'])
    expect(() => serverConfigSchema.parse({ cors: { origins: [origin] } })).toThrow();
});
