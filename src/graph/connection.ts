import { calculated, madeFromParent } from './prefetch/bound-fields.ts';

/** What a backend gives for one page of a list: the source shape of every connection type. */
export interface Page<Node> {
  readonly nodes: readonly Node[];
  /** As many as nodes: each stands for the place of its node in the list. */
  readonly cursors: readonly string[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** How many there are in the whole list, where the backend tells. */
  readonly totalCount?: number | null;
}

/** The source shape of an edge type. */
export interface Edge<Node> {
  readonly cursor: string;
  readonly node: Node;
}

/** The source shape of `PageInfo`. */
export interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

export interface ConnectionFields {
  edges<Node>(page: Page<Node>): Edge<Node>[];
  pageInfo(page: Page<unknown>): PageInfo;
}

/**
 * The fields of a connection type over a `Page`: `edges` and `pageInfo` are made from it; `nodes` and `totalCount` it
 * has itself.
 *
 * @example export const RideConnection: Fields<'RideConnection'> = connection();
 * @see https://relay.dev/graphql/connections.htm sections 2 (connection types), 3 (edge types) and 5 (PageInfo)
 */
export function connection(): ConnectionFields {
  return { edges, pageInfo };
}

const edges: ConnectionFields['edges'] = madeFromParent(({ nodes, cursors }) =>
  nodes.map((node, index) => ({ cursor: cursors[index] ?? '', node })),
);

const pageInfo: ConnectionFields['pageInfo'] = calculated(({ cursors, hasNextPage, hasPreviousPage }) => ({
  hasNextPage,
  hasPreviousPage,
  startCursor: cursors[0] ?? null,
  endCursor: cursors.at(-1) ?? null,
}));
