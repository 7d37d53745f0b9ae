import type { Caller } from '../../src/caller.ts';
import type { ServerConfigInput } from '../../src/config/server-config.ts';
import type { Gate } from '../../src/execution/gate.ts';
import { argument, bind, claim, ifPresent, parent } from '../../src/graph/binding.ts';
import { connection, type Page } from '../../src/graph/connection.ts';
import type { FieldContext } from '../../src/graph/fields.ts';
import { call, custom } from '../../src/transports/custom/custom.ts';
import { type BoundGraph, type Entries, openBoundGraph } from './bound-graph.ts';

/** A shop whose orders belong to partners; part of it is for some, part for whoever was granted it. */
export const guardedSdl = /* GraphQL */ `
  type Query {
    order(id: ID!): Order
    orders(first: Int! = 10, after: String): OrderPage
    ordersByIds(ids: [ID!]!): [Order]
    article(id: ID!): Article
    articles: [Article!]!
    node(id: ID!): Node
    things: [Thing!]!
    audit(id: ID!): Audit @audience(only: [INTERNAL])
    find(filter: Filter, state: State): [Article!]
  }
  type Mutation { rename(id: ID!, name: String!): Article }
  interface Node { id: ID! }
  union Thing = Order | Article | Audit
  type Order implements Node @owner(field: "tenantId", claim: "tenant") {
    id: ID!
    state: State!
    article: Article
    note: String @requiresScopes(scopes: [["notes:read"], ["all:read", "notes"]])
    customer: Customer
  }
  type OrderPage { nodes: [Order!]!, edges: [OrderEdge!]!, count: Int!, pageInfo: PageInfo! }
  type OrderEdge { cursor: String!, node: Order! }
  type PageInfo { hasNextPage: Boolean!, endCursor: String }
  type Customer @requiresScopes(scopes: [["customers:read"]]) { name: String!, orders: Int }
  type Article implements Node {
    id: ID!
    name: String!
    cost: Int! @requiresScopes(scopes: [["costs:read"]])
    stock: Int @authenticated
    supplier: Supplier @audience(only: [PARTNER, INTERNAL])
    margin: Int @audience(only: [INTERNAL])
  }
  type Supplier @audience(only: [PARTNER, INTERNAL]) { name: String! }
  type Audit implements Node @audience(only: [INTERNAL]) { id: ID!, by: String }
  enum State { OPEN DONE HELD @audience(only: [INTERNAL]) }
  input Filter { text: String, margin: Int @audience(only: [INTERNAL]) }
`;

export const guardedCallers = {
  nobody: { id: 'nobody', audience: 'OPEN', tenant: undefined },
  acme: {
    id: 'acme-1',
    audience: 'PARTNER',
    tenant: 'acme',
    isAuthenticated: true,
    scopes: new Set(['customers:read']),
  },
  zeta: { id: 'zeta-1', audience: 'PARTNER', tenant: 'zeta', isAuthenticated: true },
  stray: { id: 'stray', audience: 'PARTNER', tenant: undefined },
  clerk: { id: 'clerk', audience: 'INTERNAL', tenant: undefined, isAuthenticated: true },
  chief: {
    id: 'chief',
    audience: 'INTERNAL',
    tenant: undefined,
    isAuthenticated: true,
    scopes: new Set(['all:tenants', 'notes:read', 'costs:read', 'customers:read']),
  },
} as const satisfies Record<string, Caller>;

interface Order {
  readonly __typename: 'Order';
  readonly id: string;
  readonly tenantId: string | null;
  readonly state: string;
  readonly articleId: string;
  readonly customerId: string;
  readonly note: string;
}

const count = 12;
const tenants = ['acme', 'zeta', null];

export const orders: readonly Order[] = Array.from({ length: count }, (_, index) => ({
  __typename: 'Order',
  id: `o${index}`,
  tenantId: tenants[index % 3] ?? null,
  state: index % 2 === 0 ? 'OPEN' : 'DONE',
  articleId: `a${index % 4}`,
  customerId: `c${index}`,
  note: `note ${index}`,
}));

const articleOf = (id: string) =>
  /^a[0-3]$/.test(id)
    ? { __typename: 'Article', id, name: `article ${id}`, cost: 7, margin: 3, supplierId: `s${id}` }
    : null;

/** All articles, as the backend has them. */
export const articles = ['a0', 'a1', 'a2', 'a3'].map(
  (id) => articleOf(id) as NonNullable<ReturnType<typeof articleOf>>,
);

export const auditOf = (id: string) =>
  id.startsWith('x') ? { __typename: 'Audit', id, by: 'somebody' } : null;
export const orderOf = (id: string) => orders.find((order) => order.id === id) ?? null;

export interface GuardedGraph extends BoundGraph {
  /** What the backend was asked since the last look: the operations, each with its inputs as text. */
  taken(): readonly string[];
}

/** Serves the shop on a free port; the header `x-caller` names one of `guardedCallers`. */
export async function openGuardedGraph(
  config: ServerConfigInput = {},
  more: Readonly<Record<string, Caller>> = {},
  gate?: Gate,
  manifest?: ReadonlyMap<string, string>,
): Promise<GuardedGraph> {
  let asked: string[] = [];
  const { entries, shop } = shopOf((name, inputs) => {
    for (const input of inputs) asked.push(`${name} ${JSON.stringify(input)}`);
  });
  const known = { ...guardedCallers, ...more };
  const graph = await openBoundGraph(guardedSdl, entries, [shop], config, undefined, known, gate, manifest);
  return {
    ...graph,
    taken: () => {
      const before = asked;
      asked = [];
      return before.sort();
    },
  };
}

/** The datasource and the entries of the shop. */
export function shopOf(note: (operation: string, inputs: readonly unknown[]) => void) {
  const kept = { scope: 'public', cache: { ttlMs: 60_000 } } as const;
  const read = <I, O>(name: string, answer: (input: I) => O) =>
    call<I, O>(
      async (inputs) => {
        note(name, inputs);
        return inputs.map(answer);
      },
      { maxInputs: 100, ...kept },
    );
  const shop = custom('shop', {
    operations: {
      order: read('order', ({ id }: { id: string }) => orderOf(id)),
      page: read('page', ({ first, after, tenant }: { first: number; after?: string; tenant?: string }) =>
        pageOf(first, after, tenant),
      ),
      article: read('article', ({ id }: { id: string }) => articleOf(id)),
      articles: read('articles', (_: Record<never, never>) => articles),
      node: read('node', ({ id }: { id: string }) => orderOf(id) ?? articleOf(id) ?? auditOf(id)),
      things: read('things', (_: Record<never, never>) => [
        orderOf('o0'),
        articleOf('a1'),
        auditOf('x1'),
        orderOf('o1'),
      ]),
      audit: read('audit', ({ id }: { id: string }) => auditOf(id)),
      customer: read('customer', ({ id }: { id: string }) => ({ name: `customer ${id}`, orders: 2 })),
      stock: read('stock', ({ id }: { id: string }) => id.length),
      supplier: read('supplier', ({ id }: { id: string }) => ({ name: `supplier ${id}` })),
      rename: call<{ id: string; name: string }, object>(
        async (inputs) => {
          note('rename', inputs);
          return inputs.map(({ id, name }) => ({ ...articleOf(id), name }));
        },
        { kind: 'write' },
      ),
    },
  });
  const entries: Entries = {
    'Query.order': bind(shop.order, { id: argument('id') }),
    'Query.orders': bind(shop.page, {
      first: argument('first'),
      after: argument('after'),
      tenant: claim('tenant'),
    }),
    'Query.ordersByIds': (_: unknown, { ids }: { ids: readonly string[] }, { load }: FieldContext) =>
      ids.map((id) => load(shop.order, { id })),
    'Query.article': bind(shop.article, { id: argument('id') }),
    'Query.articles': bind(shop.articles, {}),
    'Query.node': bind(shop.node, { id: argument('id') }),
    'Query.things': bind(shop.things, {}),
    'Query.audit': bind(shop.audit, { id: argument('id') }),
    'Query.find': bind(shop.articles, {}),
    'Mutation.rename': bind(shop.rename, { id: argument('id'), name: argument('name') }),
    'Order.article': bind(shop.article, { id: ifPresent(parent('articleId')) }),
    'Order.customer': bind(shop.customer, { id: parent('customerId') }),
    'Article.stock': bind(shop.stock, { id: parent('id') }),
    'Article.supplier': bind(shop.supplier, { id: parent('supplierId') }),
    'OrderPage.edges': connection().edges,
    'OrderPage.pageInfo': connection().pageInfo,
  };
  return { shop, entries };
}

/** As a backend with pages does it: whose orders is asked of it first, and a cursor is only a place among them. */
function pageOf(first: number, after: string | undefined, tenant: string | undefined) {
  const own = orders.filter((order) => tenant === undefined || order.tenantId === tenant);
  const start = after === undefined ? 0 : own.findIndex(({ id }) => id > after);
  const nodes = start < 0 ? [] : own.slice(start, start + first);
  const page: Page<Order> & { count: number } = {
    nodes,
    cursors: nodes.map(({ id }) => id),
    hasNextPage: start >= 0 && start + first < own.length,
    hasPreviousPage: start > 0,
    count: own.length,
  };
  return page;
}
