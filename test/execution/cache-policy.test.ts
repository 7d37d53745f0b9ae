import { buildSchema, getOperationAST, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { cachePolicyOf } from '../../src/execution/cache-policy.ts';

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
    book: Book
    cachedBook: Book @cacheControl(maxAge: 60)
    reader: Reader @cacheControl(maxAge: 40)
    node: Node @cacheControl(maxAge: 500)
    any: Any @cacheControl(maxAge: 500)
    heir: Book @cacheControl(inheritMaxAge: true)
  }
  type Mutation { kept: String @cacheControl(maxAge: 50) }
  type Book implements Node @cacheControl(maxAge: 90) {
    id: ID
    title: String
    price: Int @cacheControl(maxAge: 5)
    owner: Reader @cacheControl(maxAge: 70, scope: PRIVATE)
    author: Reader
    sequel: Book @cacheControl(inheritMaxAge: true)
  }
  type Reader { name: String }
  interface Node { id: ID }
  type Note implements Node { id: ID @cacheControl(maxAge: 3), text: String }
  union Any = Book | Note
`);

function policy(query: string): string {
  const document = parse(query);
  const operation = getOperationAST(document);
  if (!operation) throw new Error('There is an operation.');
  const { maxAgeSeconds, scope } = cachePolicyOf(schema, document, operation);
  return `${maxAgeSeconds} ${scope}`;
}

describe('the cache policy of a document', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['a root field without a hint is not kept', '{ plain }', '0 PUBLIC'],
    ['a root field has its own hint', '{ kept }', '50 PUBLIC'],
    ['an object has the hint of its type', '{ book { title } }', '90 PUBLIC'],
    ['the hint of a field is over that of its type', '{ cachedBook { title } }', '60 PUBLIC'],
    ['the least age counts', '{ kept cachedBook { title price } }', '5 PUBLIC'],
    ['a field of objects without any hint is not kept', '{ cachedBook { author { name } } }', '0 PUBLIC'],
    ['a scalar has the age of its parent', '{ reader { name } }', '40 PUBLIC'],
    ['one private field makes the answer private', '{ cachedBook { owner { name } } }', '60 PRIVATE'],
    ['an age may be inherited', '{ cachedBook { sequel { sequel { title } } } }', '60 PUBLIC'],
    ['names of types cost nothing', '{ __typename kept }', '50 PUBLIC'],
    ['names of types alone are not kept', '{ __typename }', '0 PUBLIC'],
    ['introspection is not kept', '{ kept __schema { queryType { name } } }', '0 PUBLIC'],
    [
      'fragments count wherever they stand',
      '{ cachedBook { ...A } } fragment A on Book { ... { price } }',
      '5 PUBLIC',
    ],
    ['the strictest possible type of an interface counts', '{ node { id } }', '3 PUBLIC'],
    ['a field of one possible type alone counts as itself', '{ any { ... on Book { price } } }', '5 PUBLIC'],
    ['what may be skipped counts as selected', '{ kept plain @skip(if: true) }', '0 PUBLIC'],
    ['a mutation is never kept', 'mutation { kept }', '0 PUBLIC'],
    [
      'fragments that go round end',
      '{ cachedBook { ...A } } fragment A on Book { title sequel { ...A } }',
      '60 PUBLIC',
    ],
  ];
  for (const [what, query, expected] of cases) it(what, () => expect(policy(query)).toBe(expected));
});
