import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { GraphQLError } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as engineModule from '../../src/authoring.ts';
import { checkProject } from '../../src/graph/check.ts';
import { type ExampleGraph, example, generatedTypes, serveExample } from './graph.ts';

const authors = [
  { id: 'a1', name: 'Ada' },
  { id: 'a2', name: 'Bob "B"' },
];
const books = [
  { isbn: '1', title: 'One', price: '12.50', author: authors[0] },
  { isbn: '2', title: 'Two', price: null, author: authors[1] },
  { isbn: '3', title: 'Three', price: '9007199254740993.10', author: authors[0] },
];

const withCode = (code: string) => new GraphQLError('secret text', { extensions: { code, table: 'secret' } });

/** The catalog, by Apollo Server, from the schema that its owners publish. */
async function catalogServer(asked: string[]) {
  const typeDefs = await readFile(`${example('bookshop')}/datasources/catalog.graphql`, 'utf8');
  const stockOf = (isbn: string) => {
    if (isbn === '2') throw withCode('WAREHOUSE_ON_FIRE');
    return { free: Number(isbn) };
  };
  const server = new ApolloServer({
    typeDefs,
    resolvers: {
      Query: {
        booksByIsbn: (_: unknown, { isbns }: { isbns: string[] }) =>
          books.filter(({ isbn }) => isbns.includes(isbn)).reverse(),
        author: (_: unknown, { id }: { id: string }) => authors.find((author) => author.id === id),
        stock: (_: unknown, { isbn }: { isbn: string }) => stockOf(isbn),
      },
      Mutation: {
        reserve(_: unknown, { isbn }: { isbn: string }) {
          const book = books.find((each) => each.isbn === isbn);
          if (book === undefined) throw withCode('UNKNOWN_BOOK');
          if (isbn === '3') throw withCode('OUT_OF_STOCK');
          return { number: 'R-7', book };
        },
      },
      Author: {
        books: ({ id }: { id: string }, { first }: { first: number }) =>
          books.filter(({ author }) => author?.id === id).slice(0, first),
      },
    },
    plugins: [{ requestDidStart: async ({ request }) => void asked.push(request.operationName ?? 'ping') }],
  });
  const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } });
  return { url, close: () => server.stop() };
}

describe('the example bookshop', () => {
  let server: Awaited<ReturnType<typeof catalogServer>>;
  let graph: ExampleGraph;
  const asked: string[] = [];

  beforeAll(async () => {
    server = await catalogServer(asked);
    graph = await serveExample('bookshop', { CATALOG_URL: `${server.url}graphql` });
  });
  afterAll(async () => {
    await graph.close();
    await server.close();
  });

  it('has no problems', async () => {
    const { problems } = await checkProject(example('bookshop'), { engineModule, variables: {} });
    expect(problems).toEqual([]);
  });

  it('would have problems if the catalog changed, and `check` says which without a catalog', async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const copy = await mkdtemp(join(root, 'examples', '.changed-'));
    try {
      await cp(example('bookshop'), copy, { recursive: true });
      const file = join(copy, 'datasources/catalog.graphql');
      const text = await readFile(file, 'utf8');
      await writeFile(
        file,
        text.replace('  title: String!', '  heading: String!').replace('isbns: [ID!]!', 'isbns: [Int!]!'),
      );
      const { problems } = await checkProject(copy, { engineModule, variables: {} });
      expect(problems.map(({ place, subject }) => `${place} ${subject}`)).toEqual([
        'datasources/catalog.ts catalog.book',
        'datasources/catalog.ts catalog.book',
        'datasources/catalog.ts catalog.booksBy',
        'datasources/catalog.ts catalog.reserve',
      ]);
      expect(problems[1]?.message).toMatch(
        /^Cannot query field "title" on type "Book"\. \(line 1, column \d+\)$/,
      );
    } finally {
      await rm(copy, { recursive: true });
    }
  });

  it('has types that are those of its contract', async () => {
    const { made, committed } = await generatedTypes('bookshop');
    expect(made).toBe(committed);
  });

  it('asks for books by a list, and for what hangs on them by aliases; what fails fails alone', async () => {
    asked.length = 0;
    const { data, errors, extensions } = await graph.ask(
      '{ books(isbns: ["3", "0", "1", "2"]) { title price copies author { name books(first: 1) { title } } } }',
      {},
      { 'x-tributary-explain': '1' },
    );
    const ada = { name: 'Ada', books: [{ title: 'One' }] };
    const bob = { name: 'Bob "B"', books: [{ title: 'Two' }] };
    expect(data?.books).toEqual([
      { title: 'Three', price: '9007199254740993.10', copies: 3, author: ada },
      null,
      { title: 'One', price: '12.50', copies: 1, author: ada },
      { title: 'Two', price: null, copies: null, author: bob },
    ]);
    expect(errors).toMatchObject([
      {
        message: 'A service reported an error.',
        path: ['books', 3, 'copies'],
        extensions: { code: 'DOWNSTREAM_SERVICE_ERROR', service: 'catalog' },
      },
    ]);
    expect(JSON.stringify(errors)).not.toContain('secret');
    // The copies of three books and the books of two authors; Apollo Server lost the copies of two to the error of one.
    expect(asked.filter((name) => name !== 'Copies').sort()).toEqual(['Books', 'BooksBy']);
    const { calls } = (extensions?.explain ?? { calls: [] }) as {
      calls: { operation: string; inputs: number; wireRequests: number }[];
    };
    expect(calls.map(({ operation, inputs }) => `${operation} ${inputs}`).sort()).toEqual([
      'catalog.book 4',
      'catalog.booksBy 2',
      'catalog.copies 3',
    ]);
    expect(calls.find(({ operation }) => operation === 'catalog.booksBy')?.wireRequests).toBe(1);
  });

  it('reserves, and says why it cannot without the words of the catalog', async () => {
    const reserve = (isbn: string) =>
      graph.ask(
        'mutation R($isbn: ID!) { reserve(isbn: $isbn, reader: "} { Ada") { number book { title } } }',
        { isbn },
      );
    expect(await reserve('1')).toEqual({ data: { reserve: { number: 'R-7', book: { title: 'One' } } } });
    for (const [isbn, code, message] of [
      ['3', 'CONFLICT', 'No copy is left.'],
      ['9', 'NOT_FOUND', 'There is no such thing.'],
    ] as const) {
      const { errors } = await reserve(isbn);
      expect(errors?.[0]).toMatchObject({ message, extensions: { code } });
      expect(JSON.stringify(errors)).not.toContain('secret');
    }
  });
});
