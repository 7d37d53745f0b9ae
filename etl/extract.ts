import { readFileSync } from 'node:fs';
import type { Graph } from './graph.ts';
import { GraphError } from './graph.ts';
import type { Page, Source } from './source.ts';

/** The text of a query of ours, by its file's name. */
export function queryText(name: string): string {
  return readFileSync(new URL(`./queries/${name}`, import.meta.url), 'utf8');
}

/**
 * The page of a source behind a position.
 *
 * @param position the cursor that the last page ended with; `''` is the beginning
 * @throws GraphError also where the page does not end further on: such a list would be read for ever
 */
export async function extractPage(
  graph: Graph,
  { name, query, variables, pageOf }: Source,
  position: string,
  pageSize: number,
): Promise<Page> {
  const paging = { first: pageSize, after: position === '' ? null : position };
  const page = pageOf(await graph.ask(queryText(query), { ...variables, ...paging }));
  if (page.hasNextPage && (page.endCursor === null || page.endCursor === position))
    throw new GraphError(`The list of ${name} does not move on: a page ends where it began.`);
  return page;
}
