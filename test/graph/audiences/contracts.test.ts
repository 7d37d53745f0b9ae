import { buildSchema, type GraphQLSchema, printSchema, validateSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Audience } from '../../../src/caller.ts';
import { contractProblems, contractsOf } from '../../../src/graph/audiences/contracts.ts';
import { contractDirectives } from '../../../src/graph/contract.ts';

function whole(sdl: string): GraphQLSchema {
  return buildSchema(`${contractDirectives}\n${sdl}`);
}

function contract(sdl: string, audience: Audience): string {
  const schema = contractsOf(whole(sdl)).get(audience);
  if (schema === undefined) throw new Error(`${audience} sees nothing.`);
  expect(validateSchema(schema)).toEqual([]);
  return printSchema(schema);
}

function problems(sdl: string): string[] {
  return contractProblems(whole(sdl)).map(({ subject, message }) => `${subject} ${message}`);
}

const shop = /* GraphQL */ `
  type Query {
    article(id: ID!, withCost: Boolean @audience(only: [INTERNAL])): Article
    staff: [Person!] @audience(only: [INTERNAL])
    search(filter: Filter): [Thing!]
  }
  type Mutation @audience(only: [PARTNER, INTERNAL]) { order(id: ID!): Article }
  interface Named { name: String! }
  interface Audited @audience(only: [INTERNAL]) { seenAt: String @audience(only: [INTERNAL]) }
  type Article implements Named {
    name: String!
    cost: Int @audience(only: [INTERNAL])
    state: State
    supplier: Company @audience(only: [PARTNER, INTERNAL])
  }
  type Person implements Named @audience(only: [INTERNAL]) { name: String!, salary: Int }
  type Company implements Named @audience(only: [PARTNER, INTERNAL]) { name: String!, vat: Vat }
  scalar Vat
  union Thing = Article | Person
  enum State { ON_SALE HELD_BACK @audience(only: [INTERNAL]) }
  input Filter { text: String, state: State, margin: Int @audience(only: [INTERNAL]) }
`;

describe('the contract of an audience', () => {
  it('holds what the audience sees, and nothing that only hidden things lead to', () => {
    const open = contract(shop, 'OPEN');
    expect(open).not.toMatch(
      /cost:|staff|HELD_BACK|margin|Person|Company|Vat|Mutation|withCost|supplier|Audited/,
    );
    expect(open).toContain('union Thing = Article\n');
    expect(open).toContain('enum State {\n  ON_SALE\n}');
    expect(contract(shop, 'PARTNER')).toMatch(/type Mutation[\s\S]*supplier: Company/);
    expect(contract(shop, 'PARTNER')).not.toMatch(/salary|cost:/);
    expect(contract(shop, 'INTERNAL')).toMatch(/HELD_BACK[\s\S]*margin/);
  });

  it('names the directives about access to the company alone', () => {
    for (const name of [
      '@audience',
      '@requiresScopes',
      '@owner',
      '@sensitive',
      '@authenticated',
      'enum Audience',
    ]) {
      expect(contract(shop, 'INTERNAL')).toContain(name);
      expect(contract(shop, 'OPEN')).not.toContain(name);
      expect(contract(shop, 'PARTNER')).not.toContain(name);
    }
    expect(contract(shop, 'OPEN')).toContain('@cost');
  });

  it('shares resolvers and scalars with the whole contract', () => {
    const schema = whole(shop);
    const query = schema.getQueryType();
    const resolve = () => null;
    if (query) query.getFields().article!.resolve = resolve;
    const partner = contractsOf(schema).get('PARTNER');
    expect(partner?.getQueryType()?.getFields().article?.resolve).toBe(resolve);
    expect(partner?.getType('Vat')).toBe(schema.getType('Vat'));
  });

  it('is there only for an audience that sees the query type', () => {
    const contracts = contractsOf(whole('type Query @audience(only: [INTERNAL]) { a: Int }'));
    expect([...contracts.keys()]).toEqual(['INTERNAL']);
    expect(problems('type Query @audience(only: [INTERNAL]) { a: Int }')).toEqual([]);
  });

  it('has no mutations where the audience sees none of them', () => {
    const sdl = 'type Query { a: Int } type Mutation { b: Int @audience(only: [INTERNAL]) }';
    expect(problems(sdl)).toEqual([]);
    expect(contract(sdl, 'OPEN')).not.toContain('Mutation');
  });

  it('hides from the company too what is meant for others', () => {
    expect(contract('type Query { a: Int, b: Int @audience(only: [OPEN]) }', 'INTERNAL')).not.toContain(
      'b: Int',
    );
  });

  it('finds what an audience sees and cannot use', () => {
    expect(problems('type Query { a: Secret } type Secret @audience(only: [INTERNAL]) { b: Int }')).toEqual([
      'Query.a For `OPEN` and `PARTNER`: It is seen, but its type `Secret` is not.',
    ]);
    expect(problems('type Query { a(b: Int! @audience(only: [INTERNAL])): Int }')).toEqual([
      'Query.a(b:) For `OPEN` and `PARTNER`: It is required, but hidden.',
    ]);
    expect(
      problems('type Query { a(b: I): Int } input I { c: Int = 3 @audience(only: [OPEN]), d: Int }'),
    ).toEqual([
      'I.c For `PARTNER` and `INTERNAL`: It has a default value, which would not count where it is hidden.',
    ]);
    const hiding =
      'enum E { B C @audience(only: [INTERNAL]) } input I { e: [E!], f: Int @audience(only: [INTERNAL]) }';
    const wrongDefault = 'For `OPEN` and `PARTNER`: It is seen, but its default value names what is not.';
    for (const [coordinate, argument] of [
      ['Query.a(b:)', 'b: E = C'],
      ['Query.a(b:)', 'b: [[E!]] = [[B, C]]'],
      ['Query.a(b:)', 'b: I = { e: [B, C] }'],
      ['Query.a(b:)', 'b: I = { f: 3 }'],
    ])
      expect(problems(`type Query { a(${argument}): Int } ${hiding}`)).toEqual([
        `${coordinate} ${wrongDefault}`,
      ]);
    expect(problems(`type Query { a(b: J): Int } input J { e: E = C } ${hiding}`)).toEqual([
      `J.e ${wrongDefault}`,
    ]);
    expect(problems(`type Query { a(b: E = B, c: I = { e: [B] }): Int } ${hiding}`)).toEqual([]);
    expect(problems('type Query { a: T } type T { b: Int @audience(only: [INTERNAL]) }')).toEqual([
      'T For `OPEN` and `PARTNER`: It is seen, but nothing that belongs to it is.',
    ]);
    expect(problems('type Query { a: E } enum E { B @audience(only: [INTERNAL]) }')).toEqual([
      'E For `OPEN` and `PARTNER`: It is seen, but nothing that belongs to it is.',
    ]);
    expect(
      problems(
        'type Query { a: N } interface N { b: Int, c: Int } type T implements N { b: Int, c: Int @audience(only: [OPEN]) }',
      ),
    ).toEqual([
      expect.stringMatching(
        /^N\.c For `PARTNER` and `INTERNAL`: Interface field N\.c expected but T does not provide it/,
      ),
    ]);
  });

  it('passes what an interface says on to what implements it', () => {
    const sdl = /* GraphQL */ `
      type Query { a: N, t: T }
      interface N { b(d: Int @audience(only: [INTERNAL])): Int, c: Int @audience(only: [INTERNAL]) }
      type T implements N { b(d: Int): Int, c: Int }
    `;
    expect(problems(sdl)).toEqual([]);
    expect(contract(sdl, 'OPEN')).not.toMatch(/[cd]: Int/);
    expect(contract(sdl, 'INTERNAL')).toMatch(/type T implements N {\n {2}b\(d: Int\)/);
  });

  it('finds a type that contradicts its interface', () => {
    const guard = (scope: string) => `@requiresScopes(scopes: [["${scope}"]])`;
    expect(
      problems(`
        type Query { a: N }
        interface N { b: Int ${guard('x')}, c: Int @audience(only: [INTERNAL]) }
        type T implements N { b: Int ${guard('y')}, c: Int @audience(only: [OPEN, INTERNAL]) }
      `),
    ).toEqual(
      expect.arrayContaining([
        'T.b Its `@requiresScopes` contradicts that of `N.b`, which it implements.',
        'T.c Its `@audience` contradicts that of `N.c`, which it implements.',
      ]),
    );
  });
});
