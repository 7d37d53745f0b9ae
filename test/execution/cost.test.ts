import fc from 'fast-check';
import { buildSchema, type GraphQLSchema, graphqlSync, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { TributaryError } from '../../src/errors.ts';
import { operationCost } from '../../src/execution/cost/operation-cost.ts';
import { contractsOf } from '../../src/graph/audiences/contracts.ts';
import { contractDirectives } from '../../src/graph/contract.ts';

const schema = buildSchema(/* GraphQL */ `
  ${contractDirectives}
  type Query {
    user(id: ID): User
    users(first: Int = 5, last: Int, filter: String @cost(weight: 3)): [User!] @listSize(slicingArguments: ["first", "last"], requireOneSlicingArgument: false)
    need(first: Int, last: Int): [User!] @listSize(slicingArguments: ["first", "last"])
    counted(first: Count!): [User!] @listSize(slicingArguments: ["first"])
    some: [User!] @listSize(assumedSize: 7)
    page(first: Int = 5): Page @listSize(slicingArguments: ["first"], sizedFields: ["nodes", "edges"])
    many: [User!]
    dear: Int @cost(weight: 40)
    node: Node
    login: String @sensitive
    reset: String @sensitive
  }
  interface Node { id: ID }
  type User implements Node { id: ID, name: String, orders(first: Int = 2): [Order!] @listSize(slicingArguments: ["first"]), friends: [User!] }
  type Order implements Node @cost(weight: 5) { id: ID, total: Total }
  scalar Count
  scalar Total @cost(weight: 1)
  type Page { nodes: [User!], edges: [Edge!], total: Int }
  type Edge { node: User }
`);

const limits = { maxCost: 100_000, maxPageSize: 1_000, assumedListSize: 10 };

function compiled(text: string, more: Partial<typeof limits> = {}, against: GraphQLSchema = schema) {
  const document = parse(text);
  expect(validate(against, document)).toEqual([]);
  const operation = document.definitions.find((node) => node.kind === 'OperationDefinition');
  if (operation?.kind !== 'OperationDefinition') throw new Error('There is no operation.');
  return operationCost(against, document, operation, { ...limits, ...more });
}

function cost(text: string, variables?: Readonly<Record<string, unknown>>, more?: Partial<typeof limits>) {
  return compiled(text, more).estimate(variables);
}

function refused(text: string, variables?: Readonly<Record<string, unknown>>, more?: Partial<typeof limits>) {
  try {
    cost(text, variables, more);
  } catch (thrown) {
    if (thrown instanceof TributaryError) return thrown;
  }
  throw new Error('It was not refused.');
}

describe('what an operation may cost', () => {
  it.each([
    ['an object costs 1 and a scalar nothing', '{ user { id name } }', 1],
    ['a scalar costs its weight', '{ dear }', 40],
    ['an alias costs again', '{ a: user { id } b: user { id } }', 2],
    ['a list costs each of its items', '{ many { id } }', 10],
    ['a list of assumed size', '{ some { id } }', 7],
    ['a slicing argument tells the size', '{ users(first: 30) { id } }', 30],
    ['its default value does, where nobody gives one', '{ users { id } }', 5],
    ['the greatest counts', '{ users(first: 3, last: 8) { id } }', 8],
    ['an argument costs its weight where it is given', '{ users(first: 1, filter: "x") { id } }', 4],
    ['lists multiply', '{ users(first: 3) { orders(first: 4) { id } } }', 3 * (1 + 4 * 5)],
    ['the type of a scalar may cost', '{ users(first: 1) { orders(first: 1) { total } } }', 1 + 5 + 1],
    [
      'the size of a page is that of its lists',
      '{ page(first: 9) { total nodes { id } edges { node { id } } } }',
      1 + 9 + 9 * 2,
    ],
    [
      'a size reaches through fragments',
      '{ page(first: 9) { ...F } } fragment F on Page { ... { nodes { id } } }',
      10,
    ],
    ['an interface costs the dearest of its types', '{ node { id } }', 5],
    [
      'a fragment costs wherever it is spread',
      '{ a: user { ...F } b: user { ...F } } fragment F on User { friends { id } }',
      22,
    ],
    ['what is skipped costs nothing', '{ user @skip(if: true) { id } dear @include(if: false) }', 0],
    ['introspection is no backend’s work', '{ __schema { types { name } } __typename }', 0],
  ])('%s', (_, text, expected) => {
    expect(cost(text)).toBe(expected);
  });

  it('follows the variables of each request', () => {
    const asked = compiled(
      'query ($n: Int = 4, $if: Boolean!) { users(first: $n) { id friends @include(if: $if) { id } } }',
    );
    expect(asked.estimate({ if: false })).toBe(4);
    expect(asked.estimate({ n: 6, if: false })).toBe(6);
    expect(asked.estimate({ n: 6, if: true })).toBe(6 + 60);
    // What is no number is refused before anything is executed; until then it asks for nothing.
    expect(asked.estimate({ n: 'many', if: false })).toBe(10);
    expect(asked.estimate({ n: -5, if: false })).toBe(0);
  });

  it('reads a size as lenient scalars do: a text, or a list of one, may be a number to them', () => {
    const asked = compiled('query ($n: Count!) { counted(first: $n) { id } }');
    for (const n of [30, '30', ' 30', [30]]) expect(asked.estimate({ n })).toBe(30);
    expect(cost('{ counted(first: "30") { id } }')).toBe(30);
    expect(refused('query ($n: Count!) { counted(first: $n) { id } }', { n: '1001' }).code).toBe(
      'BAD_USER_INPUT',
    );
  });

  it('L01: tells nobody of a slicing argument that is hidden', () => {
    const sdl = `
      ${contractDirectives}
      type Query {
        a(first: Int, all: Int @audience(only: [INTERNAL])): [Int] @listSize(slicingArguments: ["first", "all"])
        b(all: Int @audience(only: [INTERNAL])): [Int] @cost(weight: 1) @listSize(slicingArguments: ["all"])
      }`;
    const contract = contractsOf(buildSchema(sdl)).get('OPEN') as GraphQLSchema;
    expect(() => compiled('{ a }', {}, contract).estimate({})).toThrow(
      '`Query.a` needs exactly one of `first`.',
    );
    expect(compiled('{ b }', {}, contract).estimate({})).toBe(10);
  });

  it('G11: is refused above what is allowed, with both figures', () => {
    const error = refused('{ users(first: 10000) { orders(first: 10000) { id } } }');
    expect(error.code).toBe('COST_ESTIMATED_TOO_EXPENSIVE');
    expect(error.shown).toEqual({ cost: 10_000 * (1 + 10_000 * 5), max: 100_000 });
    expect(cost('{ users(first: 10) { id } }', {}, { maxCost: 10 })).toBe(10);
    expect(refused('{ users(first: 11) { id } }', {}, { maxCost: 10 }).code).toBe(
      'COST_ESTIMATED_TOO_EXPENSIVE',
    );
  });

  it('G11: is no way to a page that is larger than allowed', () => {
    const error = refused('query ($n: Int) { users(first: $n) { id } }', { n: 1_001 });
    expect(error.code).toBe('BAD_USER_INPUT');
    expect(error.message).toBe('`first` of `Query.users` may be at most 1000.');
    // What costs too much only for that is told the same.
    expect(refused('{ users(first: 1000000) { id } }').code).toBe('BAD_USER_INPUT');
  });

  it('needs one slicing argument where the contract demands it', () => {
    for (const text of [
      '{ need { id } }',
      '{ need(first: 1, last: 2) { id } }',
      '{ need(first: null) { id } }',
    ])
      expect(refused(text).code).toBe('BAD_USER_INPUT');
    expect(cost('{ need(last: 3) { id } }')).toBe(3);
  });

  it('never overflows', () => {
    const nested = `{ users(first: 1000) ${'{ friends '.repeat(30)}{ id }${' }'.repeat(31)}`;
    const error = refused(nested);
    expect(error.shown).toEqual({ cost: Number.MAX_SAFE_INTEGER, max: 100_000 });
  });

  it('takes time as the document is long, whatever its fragments do', () => {
    const depth = 300;
    const chain = (link: (next: string) => string) =>
      `{ user { ...F0 } } ${Array.from({ length: depth }, (_, index) => `fragment F${index} on User { ${index === depth - 1 ? 'id' : link(`...F${index + 1}`)} }`).join(' ')}`;
    const begun = performance.now();
    expect(refused(chain((next) => `a: friends { ${next} } b: friends { ${next} }`)).code).toBe(
      'COST_ESTIMATED_TOO_EXPENSIVE',
    );
    const flat = compiled(chain((next) => `${next} id ${next}`));
    expect(flat.estimate({})).toBe(1);
    expect(flat.actual({ user: { id: 1 } })).toBe(1);
    const paged = `{ page { ...P0 } } ${Array.from({ length: depth }, (_, index) => `fragment P${index} on Page { nodes { id } ${index === depth - 1 ? '' : `...P${index + 1} ...P${index + 1}`} }`).join(' ')}`;
    expect(refused(paged).code).toBe('COST_ESTIMATED_TOO_EXPENSIVE');
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it('G15: has room for one sensitive field, once', () => {
    expect(cost('{ login }')).toBe(0);
    for (const text of [
      '{ a: login b: login }',
      '{ login reset }',
      '{ ...F b: login } fragment F on Query { login }',
    ])
      expect(refused(text).code).toBe('MAX_ROOT_FIELDS_EXCEEDED');
  });
});

describe('what an answer has cost', () => {
  it('is counted from what came, each field once', () => {
    const asked = compiled(
      '{ users(first: 9) { id orders { id } ...F } } fragment F on User { o: orders { id } orders { total } }',
    );
    const order = { id: '1', total: 3 };
    expect(
      asked.actual({
        users: [
          { orders: [order, order], o: [order] },
          { orders: null, o: [] },
        ],
      }),
    ).toBe(2 + 3 * 5 + 2);
    expect(asked.actual(null)).toBe(0);
    expect(asked.actual({ users: null })).toBe(0);
  });

  it('G13: is never more than was estimated where lists are no longer than was said', () => {
    const selections = fc.letrec<{ user: string }>((tie) => ({
      user: fc
        .array(
          fc.oneof(
            { maxDepth: 3 },
            fc.constantFrom('id', 'name'),
            fc
              .tuple(fc.integer({ min: 0, max: 4 }), fc.nat(5))
              .map(([n, alias]) => `o${alias}x${n}: orders(first: ${n}) { id total }`),
            tie('user').map((inner) => `friends { ${inner} }`),
            tie('user').map((inner) => `... on User { ${inner} }`),
          ),
          { minLength: 1, maxLength: 3 },
        )
        .map((each) => each.join(' ')),
    }));
    const user = (depth: number): object => ({
      id: '1',
      name: 'n',
      orders: ({ first }: { first: number }) => Array.from({ length: first }, () => ({ id: '2', total: 1 })),
      friends: () => (depth === 0 ? [] : [user(depth - 1), user(depth - 1)]),
    });
    fc.assert(
      fc.property(selections.user, (inner) => {
        const text = `{ user { ${inner} } }`;
        const asked = compiled(text, { maxCost: Number.MAX_SAFE_INTEGER });
        const { data, errors } = graphqlSync({ schema, source: text, rootValue: { user: user(4) } });
        fc.pre(errors === undefined);
        expect(asked.actual(data ?? null)).toBeLessThanOrEqual(asked.estimate({}));
      }),
      { numRuns: 200 },
    );
  });
});

describe('the fields of an operation', () => {
  it('are told by coordinate, each type that may stand there', () => {
    const { coordinates } = compiled('{ node { id ... on User { name } } }');
    expect([...coordinates].sort()).toEqual(['Node.id', 'Order.id', 'Query.node', 'User.id', 'User.name']);
  });
});
