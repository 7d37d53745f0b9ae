import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestServer, type TestServer } from './test-graph.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({ logLevel: 'debug' });
});
afterAll(() => server.close());

const canary = 'CANARY7f3a';

it('lets no secret of a request into the log, the metrics or another answer', async () => {
  const answers: string[] = [];
  const headers = {
    authorization: `Bearer ${canary}-header`,
    cookie: `session=${canary}-cookie`,
    'x-api-key': `${canary}-key`,
    'x-request-id': `id with spaces ${canary}`,
    'user-agent': `${canary}-agent`,
  };
  const bodies = [
    {
      query: 'query ($password: String) { echo(text: $password) }',
      variables: { password: 5, token: `${canary}` },
    },
    { query: `{ echo(text: 5) hello(token: "${canary}") }` },
    { query: 'query ($text: Int) { echo(count: $text) }', variables: { text: `${canary}-variable` } },
    { query: `query { fails(how: "plain") } # ${canary}` },
    { query: '{ hello }', operationName: `No${canary}` },
  ];
  for (const body of bodies) {
    const response = await server.ask(body, headers);
    const requestId = response.headers.get('x-request-id');
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    answers.push(JSON.stringify([...response.headers]), await response.text());
  }
  const search = new URLSearchParams({ query: '{ hello }', 'api-key': `${canary}-query`, apikey: canary });
  for (const path of [`/graphql?${search}`, `/nowhere/${canary}?token=${canary}`, `/%zz${canary}`]) {
    const response = await fetch(`${server.url}${path}`, { headers });
    answers.push(await response.text());
  }
  // The client's own text of a document may come back to it, as may the name of an operation that it asked for.
  const shown = answers.filter((answer) => answer.includes(canary));
  expect(shown.every((answer) => /hello|No CANARY|NoCANARY/.test(answer))).toBe(true);
  expect(server.logText()).not.toContain(canary);
  expect((await server.telemetry.metrics.text()).body).not.toContain(canary);
});

it('takes secrets out of what drivers and backends say, before it is logged', async () => {
  const error = new Error(
    `connect postgres://tributary:${canary}@db:5432/x failed for https://partner.example/v1/rides?apikey=${canary}&x=1`,
    {
      cause: Object.assign(new Error(`Authorization: Basic ${canary}aaaa`), {
        detail: `{"password": "${canary}", "token":"${canary}"} Set-Cookie: sid=${canary}; Bearer ${canary}xyz`,
      }),
    },
  );
  server.telemetry.log.warn(
    {
      error,
      headers: { accept: canary },
      variables: { x: canary },
      nested: { apiKey: canary, list: [{ secret: canary }] },
    },
    'trouble',
  );
  const line = server.log().at(-1);
  expect(line?.msg).toBe('trouble');
  expect(JSON.stringify(line)).not.toContain(canary);
  expect(JSON.stringify(line)).toContain('postgres://[redacted]@db:5432/x');
});

it('writes one record for each request, with who, what, how and what was asked of backends', async () => {
  const before = server.log().length;
  const response = await server.ask(
    {
      query: 'query Names($ids: [ID!]!) { things(ids: $ids) { name } }',
      variables: { ids: ['1', '2', '1'] },
    },
    { 'x-request-id': 'from-the-proxy.1' },
  );
  expect(response.headers.get('x-request-id')).toBe('from-the-proxy.1');
  await response.text();
  expect(server.log().slice(before)).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      requestId: 'from-the-proxy.1',
      caller: 'everyone',
      audience: 'INTERNAL',
      kind: 'query',
      operationName: 'Names',
      document: expect.stringMatching(/^[0-9a-f]{12}$/),
      status: 200,
      codes: [],
      durationMs: expect.any(Number),
      cost: 3,
      datasources: ['things'],
      operations: {
        'things.thing': { batches: 1, inputs: 2, wireRequests: 1, cacheHits: 0, staleHits: 0, errors: 0 },
      },
      msg: 'request',
    },
  ]);
});
