import { buildSchema, type GraphQLObjectType, getOperationAST, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { cachePolicyOf, isAsNarrowAs } from '../../src/execution/cache-policy.ts';
import { bind, parent } from '../../src/graph/binding.ts';
import { compileBinding } from '../../src/graph/compile-binding.ts';
import { connection } from '../../src/graph/connection.ts';
import type { CacheOptions, Operation, Scope } from '../../src/operations/operation.ts';
import { operationOf } from '../support/operations.ts';

const schema = buildSchema(/* GraphQL */ `
  directive @cacheControl(
    maxAge: Int
    scope: CacheControlScope
    inheritMaxAge: Boolean
  ) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
  enum CacheControlScope { PUBLIC PRIVATE }
  type Query {
    plain: String
    kept: String @cacheControl(maxAge: 50)
    never: String @cacheControl(maxAge: 0)
    book: Book
    freshBook: Book
    declaredBook: Book @cacheControl(maxAge: 60)
    decidedBook: Book
    cachedBook: Book @cacheControl(maxAge: 60)
    reader: Reader @cacheControl(maxAge: 40)
    node: Node @cacheControl(maxAge: 500)
    any: Any @cacheControl(maxAge: 500)
    heir: Reader @cacheControl(inheritMaxAge: true)
    page: Page
  }
  type Mutation { kept: String @cacheControl(maxAge: 50) }
  type Book implements Node @cacheControl(maxAge: 90) {
    id: ID
    title: String
    size: Size
    price: Int @cacheControl(maxAge: 5)
    owner: Reader @cacheControl(maxAge: 70, scope: PRIVATE)
    author: Reader
    stock: Int
    shelf: String
    sequel: Book @cacheControl(inheritMaxAge: true)
    decided: String
    heir: String @cacheControl(inheritMaxAge: true)
  }
  type Size { pages: Int, widthMm: Int @cacheControl(maxAge: 20) }
  type Reader { name: String }
  interface Node { id: ID }
  type Note implements Node { id: ID @cacheControl(maxAge: 3), text: String }
  union Any = Book | Note
  type Page { nodes: [Book], edges: [Edge], pageInfo: PageInfo }
  type Edge { node: Book }
  type PageInfo { hasNextPage: Boolean }
`);

function on(coordinate: string, resolve: unknown): void {
  const [type = '', name = ''] = coordinate.split('.');
  const field = (schema.getType(type) as GraphQLObjectType).getFields()[name];
  if (field === undefined) throw new Error(`There is no ${coordinate}.`);
  field.resolve = resolve as never;
}

function bound(coordinate: string, name: string, scope?: Scope, cache?: CacheOptions): void {
  const operation = {
    info: operationOf({ name, ...(scope && { scope }), ...(cache && { cache }) }),
  } as unknown as Operation<{ id: string }, unknown>;
  on(coordinate, compileBinding(bind(operation, { id: parent('id') }) as never, coordinate));
}

const decides = (): null => null;
for (const name of ['plain', 'kept', 'never', 'decidedBook', 'cachedBook', 'reader', 'node', 'any', 'heir'])
  on(`Query.${name}`, decides);
bound('Query.book', 'shop.book', 'public', { ttlMs: 100_000 });
bound('Query.freshBook', 'shop.freshBook', 'public');
bound('Query.declaredBook', 'shop.freshBook', 'audience');
bound('Query.page', 'shop.page', 'public', { ttlMs: 80_000 });
bound('Book.author', 'shop.author', 'tenant', { ttlMs: 30_500 });
bound('Book.stock', 'shop.stock', 'audience', { ttlMs: 2_000 });
bound('Book.shelf', 'shop.shelf', 'caller', { ttlMs: 9_000 });
on('Book.decided', decides);
on('Book.heir', decides);
on('Page.edges', connection().edges);
on('Page.pageInfo', connection().pageInfo);

function policy(query: string): string {
  const document = parse(query);
  const operation = getOperationAST(document);
  if (!operation) throw new Error('There is an operation.');
  const { maxAgeMs, scope, obstacle } = cachePolicyOf(schema, document, operation);
  expect(obstacle === undefined).toBe(maxAgeMs > 0);
  return obstacle ?? `${maxAgeMs} ${scope}`;
}

const decided = (coordinate: string): string =>
  `\`${coordinate}\` is decided by a function, and has no \`@cacheControl(maxAge: …)\`.`;

describe('the cache policy of a document', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['a function without a hint is an obstacle', '{ plain }', decided('Query.plain')],
    [
      'a hint of its type is not enough for a function',
      '{ decidedBook { title } }',
      decided('Query.decidedBook'),
    ],
    ['a function has the hint of its field', '{ kept }', '50000 public'],
    ['zero is an obstacle', '{ never }', '`Query.never` has `@cacheControl(maxAge: 0)`, itself or its type.'],
    [
      'a bound field has the time of its operation, where its type has a longer one',
      '{ page { pageInfo { hasNextPage } } }',
      '80000 public',
    ],
    ['a bound field has the hint of its type, where that is shorter', '{ book { title } }', '90000 public'],
    [
      'what is not cached is an obstacle',
      '{ freshBook { title } }',
      '`Query.freshBook` asks `shop.freshBook`, which is not cached.',
    ],
    ['what is not cached may be declared at the field', '{ declaredBook { title } }', '60000 audience'],
    ['the hint of a field is over that of its type', '{ cachedBook { title } }', '60000 public'],
    ['the shortest time counts', '{ kept book { title price stock } }', '2000 audience'],
    ['a property is as old as its parent', '{ book { title size { pages } } }', '90000 public'],
    ['a property may have a shorter time', '{ book { size { pages widthMm } } }', '20000 public'],
    ['a function below is an obstacle', '{ book { title decided } }', decided('Book.decided')],
    ['a function may inherit the time of its parent', '{ book { heir } }', '90000 public'],
    ['a root field has nothing to inherit', '{ heir { name } }', decided('Query.heir')],
    ['the narrowest scope counts: audience', '{ book { stock } }', '2000 audience'],
    ['the narrowest scope counts: tenant', '{ book { stock author { name } } }', '2000 tenant'],
    ['the narrowest scope counts: caller', '{ book { author { name } shelf stock } }', '2000 caller'],
    ["one private field makes it the caller's", '{ cachedBook { owner { name } } }', '60000 caller'],
    [
      'nodes, edges and pages are as old as their page',
      '{ page { nodes { id } edges { node { id } } pageInfo { hasNextPage } } }',
      '80000 public',
    ],
    ['what is asked below edges counts', '{ page { edges { node { price } } } }', '5000 public'],
    ['names of types cost nothing', '{ __typename kept }', '50000 public'],
    ['names of types alone are not kept', '{ __typename }', 'Nothing in it says how long it may be kept.'],
    ['introspection is not kept', '{ kept __schema { queryType { name } } }', 'Introspection is not kept.'],
    [
      'fragments count wherever they stand',
      '{ cachedBook { ...A } } fragment A on Book { ... { price } }',
      '5000 public',
    ],
    ['the strictest possible type of an interface counts', '{ node { id } }', '3000 public'],
    [
      'a field of one possible type alone counts as itself',
      '{ any { ... on Book { price } } }',
      '5000 public',
    ],
    ['what may be skipped counts as selected', '{ kept plain @skip(if: true) }', decided('Query.plain')],
    ['a mutation is never kept', 'mutation { kept }', 'Only queries are kept.'],
    [
      'fragments that go round end',
      '{ cachedBook { ...A } } fragment A on Book { title sequel { ...A } }',
      '60000 public',
    ],
  ];
  for (const [what, query, expected] of cases) it(what, () => expect(policy(query)).toBe(expected));
});

describe('scopes', () => {
  it('go from everybody to one caller', () => {
    const scopes: readonly Scope[] = ['public', 'audience', 'tenant', 'caller'];
    for (const [at, scope] of scopes.entries())
      for (const [than, part] of scopes.entries()) expect(isAsNarrowAs(scope, part)).toBe(at >= than);
  });
});
