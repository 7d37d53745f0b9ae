import { type Graph, GraphError } from '../graph.ts';
import type { Connection } from './connection.ts';
import type { Format } from './formats.ts';
import type { Output } from './output.ts';
import { pageIn } from './page.ts';

/**
 * Writes every page of a query from where the output stands to the end.
 *
 * @param onPage is told how many nodes are written, of the earlier runs too
 * @returns how many nodes there are
 * @throws GraphError also where the list does not move on; QueryError, by what an answer holds
 */
export async function exportQuery(
  graph: Graph,
  query: string,
  variables: Readonly<Record<string, unknown>>,
  connection: Connection,
  format: Format,
  output: Output,
  onPage: (rows: number) => void,
): Promise<number> {
  let { rows } = output;
  let cursor = output.cursor ?? null;
  while (!output.done) {
    const given = cursor === null ? variables : { ...variables, [connection.after]: cursor };
    const { nodes, next } = pageIn(await graph.ask(query, given), connection);
    if (next !== null && next === cursor)
      throw new GraphError('The list does not move on: a page ends where it began.');
    await output.write(format.lines(nodes), nodes.length, next);
    rows += nodes.length;
    onPage(rows);
    cursor = next;
    if (next === null) break;
  }
  return rows;
}
