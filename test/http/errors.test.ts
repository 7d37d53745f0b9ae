import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, openTestServer, type TestServer } from './test-graph.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({ logLevel: 'debug' });
});
afterAll(() => server.close());

const failing = (how: string) => server.query('query ($how: String!) { fails(how: $how) hello }', { how });

describe('an error of the table', () => {
  it('passes with its own message, code, service and what may be shown; its detail goes to the log', async () => {
    const { data, errors } = await failing('known');
    expect(data).toEqual({ fails: null, hello: 'world' });
    expect(errors).toEqual([
      {
        message: 'The ride is over already.',
        locations: expect.anything(),
        path: ['fails'],
        extensions: {
          code: 'CONFLICT',
          requestId: expect.any(String),
          retryable: false,
          service: 'things',
          faultCode: 7,
        },
      },
    ]);
    const requestId = errors?.[0]?.extensions.requestId;
    const record = server.log().find((entry) => entry.requestId === requestId && entry.error !== undefined);
    expect(record).toMatchObject({
      code: 'CONFLICT',
      path: 'fails',
      error: { detail: 'detail-for-operators' },
    });
  });
});

describe('any other error', () => {
  for (const how of ['plain', 'string', 'graphql', 'foreign'])
    it(`L05: is masked, and logged whole and once: ${how}`, async () => {
      const { data, errors } = await failing(how);
      expect(data).toEqual({ fails: null, hello: 'world' });
      expect(errors).toEqual([
        {
          message: 'Something went wrong inside the server.',
          locations: expect.anything(),
          path: ['fails'],
          extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String), retryable: false },
        },
      ]);
      const requestId = errors?.[0]?.extensions.requestId;
      const told = server.log().filter((entry) => entry.requestId === requestId && entry.level === 'error');
      expect(told).toHaveLength(1);
      expect(JSON.stringify(told)).toContain('canary');
    });

  it('is masked where the schema does not fit what a backend gave', async () => {
    const { errors } = await server.query('{ leaks }');
    expect(errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
    expect(JSON.stringify(errors)).not.toContain('canary');
    const missing = await server.query('{ must }');
    expect(missing.data).toBeNull();
    expect(missing.errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
  });
});

describe('a backend that fails', () => {
  it('L06: nulls its own fields with a code and its name, and is told to the log once', async () => {
    server.backend.behave((_ids, _request, response) => {
      response.statusCode = 500;
      response.end('<html>upstream-canary SELECT secret FROM users</html>');
    });
    const ids = Array.from({ length: 100 }, (_, index) => String(index));
    const response = await server.ask({
      query: 'query ($ids: [ID!]!) { hello things(ids: $ids) { name } }',
      variables: { ids },
    });
    const answer = (await response.json()) as Answer;
    expect(response.status).toBe(200);
    expect(answer.data).toEqual({ hello: 'world', things: ids.map(() => null) });
    expect(answer.errors).toHaveLength(100);
    expect(answer.errors?.[7]).toMatchObject({
      message: 'A service reported an error.',
      path: ['things', 7],
      extensions: { code: 'DOWNSTREAM_SERVICE_ERROR', service: 'things', retryable: false },
    });
    expect(JSON.stringify(answer)).not.toMatch(/canary|SELECT|127\.0\.0\.1/);
    const requestId = answer.errors?.[0]?.extensions.requestId;
    const records = server.log().filter((entry) => entry.requestId === requestId);
    expect(records.filter((entry) => entry.level === 'warn')).toMatchObject([
      { code: 'DOWNSTREAM_SERVICE_ERROR', service: 'things', fields: 100, path: 'things.0' },
    ]);
    expect(records.find((entry) => entry.msg === 'request')).toMatchObject({
      codes: ['DOWNSTREAM_SERVICE_ERROR'],
      operations: { 'things.thing': { batches: 1, inputs: 100, wireRequests: 1, errors: 100 } },
    });
  });
});

describe('variables that do not fit', () => {
  const secret = 'canary-of-a-variable';
  const cases: readonly (readonly [string, string, unknown, string])[] = [
    ['a word for a number', '$count: Int', { count: secret }, '$count'],
    ['a number that is too large', '$count: Int', { count: 2 ** 53 }, '$count'],
    ['a list for a text', '$text: String', { text: [secret] }, '$text'],
    ['null for what is required', '$text: String!', { text: null }, '$text'],
    ['nothing for what is required', '$text: String!', {}, '$text'],
    [
      'a value that is almost one of an enum',
      '$filter: Filter',
      { filter: { colour: 'GREE' } },
      '$filter.colour',
    ],
    [
      'a field that is almost one',
      '$filter: Filter',
      { filter: { colour: 'RED', size: [1] } },
      '$filter.size',
    ],
    ['a required field that is missing', '$filter: Filter', { filter: {} }, '$filter.colour'],
    [
      'a wrong item',
      '$filter: Filter',
      { filter: { colour: 'RED', sizes: [1, secret] } },
      '$filter.sizes[1]',
    ],
    [
      'a wrong value far inside',
      '$filter: Filter',
      { filter: { colour: 'RED', nested: { colour: secret } } },
      '$filter.nested.colour',
    ],
    ['a text for an object', '$filter: Filter', { filter: secret }, '$filter'],
    ['two of which one is wanted', '$choice: Choice', { choice: { byId: '1', byName: secret } }, '$choice'],
  ];
  for (const [what, definition, variables, place] of cases)
    it(`G27: are named by their place alone: ${what}`, async () => {
      const before = server.logText().length;
      const name = /\$(\w+)/.exec(definition)?.[1];
      const response = await server.ask({
        query: `query (${definition}) { echo(${name}: $${name}) }`,
        variables,
      });
      const text = await response.text();
      const { errors, data } = JSON.parse(text) as Answer;
      expect(response.status).toBe(200);
      expect(data).toBeUndefined();
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
      expect(errors?.[0]?.message).toContain(`\`${place}\``);
      expect(`${text}${server.logText().slice(before)}`).not.toMatch(
        /canary|GREE\b|Did you mean|9007199254740992/,
      );
    });

  it('have the status 400 where the media type tells mistakes by the status', async () => {
    const response = await server.ask(
      { query: 'query ($text: String!) { echo(text: $text) }' },
      { accept: 'application/graphql-response+json' },
    );
    expect(response.status).toBe(400);
    expect(((await response.json()) as Answer).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});

describe('a misspelt name', () => {
  it('is refused without suggestions', async () => {
    for (const query of [
      '{ helo }',
      '{ hello { x } }',
      '{ echo(txt: "x") }',
      '{ echo(filter: {colour: REED}) }',
      '{ ...on Thng { id } }',
    ]) {
      const text = await (await server.ask({ query })).text();
      expect(text, query).toContain('GRAPHQL_VALIDATION_FAILED');
      expect(text, query).not.toMatch(/Did you mean|"RED"|\bThing\b.*\?/);
    }
  });

  it('of introspection is refused where introspection is off', async () => {
    const closed = await openTestServer({ introspection: false });
    try {
      const answer = await closed.query('{ __schema { types { name } } }');
      expect(answer.errors?.[0]).toMatchObject({
        message: 'Introspection is not available.',
        extensions: { code: 'INTROSPECTION_DISABLED' },
      });
      expect(await closed.query('{ __typename }')).toEqual({ data: { __typename: 'Query' } });
    } finally {
      await closed.close();
    }
  });
});

describe('cache headers', () => {
  const headerOf = async (query: string) => (await server.ask({ query })).headers.get('cache-control');
  it('tell how long an answer without errors may be kept', async () => {
    expect(await headerOf('{ hello }')).toBe('max-age=60, public');
    expect(await headerOf('{ cached { a } }')).toBe('max-age=30, private');
    expect(await headerOf('{ cached { a b } hello }')).toBe('max-age=10, private');
  });
  it('forbid it for everything else', async () => {
    expect(await headerOf('{ hello echo(text: "x") }')).toBe('no-store');
    expect(await headerOf('mutation { count }')).toBe('no-store');
    expect(await headerOf('{ hello fails(how: "known") }')).toBe('no-store');
    expect(await headerOf('{ helo }')).toBe('no-store');
  });
});
