import { type Connection, QueryError } from './connection.ts';

export interface ExportPage {
  readonly nodes: readonly Node[];
  /** The cursor behind the page; null where it is the last. */
  readonly next: string | null;
}

export type Node = Readonly<Record<string, unknown>>;

/**
 * The page in an answer.
 *
 * @throws QueryError where the path leads to null or through a list
 */
export function pageIn(data: Node, connection: Connection): ExportPage {
  const { path, nodes, pageInfo, hasNextPage, endCursor } = connection;
  let found: unknown = data;
  for (const [index, key] of path.entries()) {
    found = (found as Node)[key];
    const place = path.slice(0, index + 1).join('.');
    if (found === null || found === undefined)
      throw new QueryError(`\`${place}\` is null: there is nothing to export.`);
    if (Array.isArray(found))
      throw new QueryError(`\`${place}\` is a list; a paged list cannot stand under it.`);
  }
  const list = found as Node;
  const rows = (list[nodes.key] ?? []) as readonly Node[];
  const info = list[pageInfo] as Node;
  const { of } = nodes;
  return {
    nodes: of === undefined ? rows : rows.map((edge) => edge[of] as Node),
    next: info[hasNextPage] === true ? String(info[endCursor]) : null,
  };
}
