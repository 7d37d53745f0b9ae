import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from './raw-request.ts';
import { type Answer, openTestServer, type TestServer } from './test-graph.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({ limits: { maxBodyBytes: 20_000, headersTimeoutMs: 400 } });
});
afterAll(() => server.close());

/** What every refusal must be: JSON, no HTML, no stack, a code and a request id. */
async function refusal(response: Response): Promise<{ status: number; code: unknown; message: string }> {
  const text = await response.text();
  expect(response.headers.get('content-type')).toMatch(
    /^application\/(graphql-response\+)?json; charset=utf-8$/,
  );
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(text).not.toMatch(/<(?!EOF)|node_modules|at \w+ \(|\.ts:|SyntaxError|Unexpected token|Did you mean/);
  const { errors } = JSON.parse(text) as Answer;
  const [error] = errors ?? [];
  expect(error?.extensions.requestId).toMatch(/^[\w-]+$/);
  expect(error?.extensions.requestId).toBe(response.headers.get('x-request-id'));
  return { status: response.status, code: error?.extensions.code, message: error?.message ?? '' };
}

const endpoint = () => `${server.url}/graphql`;
const json = { 'content-type': 'application/json' };

describe('a body that is no GraphQL request', () => {
  const bodies: readonly (readonly [string, string | Uint8Array])[] = [
    ['empty', ''],
    ['cut JSON', '{bad'],
    ['a list', '[]'],
    ['a string', '"x"'],
    ['null', 'null'],
    ['a number', '1'],
    ['an empty object', '{}'],
    ['cut UTF-8', new Uint8Array([0x7b, 0x22, 0xe2, 0x82])],
    ['a NUL', '{"query":"{ hello }"}\u0000'],
    ['a byte order mark', '\uFEFF{"query":"{ hello }"}'],
    ['very deep JSON', `{"query":"{ hello }","variables":${'['.repeat(9_000)}${']'.repeat(9_000)}}`],
    ['a poisoned prototype', '{"query":"{ hello }","__proto__":{"x":1}}'],
    ['a query that is no text', '{"query":7}'],
    ['variables that are a list', '{"query":"{ hello }","variables":[1]}'],
    ['variables that are text', '{"query":"{ hello }","variables":"{}"}'],
    ['extensions that are text', '{"query":"{ hello }","extensions":"x"}'],
    ['an operation name that is no text', '{"query":"{ hello }","operationName":7}'],
    ['an empty query', '{"query":""}'],
  ];
  for (const [what, body] of bodies) {
    it(`is refused: ${what}`, async () => {
      const { status, code } = await refusal(await server.ask(body));
      expect([status, code]).toEqual([400, what === 'a list' ? 'BATCHING_DISABLED' : 'BAD_REQUEST']);
    });
    it(`is refused on any route: ${what}`, async () => {
      const response = await fetch(`${server.url}/nowhere`, { method: 'PATCH', headers: json, body });
      expect([400, 404]).toContain((await refusal(response)).status);
    });
  }

  it('G14: is refused when it asks several things', async () => {
    const response = await server.ask([{ query: '{ hello }' }, { query: '{ hello }' }]);
    expect(await refusal(response)).toMatchObject({ status: 400, code: 'BATCHING_DISABLED' });
  });

  it('G21: is refused when it is compressed, before anything is inflated', async () => {
    const body = gzipSync(Buffer.from('{"query":"{ hello }"}'));
    for (const encoding of ['gzip', 'gzip,gzip,gzip', 'br']) {
      const response = await server.ask(body, { 'content-encoding': encoding });
      expect(await refusal(response)).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
    }
  });

  it('is refused when it is not UTF-8 by its own word', async () => {
    const response = await server.ask(
      { query: '{ hello }' },
      { 'content-type': 'application/json; charset=utf-16' },
    );
    expect(await refusal(response)).toMatchObject({ status: 415 });
  });
});

describe('a request that is too large', () => {
  it('G20: is refused by its declared length before the body is read', async () => {
    const head =
      'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2000000\r\n\r\n';
    const answer = await rawRequest(server.url, head);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"PAYLOAD_TOO_LARGE"');
    expect(answer.toLowerCase()).toContain('connection: close');
  });

  it('G20: is refused while it is read, where it declares no length', async () => {
    const head =
      'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n';
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`;
    const answer = await rawRequest(server.url, head, chunk, chunk, chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"PAYLOAD_TOO_LARGE"');
  });

  it('G20: is refused with 414 where the URL is', async () => {
    const ours = await fetch(`${endpoint()}?query=${'a'.repeat(9_000)}`, { headers: json });
    expect(await refusal(ours)).toMatchObject({ status: 414, code: 'URI_TOO_LONG' });
    const nodes = await rawRequest(
      server.url,
      `GET /graphql?query=${'a'.repeat(60_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
    );
    expect(nodes).toMatch(/^HTTP\/1\.1 414 /);
    expect(nodes).toContain('"code":"URI_TOO_LONG"');
  });

  it('G20: is refused with 431 where the headers are', async () => {
    const answer = await rawRequest(
      server.url,
      `GET / HTTP/1.1\r\nhost: x\r\nx-big: ${'a'.repeat(20_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('"code":"HEADERS_TOO_LARGE"');
  });
});

describe('a connection that is no HTTP', () => {
  it('is answered with JSON and closed', async () => {
    const answer = await rawRequest(server.url, 'these are no headers\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"BAD_REQUEST"');
    expect(answer).not.toMatch(/<html|stack/i);
  });

  it('is closed when it sends its headers too slowly', async () => {
    const begin = performance.now();
    const answer = await rawRequest(server.url, 'GET /health/live HTTP/1.1\r\nhost: x\r\nx-slow: ');
    expect(performance.now() - begin).toBeLessThan(3_000);
    expect(answer).not.toContain('200 OK');
  });

  it('leaves the server working', async () => {
    expect(await server.query('{ hello }')).toEqual({ data: { hello: 'world' } });
  });
});

describe('a request that a page of another site could send', () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
    it(`G17: is blocked as ${type}, and nothing is resolved`, async () => {
      const before = server.resolved.get('Mutation.bump');
      const body = JSON.stringify({ query: 'mutation { bump }' });
      const response = await fetch(endpoint(), { method: 'POST', headers: { 'content-type': type }, body });
      expect(await refusal(response)).toMatchObject({ status: 400, code: 'CSRF_BLOCKED' });
      expect(server.resolved.get('Mutation.bump')).toBe(before);
    });

  it('G17: is blocked as GET, with or without a simple media type', async () => {
    for (const headers of [new Headers(), new Headers({ 'content-type': 'text/plain' })]) {
      const response = await fetch(`${endpoint()}?query={hello}`, { headers });
      expect(await refusal(response)).toMatchObject({ status: 400, code: 'CSRF_BLOCKED' });
    }
  });

  it('is answered as GET with a header that no page can send unasked', async () => {
    const response = await fetch(`${endpoint()}?query={hello}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    expect(await response.json()).toEqual({ data: { hello: 'world' } });
  });

  it('gets no permission of CORS', async () => {
    const response = await fetch(endpoint(), {
      method: 'OPTIONS',
      headers: { origin: 'http://elsewhere.example', 'access-control-request-method': 'POST' },
    });
    expect(await refusal(response)).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('methods, paths and media types', () => {
  it('G16: refuses a mutation by GET, and does not execute it', async () => {
    const response = await fetch(`${endpoint()}?query=mutation{bump}`, { headers: json });
    expect(response.headers.get('allow')).toBe('POST');
    expect(await refusal(response)).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
    expect(server.resolved.get('Mutation.bump')).toBeUndefined();
  });

  it('refuses other methods with 405 and says which are allowed', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const response = await fetch(endpoint(), { method, headers: json, body: '{}' });
      expect(response.headers.get('allow')).toBe('GET, POST');
      expect(await refusal(response)).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
    }
  });

  it('answers unknown paths with JSON, the metrics of the other listener among them', async () => {
    for (const path of ['/', '/nowhere', '/metrics', '/admin', '/graphql/x', '/%2e%2e/etc/passwd'])
      expect(await refusal(await fetch(`${server.url}${path}`)), path).toMatchObject({
        status: 404,
        code: 'NOT_FOUND',
      });
  });

  it('answers a URL that cannot be decoded', async () => {
    expect((await refusal(await fetch(`${server.url}/%zz`))).status).toBe(400);
  });

  it('refuses with 406 before anything is executed', async () => {
    const response = await server.ask({ query: 'mutation { bump }' }, { accept: 'image/png' });
    expect(await refusal(response)).toMatchObject({ status: 406, code: 'NOT_ACCEPTABLE' });
    expect(server.resolved.get('Mutation.bump')).toBeUndefined();
  });

  it('refuses a time-out that is none', async () => {
    for (const value of ['soon', '-1', '0', '1e3', '1.5'])
      expect(
        await refusal(await server.ask({ query: '{ hello }' }, { 'x-request-timeout': value })),
        value,
      ).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });
});

describe('a document that is refused', () => {
  const cases: readonly (readonly [string, string, string, number])[] = [
    ['broken', '{ hello', 'GRAPHQL_PARSE_FAILED', 400],
    ['of an unknown field', '{ helo }', 'GRAPHQL_VALIDATION_FAILED', 400],
    ['of a value that does not fit', '{ echo(filter: {colour: GREE}) }', 'GRAPHQL_VALIDATION_FAILED', 400],
    [
      'with a cycle of fragments',
      '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
      'GRAPHQL_VALIDATION_FAILED',
      400,
    ],
    [
      'without the operation to run',
      'query A { hello } query B { hello }',
      'OPERATION_RESOLUTION_FAILURE',
      400,
    ],
    ['without any operation', 'fragment A on Query { hello }', 'GRAPHQL_VALIDATION_FAILED', 400],
    [
      'nested too deeply',
      `{ thing(id: 1) ${'{ self '.repeat(40)}${'}'.repeat(41)}`,
      'MAX_DEPTH_EXCEEDED',
      400,
    ],
    ['of 9,000 braces', '{'.repeat(9_000), 'MAX_DEPTH_EXCEEDED', 400],
    ['of 9,000 brackets', `{ echo(text: ${'['.repeat(9_000)}`, 'MAX_DEPTH_EXCEEDED', 400],
    ['of too many fields', `{ ${'hello '.repeat(2_500)} }`, 'MAX_TOKENS_EXCEEDED', 400],
    ['of comments', '#\\n'.repeat(3_000), 'MAX_TOKENS_EXCEEDED', 400],
    ['of commas', `{ hello ${','.repeat(3_000)} }`, 'MAX_TOKENS_EXCEEDED', 400],
  ];
  for (const [what, query, code, status] of cases) {
    it(`says so: ${what}`, async () => {
      const body = JSON.stringify({ query: query.replaceAll('\\n', '\n') });
      const strict = await refusal(await server.ask(body, { accept: 'application/graphql-response+json' }));
      expect(strict).toMatchObject({ status, code });
      const plain = await refusal(await server.ask(body));
      expect(plain).toMatchObject({ status: code.startsWith('MAX') ? 400 : 200, code });
    });
  }

  it('may name its operation with 256 characters', async () => {
    const response = await server.ask({ query: '{ hello }', operationName: 'x'.repeat(10_000) });
    expect(await refusal(response)).toMatchObject({ code: 'OPERATION_RESOLUTION_FAILURE' });
  });

  it('is refused quickly, however it is built', async () => {
    await server.query('{ hello }');
    for (const query of ['{'.repeat(15_000), `{ ${'hello '.repeat(2_400)} }`, '"'.repeat(15_000)]) {
      const begin = performance.now();
      await (await server.ask({ query })).text();
      expect(performance.now() - begin).toBeLessThan(250);
    }
  });
});

describe('a hash in place of a document', () => {
  const hash = 'a'.repeat(64);
  it('finds nothing, cleanly', async () => {
    const response = await server.ask({ extensions: { persistedQuery: { version: 1, sha256Hash: hash } } });
    expect(await refusal(response)).toMatchObject({ status: 200, code: 'PERSISTED_QUERY_NOT_FOUND' });
  });

  it('must belong to the document that comes with it', async () => {
    const response = await server.ask({
      query: '{ hello }',
      extensions: { persistedQuery: { version: 1, sha256Hash: hash } },
    });
    expect(await refusal(response)).toMatchObject({ status: 400, code: 'PERSISTED_QUERY_HASH_MISMATCH' });
  });

  it('is no obstacle where it does', async () => {
    const sha256Hash = createHash('sha256').update('{ hello }').digest('hex');
    const response = await server.ask({
      query: '{ hello }',
      extensions: { persistedQuery: { version: 1, sha256Hash } },
    });
    expect(await response.json()).toEqual({ data: { hello: 'world' } });
  });
});
