import { afterEach, describe, expect, it } from 'vitest';
import { mutation, query } from '../../src/transports/graphql/builders.ts';
import { graphql } from '../../src/transports/graphql/graphql.ts';
import { contextOf } from '../support/operations.ts';
import { type Fault, json, openFaultServer } from './harness/fault-server.ts';
import { codeAs, openAsker } from './harness/faulty.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

interface Book {
  readonly title: string;
  readonly price: string | null;
}

const text = 'query Book($isbn: ID!) { book(isbn: $isbn) { title price author { name } } }';
const operations = {
  book: query<{ isbn: string }, Book | null>({ document: text }),
  author: query<{ isbn: string }, string | null>({ document: text, select: 'book.author.name' }),
  both: query<{ isbn: string }, unknown>`query ($isbn: ID!) { book(isbn: $isbn) { title } count }`,
  json: query<object, unknown>`{ anything }`,
  lend: mutation<{ isbn: string }, unknown>`mutation ($isbn: ID!) { lend(isbn: $isbn) { due } }`,
};

async function world() {
  const server = await openFaultServer();
  open.push(server);
  const source = graphql('catalog', {
    url: `${server.url}/graphql`,
    breaker: { minRequests: 1_000 },
    operations,
  });
  const asker = await openAsker([source]);
  open.push(asker);
  const many = (isbns: readonly string[]) =>
    asker.engine.call(source.book)(
      isbns.map((isbn) => ({ isbn })),
      contextOf(),
    );
  return { server, source, many, ...asker };
}

const whole = { title: 'T', price: '1.10', author: { name: 'N' } };
const answer = (body: unknown, type = 'application/json', status = 200): Fault => ({
  do: 'answer',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  type,
  status,
});
const response = 'application/graphql-response+json';
const secrets = {
  message: 'CANARY select * from books at http://10.0.0.7:5432',
  extensions: { code: 'CANARY', stacktrace: ['CANARY at /srv/app.js'], exception: { password: 'CANARY' } },
};

/** What a client would read of an outcome. */
function shownOf(outcome: unknown): string {
  const { message = '', shown = {} } = outcome as { message?: string; shown?: object };
  return `${message} ${JSON.stringify(shown)}`;
}

describe('an answer of a GraphQL backend', () => {
  it.each([
    ['no data and no errors', answer({})],
    ['null alone', answer({ data: null })],
    ['null alone, in the newer media type', answer({ data: null }, response)],
    ['data that is a list', answer({ data: [] })],
    ['data that is a text', answer({ data: 'CANARY' })],
    ['errors that are a text', answer({ data: { book: whole }, errors: 'CANARY' })],
    ['errors that are an object', answer({ data: { book: whole }, errors: { message: 'CANARY' } })],
    ['a list of answers', answer([{ data: { book: whole } }])],
    ['a number', answer('7')],
    ['HTML with 200', answer('<h1>CANARY</h1>', 'text/html')],
    ['HTML that says it is JSON', answer('<h1>CANARY</h1>')],
    ['a multipart answer', answer('--x\r\n\r\n{}', 'multipart/mixed; boundary="x"')],
    ['truncated JSON', answer('{"data":{"book":{"title":"T"')],
    ['two values', answer('{"data":{"book":null}}{"data":{"book":null}}')],
    ['nothing', answer('')],
    [
      'a text that says it is gzip',
      { do: 'answer', body: '{"data":{"book":null}}', headers: { 'content-encoding': 'gzip' } },
    ],
    ['a redirect', { do: 'redirect', to: '/elsewhere' }],
    ['a root field that is missing', answer({ data: { buch: whole } })],
    ['a text for an object', answer({ data: { book: 'CANARY' } })],
    ['a member that is missing', answer({ data: { book: { title: 'T', price: null } } })],
    ['a list of texts for an object', answer({ data: { book: ['CANARY'] } })],
    ['lists in lists without end', answer(`{"data":{"book":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`)],
    [
      'objects in objects without end',
      answer(`{"data":{"book":{"title":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}}}`),
    ],
    [
      'a leaf without end',
      answer(`{"data":{"book":{"title":${'['.repeat(500)}${']'.repeat(500)},"price":null,"author":null}}}`),
    ],
  ] as [string, Fault][])('I17 that is %s is refused, once, and shown to nobody', async (_, fault) => {
    const { server, source, ask } = await world();
    server.behave('/graphql', fault);
    const outcome = await ask(source.book, { isbn: '1' });
    expect(codeAs(outcome)).toBe('UPSTREAM_INVALID_RESPONSE');
    expect(shownOf(outcome)).not.toContain('CANARY');
    expect(server.calls()).toBe(1);
  });

  it.each([
    ['errors that are null', { data: { book: whole }, errors: null }],
    ['errors that are none', { data: { book: whole }, errors: [] }],
    ['further members', { data: { book: { ...whole, extra: 1 }, more: 2 }, extensions: { CANARY: 1 } }],
  ])('I17 that has %s stands', async (_, body) => {
    const { server, source, ask } = await world();
    for (const type of ['application/json', response, 'application/json; charset=utf-8']) {
      server.behave('/graphql', answer(body, type));
      expect(await ask(source.book, { isbn: '1' })).toMatchObject(whole);
    }
  });

  it.each([
    [400, 'text/html', 'DOWNSTREAM_SERVICE_ERROR'],
    [401, 'application/json', 'DOWNSTREAM_SERVICE_ERROR'],
    [404, 'text/html', 'DOWNSTREAM_SERVICE_ERROR'],
    [405, 'application/json', 'DOWNSTREAM_SERVICE_ERROR'],
    [429, 'text/plain', 'UPSTREAM_RATE_LIMITED'],
    [500, 'application/json', 'DOWNSTREAM_SERVICE_ERROR'],
    [502, 'text/html', 'UPSTREAM_UNAVAILABLE'],
    [503, response, 'UPSTREAM_UNAVAILABLE'],
  ])(
    'I17 with status %d and a body of %s that is no answer is what the status says: %s',
    async (status, type, code) => {
      const { server, source, ask } = await world();
      server.behave('/graphql', answer('CANARY', type, status));
      const outcome = await ask(source.lend, { isbn: '1' });
      expect(codeAs(outcome)).toBe(code);
      expect(shownOf(outcome)).not.toContain('CANARY');
    },
  );

  it('I17 in the newer media type counts whatever its status; in the older one its data counts with 2xx alone', async () => {
    const { server, source, ask, code } = await world();
    const good = { data: { book: whole } };
    server.behave('/graphql', answer(good, response, 418));
    expect(await ask(source.book, { isbn: '1' })).toEqual(whole);
    server.behave('/graphql', answer(good, 'application/json', 418));
    expect(await code(source.book, { isbn: '1' })).toBe('DOWNSTREAM_SERVICE_ERROR');
    const refused = { errors: [{ message: 'no', extensions: { code: 'NOT_FOUND' } }] };
    for (const type of ['application/json', response]) {
      server.behave('/graphql', answer(refused, type, 400));
      expect(await code(source.book, { isbn: '1' })).toBe('NOT_FOUND');
    }
  });
});

describe('an error of a GraphQL backend', () => {
  it.each([
    ['no path', { ...secrets }],
    ['a path that was not asked for', { ...secrets, path: ['magazine', 3] }],
    ['a path that is a text', { ...secrets, path: 'book' }],
    ['a path of objects', { ...secrets, path: [{ book: 1 }, null] }],
    ['a path with -1', { ...secrets, path: ['book', -1, 1.5] }],
    ['an empty path', { ...secrets, path: [] }],
    ['a path to a prototype', { ...secrets, path: ['__proto__', 'constructor'] }],
    ['a path ten thousand long', { ...secrets, path: Array(10_000).fill('book') }],
    ['no locations', { ...secrets, path: ['book'], locations: [] }],
    ['locations of -1', { ...secrets, path: ['book'], locations: [{ line: -1, column: -1 }] }],
    ['locations that are true', { ...secrets, path: ['book'], locations: [{ line: true }] }],
    ['locations that are null', { ...secrets, path: ['book'], locations: null }],
    ['locations that are a text', { ...secrets, path: ['book'], locations: '1:1' }],
    ['a message that is an object', { message: { CANARY: 1 }, path: ['book'] }],
    ['no message', { path: ['book'] }],
    ['a message of a megabyte', { message: 'CANARY'.repeat(200_000), path: ['book'] }],
    ['a code that is a number', { message: 'CANARY', extensions: { code: 404 } }],
    ['extensions that are a list', { message: 'CANARY', extensions: ['CANARY'] }],
    ['a code of every object', { message: 'CANARY', extensions: { code: 'constructor' } }],
    ['nothing in it', null],
    ['a text for an object', 'CANARY'],
  ])('I17 that has %s fails its field, and its words are shown to nobody', async (_, error) => {
    const { server, source, ask } = await world();
    for (const type of ['application/json', response]) {
      server.behave('/graphql', answer({ data: { book: null }, errors: [error] }, type));
      const outcome = await ask(source.book, { isbn: '1' });
      expect(codeAs(outcome)).toBe('DOWNSTREAM_SERVICE_ERROR');
      expect(shownOf(outcome)).toBe('A service reported an error. {}');
      expect((outcome as { detail?: string }).detail?.length).toBeLessThan(2_000);
      // Extensions go nowhere: they are where stacks and secrets are.
      expect(JSON.stringify(outcome)).not.toContain('password');
    }
  });

  it('I17 reaches the values at its path, and no others', async () => {
    const { server, source, ask, code } = await world();
    const at = (path: readonly (string | number)[] | undefined, book: unknown) =>
      server.behave('/graphql', json({ data: { book, count: 1 }, errors: [{ message: 'x', path }] }));
    const isbn = { isbn: '1' };
    at(['book', 'price'], { ...whole, price: null });
    expect([await code(source.book, isbn), await ask(source.author, isbn)]).toEqual([
      'DOWNSTREAM_SERVICE_ERROR',
      'N',
    ]);
    at(['book', 'author', 'name'], { ...whole, author: null });
    expect([await code(source.book, isbn), await code(source.author, isbn)]).toEqual(
      Array(2).fill('DOWNSTREAM_SERVICE_ERROR'),
    );
    at(['book', 'author'], { ...whole, author: null });
    expect(await code(source.author, isbn)).toBe('DOWNSTREAM_SERVICE_ERROR');
    at(['count'], { title: 'T' });
    expect(await code(source.both, isbn)).toBe('DOWNSTREAM_SERVICE_ERROR');
    // Without a path it may have been anywhere that a null is; where none is, it changed nothing.
    at(undefined, { ...whole, price: null });
    expect([await code(source.book, isbn), await ask(source.author, isbn)]).toEqual([
      'DOWNSTREAM_SERVICE_ERROR',
      'N',
    ]);
    at(undefined, whole);
    expect(await ask(source.book, isbn)).toEqual(whole);
  });

  it('I17 is the error of its own input: the others of the document stand, and nobody gets another’s value', async () => {
    const { server, many } = await world();
    const named = (name: string) => ({ ...whole, title: name });
    server.behave(
      '/graphql',
      json({
        data: {
          i3_book: named('d'),
          i0_book: named('a'),
          i1_book: null,
          i2_book: { ...whole, price: null },
          i4_book: null,
          i5_book: 'CANARY',
          i9_book: named('z'),
        },
        errors: [
          { ...secrets, path: ['i1_book'] },
          { ...secrets, path: ['i2_book', 'price'] },
          { ...secrets, path: ['i77_book'] },
        ],
      }),
    );
    const outcomes = await many(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    const failed = 'DOWNSTREAM_SERVICE_ERROR';
    expect(outcomes.map((each) => (each instanceof Error ? codeAs(each) : (each as Book).title))).toEqual([
      'a',
      failed,
      failed,
      'd',
      failed, // The error whose path nobody asked for may be this null's.
      failed,
      failed,
    ]);
    for (const outcome of outcomes) expect(shownOf(outcome)).not.toContain('CANARY');
    expect(server.calls()).toBe(1);
  });

  it('I17 means what the table says, then the datasource, then the operation', async () => {
    const server = await openFaultServer();
    open.push(server);
    const source = graphql('catalog', {
      url: server.url,
      retry: { attempts: 1 },
      breaker: { minRequests: 1_000 },
      onError: {
        OUT_OF_STOCK: 'CONFLICT',
        FORBIDDEN: 'FORBIDDEN',
        BOOK_GONE: { code: 'NOT_FOUND', message: 'Gone.' },
      },
      operations: {
        book: query<{ isbn: string }, unknown>({ document: text }),
        gone: query<{ isbn: string }, unknown>({ document: text, onError: { BOOK_GONE: null } }),
      },
    });
    const { ask, code, close } = await openAsker([source]);
    open.push({ close });
    const theirs = (given: string) =>
      server.behave(
        '*',
        json({
          data: { book: null },
          errors: [{ message: 'x', path: ['book'], extensions: { code: given } }],
        }),
      );
    for (const [given, expected] of [
      ['BAD_USER_INPUT', 'BAD_USER_INPUT'],
      ['NOT_FOUND', 'NOT_FOUND'],
      ['UNAUTHENTICATED', 'DOWNSTREAM_SERVICE_ERROR'],
      ['RATE_LIMITED', 'UPSTREAM_RATE_LIMITED'],
      ['SERVICE_UNAVAILABLE', 'UPSTREAM_UNAVAILABLE'],
      ['INTERNAL_SERVER_ERROR', 'DOWNSTREAM_SERVICE_ERROR'],
      ['FORBIDDEN', 'FORBIDDEN'],
      ['OUT_OF_STOCK', 'CONFLICT'],
    ] as const) {
      theirs(given);
      expect([given, await code(source.book, { isbn: given })]).toEqual([given, expected]);
    }
    theirs('BOOK_GONE');
    expect(await ask(source.book, { isbn: '1' })).toMatchObject({ code: 'NOT_FOUND', message: 'Gone.' });
    expect(await ask(source.gone, { isbn: '1' })).toBeNull();
  });

  it('I17 with Retry-After is waited for as any other service’s', async () => {
    const { server, source, ask } = await world();
    const refused = { errors: [{ message: 'x', extensions: { code: 'RATE_LIMITED' } }] };
    server.behave('/graphql', {
      do: 'answer',
      body: JSON.stringify(refused),
      status: 200,
      headers: { 'retry-after': '7200' },
    });
    expect(await ask(source.book, { isbn: '1' })).toMatchObject({ code: 'UPSTREAM_RATE_LIMITED' });
    expect(server.calls()).toBe(1);
  });
});

describe('values of a GraphQL backend', () => {
  it('I14 named like a prototype pollute nothing and answer nothing', async () => {
    const { server, source, ask, code } = await world();
    server.behave(
      '/graphql',
      answer('{"data":{"__proto__":{"book":{"title":"T"}},"constructor":{"prototype":{"isAdmin":true}}}}'),
    );
    expect(await code(source.book, { isbn: '1' })).toBe('UPSTREAM_INVALID_RESPONSE');
    server.behave('/graphql', answer('{"__proto__":{"data":{"anything":1}}}'));
    expect(await code(source.json, {})).toBe('UPSTREAM_INVALID_RESPONSE');
    server.behave(
      '/graphql',
      answer('{"data":{"anything":{"__proto__":{"isAdmin":true},"\\u005f_proto__":{"isAdmin":true},"a":1}}}'),
    );
    const value = (await ask(source.json, {})) as { isAdmin?: unknown };
    expect([value, value.isAdmin, ({} as { isAdmin?: unknown }).isAdmin]).toEqual([
      { a: 1 },
      undefined,
      undefined,
    ]);
  });

  it('I16 under aliases that are swapped, short or repeated are never another input’s', async () => {
    const { server, many } = await world();
    server.behave(
      '/graphql',
      answer('{"data":{"i2_book":null,"i1_book":null,"i1_book":{"title":"b","price":null,"author":null}}}'),
    );
    const outcomes = await many(['a', 'b', 'c']);
    expect(outcomes.map((each) => (each instanceof Error ? codeAs(each) : each))).toEqual([
      'UPSTREAM_INVALID_RESPONSE',
      { title: 'b', price: null, author: null },
      null,
    ]);
  });

  it('I18 of callers are in no document, with aliases or without', async () => {
    const { server, source, ask, many } = await world();
    server.behave('/graphql', json({ data: {} }));
    const attacks = [
      '1") { title } secrets(id: "2',
      '1\\") @skip',
      '$isbn',
      '} mutation { drop }',
      '"""',
      '#',
      '🚕',
    ];
    for (const isbn of attacks) await ask(source.book, { isbn });
    await many(attacks);
    const sent = server
      .received()
      .map(({ body }) => JSON.parse(body) as { query: string; variables: object });
    expect(sent.slice(0, -1).map(({ query: each, variables }) => [each, variables])).toEqual(
      attacks.map((isbn) => [text, { isbn }]),
    );
    expect(Object.values(sent.at(-1)?.variables ?? {})).toEqual(attacks);
    await many(attacks.map((_, index) => String(index)));
    const harmless = JSON.parse(server.received().at(-1)?.body ?? '{}') as { query: string };
    expect(sent.at(-1)?.query).toBe(harmless.query);
  });
});
