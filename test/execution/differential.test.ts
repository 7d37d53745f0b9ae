import { buildSchema, type GraphQLSchema, graphql, printSchema } from 'graphql';
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
import { type RandomDocument, randomDocument, randomFrom } from './random-documents.ts';

/** `FUZZ_DOCUMENTS=10000` asks so many documents, each of them once. */
const documentCount = Number(process.env.FUZZ_DOCUMENTS ?? 300);

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

/** The same schemas, as graphql-js reads them from their text. */
const plains = new Map([...contracts.values()].map((schema) => [schema, buildSchema(printSchema(schema))]));
const plainOf = (schema: GraphQLSchema): GraphQLSchema => plains.get(schema) as GraphQLSchema;

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
  const plain = plainOf(schema);
  return async ({ text: source, variables }: RandomDocument) => {
    const { data, errors = [] } = await graphql({
      schema: plain,
      source,
      variableValues: variables,
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
  const limits = { maxAliases: 10_000, maxTokens: 100_000, maxCost: 1_000_000, maxDirectives: 10_000 };
  graph = await openGuardedGraph({ limits }, callers);
});
afterAll(() => graph.close());

const names = Object.keys(callers);
const contractOf = ({ audience }: Caller): GraphQLSchema => contracts.get(audience) as GraphQLSchema;

async function compare(caller: Caller, document: RandomDocument): Promise<void> {
  const answer = await graph.ask(document.text, { as: caller.id, variables: document.variables });
  // Which of several errors below one null is told depends on which came first; that there is one does not.
  const codes = [...new Set((answer.errors ?? []).map(({ extensions }) => extensions.code))];
  const got = { data: answer.data, codes };
  const expected = await trusted(caller, contractOf(caller))(document);
  expect({ caller, document, ...got }).toEqual({ caller, document, ...JSON.parse(JSON.stringify(expected)) });
}

describe('the answer to any caller', () => {
  it('Z10: is what the caller’s own contract gives on a trusted executor, whatever others asked before', async () => {
    const documents = new Map<Audience, RandomDocument[]>();
    for (const [audience, schema] of contracts)
      documents.set(
        audience,
        Array.from({ length: 25 }, (_, index) => randomDocument(schema, randomFrom(1_000 + index))),
      );
    const random = randomFrom(7);
    for (let round = 0; round < 1_200; round += 1) {
      const caller = callers[random.pick(names)] as Caller;
      await compare(caller, random.pick(documents.get(caller.audience) as RandomDocument[]));
    }
    const kept = graph.log().filter(({ wholeAnswer }) => wholeAnswer === true).length;
    expect(kept).toBeGreaterThan(20);
  }, 120_000);

  it('G31: to any document is what a trusted executor gives', async () => {
    for (let seed = 0; seed < documentCount; seed++) {
      const random = randomFrom(100_000 + seed);
      const caller = callers[random.pick(names)] as Caller;
      await compare(caller, randomDocument(contractOf(caller), random));
    }
  }, 1_800_000);
});
