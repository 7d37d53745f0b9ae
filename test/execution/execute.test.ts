import { GraphQLObjectType, GraphQLSchema, GraphQLString, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everyone } from '../../src/caller.ts';
import { TributaryError } from '../../src/errors.ts';
import { execute } from '../../src/execution/execute.ts';
import type { RequestContext } from '../../src/graph/request-context.ts';
import { noTrace } from '../../src/telemetry/trace.ts';
import { Cancellation } from '../../src/util/abort.ts';
import { openTestServer, type TestServer } from '../http/test-graph.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

const request = (text: string, more: object = {}) => ({
  document: parse(text),
  caller: everyone,
  signal: new AbortController().signal,
  deadline: performance.now() + 5_000,
  requestId: 'here',
  trace: noTrace,
  ...more,
});

describe('the one door', () => {
  it('executes a document without any HTTP request', async () => {
    const text = 'query ($id: ID!) { hello thing(id: $id) { name } }';
    expect(await server.execution.execute(request(text, { variables: { id: 7 } }))).toEqual({
      data: { hello: 'world', thing: { name: 'thing 7' } },
    });
  });

  it('shows errors as it does over HTTP', async () => {
    const { data, errors } = await server.execution.execute(request('{ hello fails(how: "plain") }'));
    expect(data).toEqual({ hello: 'world', fails: null });
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'here' } }]);
    expect(JSON.stringify(errors)).not.toContain('canary');
  });

  it('does not begin for a client that has left, or after the deadline', async () => {
    const before = server.resolved.get('Query.hello');
    const left = await server.execution.execute(request('{ hello }', { signal: AbortSignal.abort() }));
    expect(left).toMatchObject({ errors: [{ extensions: { code: 'CLIENT_CLOSED' } }] });
    const late = await server.execution.execute(request('{ hello }', { deadline: performance.now() - 1 }));
    expect(late).toMatchObject({ errors: [{ extensions: { code: 'REQUEST_TIMEOUT' } }] });
    expect(server.resolved.get('Query.hello')).toBe(before);
  });

  it('ends as soon as its client leaves', async () => {
    server.backend.behave(() => {});
    const controller = new AbortController();
    const running = server.execution.execute(
      request('{ thing(id: 1) { name } }', { signal: controller.signal }),
    );
    setTimeout(() => controller.abort(), 20);
    const begin = performance.now();
    expect(await running).toMatchObject({ errors: [{ extensions: { code: 'CLIENT_CLOSED' } }] });
    expect(performance.now() - begin).toBeLessThan(1_000);
  });

  it('gives functions a true signal, the same to all, which is aborted with the request', async () => {
    const seen: AbortSignal[] = [];
    const cancellation = new Cancellation();
    const waits = {
      type: GraphQLString,
      resolve: (_: unknown, _args: unknown, { signal }: RequestContext) =>
        new Promise<string>((_resolve, reject) => {
          seen.push(signal);
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
          if (seen.length === 2) cancellation.abort(new TributaryError('CLIENT_CLOSED'));
        }),
    };
    const schema = new GraphQLSchema({
      query: new GraphQLObjectType<unknown, RequestContext>({
        name: 'Query',
        fields: { a: waits, b: waits },
      }),
    });
    const engine = { call: () => expect.fail('No operation is asked.') };
    const { errors } = await execute(schema, engine, request('{ a b }', { signal: cancellation }));
    expect(errors).toHaveLength(2);
    expect(seen[0]).toBeInstanceOf(AbortSignal);
    expect(seen[1]).toBe(seen[0]);
  });
});
