import { Problem } from '../shared/problem.ts';
import type { List } from './types.ts';

/**
 * One page of a list. The cursor is the id of the last item of the page before, as with Stripe; it goes on behind that item even
 * where it is no longer one of those that are wanted.
 *
 * @throws Problem 400 for a cursor that is no item of ours.
 */
export function listOf<Item extends { id: string }>(
  items: readonly Item[],
  limit: number,
  startingAfter: string | undefined,
  isWanted: (item: Item) => boolean = () => true,
): List<Item> {
  const last = startingAfter === undefined ? -1 : items.findIndex(({ id }) => id === startingAfter);
  if (startingAfter !== undefined && last === -1)
    throw new Problem(400, '"starting_after" is the id of no item of this list.');
  const rest = items.slice(last + 1).filter(isWanted);
  const data = rest.slice(0, limit);
  return { object: 'list', data, has_more: data.length < rest.length };
}
