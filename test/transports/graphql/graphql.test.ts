import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { env } from '../../../src/config/setting.ts';
import { codeOf } from '../../../src/errors.ts';
import type { OperationSpecs } from '../../../src/operations/datasource.ts';
import { openEngine } from '../../../src/operations/engine.ts';
import { type Log, noLog } from '../../../src/telemetry/log.ts';
import { mutation, query } from '../../../src/transports/graphql/builders.ts';
import { graphql } from '../../../src/transports/graphql/graphql.ts';
import type { GraphQLOptions } from '../../../src/transports/graphql/options.ts';
import { hostileTexts, world } from '../../contracts/world.ts';
import {
  type Handler,
  httpServer,
  type Received,
  sendJson,
  type TestServer,
} from '../../support/http-server.ts';
import { type OpenDatasource, openDatasource } from '../../support/open-datasource.ts';
import { contextOf } from '../../support/operations.ts';
import { itemServer } from './item-server.ts';

interface Asked {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
}

let server: TestServer;
let open: OpenDatasource | undefined;

afterEach(async () => {
  await open?.close();
  await server.stop();
  open = undefined;
});

async function serve(
  handler: (asked: Asked, response: Parameters<Handler>[1], received: Received) => unknown,
) {
  server = await httpServer((received, response) => handler(JSON.parse(received.body), response, received));
}

const asked = (): readonly Asked[] => server.received.map(({ body }) => JSON.parse(body));

async function bound<const Specs extends OperationSpecs>(
  operations: Specs,
  options: Partial<GraphQLOptions<OperationSpecs>> = {},
) {
  const datasource = graphql('catalog', { url: `${server.url}/graphql`, ...options, operations });
  open = await openDatasource(datasource as never, {});
  return datasource;
}

const itemSpec = query<{ id: string }, { id: string; name: string } | null>`
  query Item($id: ID!) { item(id: $id) { id name } }`;
const nameOf = (id: string) => world.find((item) => item.id === id)?.name;

describe('a request', () => {
  it('is a POST of the document as it stands, with the inputs as its variables', async () => {
    await serve((_, response) => sendJson(response, { data: { item: { id: '1', name: 'One' } } }));
    const { item } = await bound({ item: itemSpec }, { url: `${server.url}/api/graphql?tenant=a` });
    expect(await open!.ask(item, [{ id: '1' }])).toEqual([{ id: '1', name: 'One' }]);
    const [received] = server.received;
    expect([received?.method, received?.url]).toEqual(['POST', '/api/graphql?tenant=a']);
    expect(received?.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      accept: 'application/graphql-response+json, application/json;q=0.9',
      'x-request-id': 'request-1',
    });
    expect(asked()).toEqual([
      {
        operationName: 'Item',
        query: '\n  query Item($id: ID!) { item(id: $id) { id name } }',
        variables: { id: '1' },
      },
    ]);
  });

  it('carries headers and credentials of the datasource', async () => {
    await serve((_, response) => sendJson(response, { data: { item: null } }));
    const { item } = await bound(
      { item: itemSpec },
      { headers: { 'X-Tenant': env('TENANT', 'acme') }, auth: { token: env('TOKEN', 't1') } },
    );
    await open!.ask(item, [{ id: '1' }]);
    expect(server.received[0]?.headers).toMatchObject({ 'x-tenant': 'acme', authorization: 'Bearer t1' });
  });

  it('leaves out what is undefined, sends null, and keeps 64-bit numbers whole in both directions', async () => {
    await serve(({ variables }, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(`{"data":{"find":{"given":${JSON.stringify(variables)},"big":9007199254740993}}}`);
    });
    const { find } = await bound({
      find: query<{ a?: string; b: string | null; c: string }, unknown>`
        query ($a: String, $b: String, $c: Long) { find(a: $a, b: $b, c: $c) { given big } }`,
    });
    expect(await open!.ask(find, [{ a: undefined as never, b: null, c: '9007199254740993' }])).toEqual([
      { given: { b: null, c: '9007199254740993' }, big: '9007199254740993' },
    ]);
  });

  it('asks the endpoint itself whether it is there, or a path', async () => {
    await serve((_, response) => sendJson(response, { errors: [{ message: 'no' }] }, 400));
    await bound({ item: itemSpec });
    await open!.transport.ping?.(AbortSignal.timeout(5_000));
    expect(asked()).toEqual([{ query: '{ __typename }' }]);
    await server.stop();
    server = await httpServer((_, response) => response.writeHead(503).end());
    await bound({ item: itemSpec }, { healthPath: '/ready' });
    await expect(open!.transport.ping?.(AbortSignal.timeout(5_000))).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    });
    expect(server.received[0]).toMatchObject({ method: 'GET', url: '/ready' });
  });
});

describe('an input', () => {
  const schema = new URL('./catalog.graphql', import.meta.url);
  const books = query<Record<string, unknown>, unknown>`
    query ($filter: Filter, $first: Int! = 10, $isbn: ID!) {
      books(filter: $filter, first: $first) { title } book(isbn: $isbn) { title }
    }`;
  it.each([
    [{}, '`isbn` is missing.'],
    [{ isbn: null }, '`isbn` is no value that the service takes.'],
    [{ isbn: '1', first: '5' }, '`first` is no value that the service takes.'],
    [{ isbn: '1', first: 2 ** 31 }, '`first` is no value that the service takes.'],
    [{ isbn: { a: 1 } }, '`isbn` is no value that the service takes.'],
    [{ isbn: '1', other: 1 }, '`other` is no variable of the document.'],
    [{ isbn: '\ud800' }, '`isbn` is not well-formed Unicode.'],
    [{ isbn: '1', filter: { binding: 'LEATHER' } }, '`filter.binding` is no value that the service takes.'],
    [{ isbn: '1', filter: { pages: [1, null] } }, '`filter.pages.1` is no value that the service takes.'],
    [{ isbn: '1', filter: { title: 'x' } }, '`filter` is no value that the service takes.'],
  ])('that does not fit fails alone and is not sent: %j', async (input, message) => {
    await serve((_, response) => sendJson(response, { data: { books: [], book: null } }));
    const source = await bound({ books }, { schema });
    const [good, bad] = await open!.ask(source.books, [
      { isbn: '\\ud800', filter: { binding: 'HARD', since: '1' } },
      input,
    ]);
    expect(good).toEqual({ books: [], book: null });
    expect(bad).toMatchObject({ code: 'BAD_USER_INPUT', message, service: 'catalog' });
    expect(asked()).toHaveLength(1);
    expect(asked()[0]?.variables).toEqual({ isbn: '\\ud800', filter: { binding: 'HARD', since: '1' } });
  });
});

describe('many inputs', () => {
  it('are one document with aliases, each with variables of its own; fragments without variables stand in it once', async () => {
    await serve((_, response) =>
      sendJson(response, { errors: [{ message: 'no', extensions: { code: 'FORBIDDEN' } }] }),
    );
    const source = await bound({
      item: query<{ id: string; as: string; i0_id?: string }, unknown>`
        query Two($id: ID!, $as: String = """a "b"
          c""", $i0_id: ID) @live {
          item(id: $id) { ...Name ...Priced } also: item(id: $i0_id) { id }
        }
        fragment Name on Item { name owner { ...Id } }
        fragment Id on Owner { id }
        fragment Priced on Item { ...Price }
        fragment Price on Item { price(in: $as) }`,
    });
    await open!.ask(source.item, [
      { id: '1', as: 'EUR' },
      { id: '2', as: 'USD', i0_id: '7' },
    ]);
    expect(asked()).toHaveLength(1);
    expect(asked()[0]?.variables).toEqual({
      i0_id: '1',
      i0_as: 'EUR',
      i1_id: '2',
      i1_as: 'USD',
      i1_i0_id: '7',
    });
    expect(asked()[0]?.query).toBe(`query Two(
$i0_id: ID!
$i0_as: String = "a \\"b\\"\\nc"
$i0_i0_id: ID
$i1_id: ID!
$i1_as: String = "a \\"b\\"\\nc"
$i1_i0_id: ID
) @live {
i0_item: item(id: $i0_id) {
  ...Name
  ...i0_Priced
}
i0_also: item(id: $i0_i0_id) {
  id
}
i1_item: item(id: $i1_id) {
  ...Name
  ...i1_Priced
}
i1_also: item(id: $i1_i0_id) {
  id
}
}
fragment i0_Priced on Item {
  ...i0_Price
}
fragment i0_Price on Item {
  price(in: $i0_as)
}
fragment i1_Priced on Item {
  ...i1_Price
}
fragment i1_Price on Item {
  price(in: $i1_as)
}
fragment Name on Item {
  name
  owner {
    ...Id
  }
}
fragment Id on Owner {
  id
}`);
  });

  it('are no more than `maxInputs` in one request, and the same text for the same number', async () => {
    server = await itemServer();
    const { item } = await bound({ item: itemSpec }, { maxInputs: 3 });
    const ids = ['i1', 'i2', 'i3', 'i4', 'i5', 'i7', 'none'];
    const outcomes = await open!.ask(
      item,
      ids.map((id) => ({ id })),
    );
    expect(outcomes).toEqual(ids.map((id) => (id === 'none' ? null : { id, name: nameOf(id) })));
    const counts = asked().map(({ variables }) => Object.keys(variables).length);
    expect(counts.sort()).toEqual([1, 3, 3]);
    expect(new Set(asked().map(({ query: text }) => text)).size).toBe(2);
  });

  it('are 50 in one request, where nothing else is said', async () => {
    server = await itemServer();
    const { item } = await bound({ item: itemSpec });
    await open!.ask(
      item,
      Array.from({ length: 120 }, (_, index) => ({ id: `x${index}` })),
    );
    expect(
      asked()
        .map(({ variables }) => Object.keys(variables).length)
        .sort(),
    ).toEqual([20, 50, 50]);
  });

  it.each([
    [{ aliases: false }, {}],
    [{}, { aliases: false }],
  ])('are a request each with `aliases: false`: %j %j', async (own, shared) => {
    server = await itemServer();
    const text = 'query Item($id: ID!) { item(id: $id) { id name } }';
    const { item } = await bound(
      { item: query<{ id: string }, unknown>({ document: text, ...own }) },
      shared,
    );
    expect(item.info.batched).toBe(false);
    const outcomes = await open!.ask(item, [{ id: 'i1' }, { id: 'i2' }]);
    expect(outcomes).toEqual(['i1', 'i2'].map((id) => ({ id, name: nameOf(id) })));
    expect(asked().map(({ query: sent }) => sent)).toEqual([text, text]);
  });

  it('of a write are never put together, and a write is not sent again', async () => {
    await serve((_, response) => response.destroy());
    const rename = mutation<{ id: string }, unknown>`mutation ($id: ID!) { rename(id: $id) { id } }`;
    const again = mutation<{ id: string }, unknown>({
      document: 'mutation ($id: ID!) { rename(id: $id) { id } }',
      idempotent: true,
    });
    const source = await bound({ rename, again }, { retry: { pauseMs: 0 } });
    const engine = await openEngine([source as never], { variables: {} });
    await engine.call(source.rename)([{ id: '1' }, { id: '2' }], contextOf());
    expect(
      asked()
        .map(({ variables }) => variables.id)
        .sort(),
    ).toEqual(['1', '2']);
    await engine.call(source.again)([{ id: '3' }], contextOf());
    expect(
      asked()
        .slice(2)
        .map(({ variables }) => variables.id),
    ).toEqual(['3', '3']);
    await engine.close();
  });

  it('fail alone where the server takes an error for the end of everything', async () => {
    server = await itemServer();
    const { item } = await bound({
      item: query<{ id: string }, unknown>`query ($id: ID!) { sureItem(id: $id) { name } }`,
    });
    const ids = ['i1', 'broken', 'i2', 'nobody', 'i3'];
    const outcomes = await open!.ask(
      item,
      ids.map((id) => ({ id })),
    );
    expect(outcomes.map((outcome) => (outcome instanceof Error ? codeOf(outcome) : outcome))).toEqual([
      { name: nameOf('i1') },
      'DOWNSTREAM_SERVICE_ERROR',
      { name: nameOf('i2') },
      'DOWNSTREAM_SERVICE_ERROR',
      { name: nameOf('i3') },
    ]);
    for (const outcome of outcomes)
      if (outcome instanceof Error) expect(JSON.stringify(outcome)).not.toMatch(/CANARY|secret/);
  });

  it('fail alone where the server names the line of a variable that does not fit', async () => {
    await serve(({ query: text, variables }, response) => {
      const bad = Object.keys(variables).filter((name) => variables[name] === 'bad');
      if (bad.length === 0) {
        const data = Object.fromEntries(
          Object.keys(variables).map((name) => [name.replace('_at', '_day'), 1]),
        );
        return sendJson(response, { data: 'at' in variables ? { day: 1 } : data });
      }
      const errors = bad.map((name) => {
        const line = text.split('\n').findIndex((each) => each.includes(`$${name}:`)) + 1;
        return {
          message: `Variable "$${name}" got invalid value`,
          locations: [{ line, column: text.startsWith('query (\n') ? 1 : 8 }],
        };
      });
      return sendJson(response, { errors }, 400);
    });
    const { day } = await bound({ day: query<{ at: string }, unknown>`query ($at: Date!) { day(at: $at) }` });
    const outcomes = await open!.ask(
      day,
      ['a', 'bad', 'b', 'c', 'd'].map((at) => ({ at })),
    );
    expect(outcomes.map((outcome) => (outcome instanceof Error ? codeOf(outcome) : outcome))).toEqual([
      1,
      'BAD_USER_INPUT',
      1,
      1,
      1,
    ]);
    // All of them, then the four that were lost, in halves.
    expect(asked()).toHaveLength(3);
    expect(await open!.ask(day, [{ at: 'bad' }])).toMatchObject([{ code: 'BAD_USER_INPUT' }]);
  });

  it('are asked for in halves where the backend says that a value is bad, and not which', async () => {
    await serve(({ variables }, response) => {
      const values = Object.values(variables);
      if (values.includes('bad'))
        return sendJson(response, { errors: [{ message: 'no', extensions: { code: 'BAD_USER_INPUT' } }] });
      const data = values.map((_, index) => [values.length === 1 ? 'day' : `i${index}_day`, index]);
      return sendJson(response, { data: Object.fromEntries(data) });
    });
    const { day } = await bound({ day: query<{ at: string }, unknown>`query ($at: Date!) { day(at: $at) }` });
    const outcomes = await open!.ask(
      day,
      ['a', 'bad', 'b', 'c'].map((at) => ({ at })),
    );
    expect(outcomes.map((outcome) => outcome instanceof Error && codeOf(outcome))).toEqual([
      false,
      'BAD_USER_INPUT',
      false,
      false,
    ]);
  });

  it('find their size where the server limits aliases, and the log says so once', async () => {
    await serve(({ variables }, response) => {
      const names = Object.keys(variables);
      if (names.length > 3) return sendJson(response, { errors: [{ message: 'too many aliases' }] }, 400);
      const data = names.map((name) => [
        name.replace('_id', '_item').replace(/^id$/, 'item'),
        { id: variables[name], name: 'x' },
      ]);
      return sendJson(response, { data: Object.fromEntries(data) });
    });
    const warned: object[] = [];
    const log: Log = { ...noLog, warn: (fields) => void warned.push(fields) };
    const source = graphql('catalog', { url: server.url, operations: { item: itemSpec } });
    const engine = await openEngine([source as never], { variables: {}, log });
    const ids = Array.from({ length: 10 }, (_, index) => String(index));
    const inputs = ids.map((id) => ({ id }));
    expect(await engine.call(source.item)(inputs, contextOf())).toEqual(ids.map((id) => ({ id, name: 'x' })));
    await engine.close();
    expect(warned).toEqual([{ operation: 'catalog.item', inputs: 10 }]);
  });

  it('are not all asked for again where the document itself is refused', async () => {
    await serve((_, response) => sendJson(response, { errors: [{ message: 'Cannot query field' }] }, 400));
    const { item } = await bound({ item: itemSpec });
    const outcomes = await open!.ask(
      item,
      Array.from({ length: 50 }, (_, index) => ({ id: String(index) })),
    );
    expect(new Set(outcomes.map((outcome) => codeOf(outcome)))).toEqual(
      new Set(['DOWNSTREAM_SERVICE_ERROR']),
    );
    expect(asked()).toHaveLength(2);
  });

  it.each([
    [
      { errors: [{ message: 'x', extensions: { code: 'UNAUTHENTICATED' } }] },
      200,
      'DOWNSTREAM_SERVICE_ERROR',
    ],
    [{ errors: [{ message: 'x', extensions: { code: 'RATE_LIMITED' } }] }, 200, 'UPSTREAM_RATE_LIMITED'],
    [{ errors: [{ message: 'x' }] }, 401, 'DOWNSTREAM_SERVICE_ERROR'],
    [{ errors: [{ message: 'x' }] }, 503, 'UPSTREAM_UNAVAILABLE'],
  ])('are asked for once where the answer speaks of none of them: %j %d', async (body, status, code) => {
    await serve((_, response) => sendJson(response, body, status));
    const { item } = await bound({ item: itemSpec });
    const outcomes = await open!.ask(item, [{ id: '1' }, { id: '2' }, { id: '3' }]);
    expect(outcomes.map((outcome) => codeOf(outcome))).toEqual([code, code, code]);
    expect(asked()).toHaveLength(1);
  });
});

describe('I18: values', () => {
  it('of any kind travel as variables: the text is the same whatever they hold, and they come back as they went', async () => {
    server = await itemServer();
    const { echo } = await bound({
      echo: query<{ text: string }, { text: string }>`query ($text: String!) { echo(text: $text) { text } }`,
    });
    const nasty = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.constantFrom(...hostileTexts.filter((text) => !/\p{Surrogate}/u.test(text))),
      fc
        .array(
          fc.constantFrom(
            '}',
            '{',
            '"',
            '"""',
            '$text',
            '$i0_text',
            '\\',
            '\n',
            '#',
            '...',
            '@skip(if: true)',
            '🚕',
            '\u2028',
            ')',
          ),
        )
        .map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(nasty, { minLength: 1, maxLength: 6 }), async (texts) => {
        const before = server.received.length;
        expect(
          await open!.ask(
            echo,
            texts.map((text) => ({ text })),
          ),
        ).toEqual(texts.map((text) => ({ text })));
        expect(server.received.length).toBe(before + 1);
        const sent = JSON.parse(server.received.at(-1)!.body) as Asked;
        expect(Object.values(sent.variables)).toEqual(texts);
        expect(sent.query).toMatch(/^query \([\s$\w:!]*\) \{[\s\w:($){}]*\}$/);
      }),
      { numRuns: 60 },
    );
  });
});
