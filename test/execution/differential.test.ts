import {
  buildSchema,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  graphql,
  isCompositeType,
  isObjectType,
  printSchema,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Audience, Caller } from '../../src/caller.ts';
import { contractsOf } from '../../src/graph/audiences/contracts.ts';
import { contractDirectives } from '../../src/graph/contract.ts';
import {
  articles,
  auditOf,
  type GuardedGraph,
  guardedSdl,
  openGuardedGraph,
  orderOf,
  orders,
} from './guarded-graph.ts';

/** A small generator of numbers, the same for the same seed. */
function randomFrom(seed: number) {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;
  const some = <Item>(items: readonly Item[]): Item[] => items.filter(() => below(2) === 0);
  return { below, pick, some };
}

type Random = ReturnType<typeof randomFrom>;

const scopes = ['all:tenants', 'notes:read', 'all:read', 'notes', 'customers:read', 'costs:read'];
const callers: Record<string, Caller> = Object.fromEntries(
  Array.from({ length: 200 }, (_, index) => {
    const random = randomFrom(index);
    const caller: Caller = {
      id: `caller-${index}`,
      audience: random.pick<Audience>(['OPEN', 'PARTNER', 'INTERNAL']),
      tenant: random.pick(['acme', 'zeta', undefined]),
      isAuthenticated: random.below(2) === 0,
      scopes: new Set(random.some(scopes)),
    };
    return [caller.id, caller];
  }),
);

const contracts = contractsOf(buildSchema(contractDirectives + guardedSdl));

/** A random document that is valid for an audience. */
function documentFor(schema: GraphQLSchema, random: Random): string {
  let aliases = 0;
  const value = (name: string): string => {
    const id = () => JSON.stringify(random.pick(['o0', 'o1', 'o2', 'o3', 'a1', 'a2', 'x1', 'none']));
    if (name === 'ids') return `[${id()}, ${id()}, ${id()}]`;
    if (name === 'first') return String(random.below(6));
    if (name === 'after') return random.pick(['null', '"o1"', '"o4"']);
    return id();
  };
  const selection = (type: GraphQLNamedType, depth: number): string => {
    if (!isObjectType(type)) {
      const possible = schema.getPossibleTypes(type as never);
      const inner = possible.map((each) => `... on ${each.name} ${selection(each, depth - 1)}`);
      return `{ __typename ${random.some(inner).join(' ')} }`;
    }
    const fields = Object.values(type.getFields()).filter(
      ({ type: result, name }) => name !== 'find' && (depth > 0 || !isCompositeType(getNamedType(result))),
    );
    const chosen = random.some(fields).map(({ name, args, type: result }) => {
      const given = args.map((argument) => `${argument.name}: ${value(argument.name)}`).join(', ');
      const named = getNamedType(result);
      const below = isCompositeType(named) ? selection(named, depth - 1) : '';
      aliases += 1;
      return `${type.name.toLowerCase()}${aliases}: ${name}${given ? `(${given})` : ''} ${below}`;
    });
    return `{ __typename ${chosen.join(' ')} }`;
  };
  return selection(schema.getQueryType() as GraphQLNamedType, 4);
}

/** The rules of the shop, written down a second time, for an executor that knows nothing but graphql-js. */
function trusted(caller: Caller, schema: GraphQLSchema) {
  const has = (...all: string[]) => all.every((scope) => caller.scopes?.has(scope));
  const seesAll = caller.audience === 'INTERNAL' && has('all:tenants');
  const owns = (tenantId: unknown) => seesAll || (caller.tenant !== undefined && tenantId === caller.tenant);
  const isSeen = (object: { __typename?: string; tenantId?: unknown } | null): boolean =>
    object !== null &&
    schema.getType(String(object.__typename)) !== undefined &&
    (object.__typename !== 'Order' || owns(object.tenantId));
  const seen = <Item extends object | null>(object: Item): Item | null => (isSeen(object) ? object : null);
  const articleOf = (id: string) => articles.find((article) => article.id === id) ?? null;
  const guards: Record<string, boolean> = {
    'Order.note': has('notes:read') || has('all:read', 'notes'),
    'Order.customer': has('customers:read'),
    'Customer.name': has('customers:read'),
    'Customer.orders': has('customers:read'),
    'Article.cost': has('costs:read'),
    'Article.stock': caller.isAuthenticated === true,
  };
  type Source = Record<string, unknown>;
  const fields: Record<string, (source: Source, args: Source) => unknown> = {
    'Query.order': (_, { id }) => seen(orderOf(String(id))),
    'Query.orders': (_, { first, after }) => {
      if (!seesAll && caller.tenant === undefined) return null;
      const own = orders.filter(({ tenantId }) => owns(tenantId));
      const later =
        after == null
          ? own
          : own.slice(
              Math.max(
                0,
                own.findIndex(({ id }) => id > String(after)),
              ),
            );
      const rest = after != null && !own.some(({ id }) => id > String(after)) ? [] : later;
      const nodes = rest.slice(0, Number(first));
      return { nodes, count: own.length, hasNextPage: nodes.length < rest.length };
    },
    'Query.ordersByIds': (_, { ids }) => {
      const found = (ids as string[]).map(orderOf);
      return found.filter((order) => order === null || isSeen(order));
    },
    'Query.article': (_, { id }) => articleOf(String(id)),
    'Query.articles': () => articles,
    'Query.node': (_, { id }) => seen(orderOf(String(id)) ?? articleOf(String(id)) ?? auditOf(String(id))),
    'Query.things': () => [orderOf('o0'), articleOf('a1'), auditOf('x1'), orderOf('o1')].filter(isSeen),
    'Query.audit': (_, { id }) => auditOf(String(id)),
    'Order.article': ({ articleId }) => articleOf(String(articleId)),
    'Order.customer': ({ customerId }) => ({ name: `customer ${customerId}`, orders: 2 }),
    'OrderPage.edges': ({ nodes }) => (nodes as Source[]).map((node) => ({ cursor: node.id, node })),
    'OrderPage.pageInfo': ({ nodes, hasNextPage }) => ({
      hasNextPage,
      endCursor: (nodes as Source[]).at(-1)?.id ?? null,
    }),
    'Article.stock': ({ id }) => String(id).length,
    'Article.supplier': ({ supplierId }) => ({ name: `supplier ${supplierId}` }),
  };
  const plain = buildSchema(printSchema(schema));
  return async (source: string) => {
    const { data, errors = [] } = await graphql({
      schema: plain,
      source,
      fieldResolver: (parent: Source, args, _context, { parentType, fieldName }) => {
        const coordinate = `${parentType.name}.${fieldName}`;
        if (guards[coordinate] === false) throw new Error('FORBIDDEN');
        return fields[coordinate] ? fields[coordinate](parent, args) : parent[fieldName];
      },
      rootValue: {},
    });
    return { data, codes: [...new Set(errors.map(({ message }) => message))] };
  };
}

let graph: GuardedGraph;
beforeAll(async () => {
  graph = await openGuardedGraph(
    { limits: { maxAliases: 10_000, maxTokens: 100_000, maxCost: 1_000_000 } },
    callers,
  );
});
afterAll(() => graph.close());

describe('the answer to any caller', () => {
  it('Z10: is what the caller’s own contract gives on a trusted executor, whatever others asked before', async () => {
    const documents = new Map<Audience, string[]>();
    for (const [audience, schema] of contracts)
      documents.set(
        audience,
        Array.from({ length: 25 }, (_, index) => documentFor(schema, randomFrom(1_000 + index))),
      );
    const random = randomFrom(7);
    const names = Object.keys(callers);
    for (let round = 0; round < 1_200; round += 1) {
      const caller = callers[random.pick(names)] as Caller;
      const text = random.pick(documents.get(caller.audience) as string[]);
      const answer = await graph.ask(text, { as: caller.id });
      // Which of several errors below one null is told depends on which came first; that there is one does not.
      const codes = [...new Set((answer.errors ?? []).map(({ extensions }) => extensions.code))];
      const got = { data: answer.data, codes };
      const expected = await trusted(caller, contracts.get(caller.audience) as GraphQLSchema)(text);
      expect({ caller, text, ...got }).toEqual({ caller, text, ...JSON.parse(JSON.stringify(expected)) });
    }
    const kept = graph.log().filter(({ wholeAnswer }) => wholeAnswer === true).length;
    expect(kept).toBeGreaterThan(20);
  }, 120_000);
});
