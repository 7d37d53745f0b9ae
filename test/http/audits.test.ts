import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestServer, type TestServer } from './test-graph.ts';

describe('the GraphQL over HTTP audits', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await openTestServer();
  });
  afterAll(() => server.close());

  // Requests of other sites are refused, so that those without a body need a header that a page cannot send.
  const audits = serverAudits({
    url: () => `${server.url}/graphql`,
    fetchFn: (input: string, init: RequestInit = {}) =>
      fetch(input, { ...init, headers: { ...init.headers, 'apollo-require-preflight': 'true' } }),
  });

  it('G30: are 61', () => expect(audits).toHaveLength(61));

  for (const audit of audits) {
    it(`${audit.id}: ${audit.name}`, async () => {
      const result = await audit.fn();
      expect('reason' in result ? result.reason : undefined).toBeUndefined();
      expect(result.status).toBe('ok');
    });
  }
});
