import { z } from 'zod';
import { idInPath } from './inputs.ts';

/** What is asked of a list of things by their ids, which is shown in pages. */
export const pageQuery = z.strictObject({
  after: idInPath.optional().describe('The `next` of the page before: the id of the last one on it.'),
  limit: z.coerce.number().int().min(1).max(1_000).default(1_000),
});

type PageQuery = z.output<typeof pageQuery>;

/**
 * A page of a list by ids. One more than was asked for is read, so that a page that happens to be full is known from one
 * that is followed by others: nobody who has all of a list is sent for more of it, and nobody takes a page for the whole.
 *
 * @returns the list under its name, and `next` where there are more: `{ apps: [...], next: '01J…' }`
 */
export async function pageOf<Row>(
  name: string,
  { after, limit }: PageQuery,
  list: (after: string | undefined, limit: number) => Promise<readonly Row[]>,
  idOf: (row: Row) => string,
): Promise<Readonly<Record<string, unknown>>> {
  const rows = await list(after, limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { [name]: page, ...(rows.length > limit && last !== undefined ? { next: idOf(last) } : {}) };
}
