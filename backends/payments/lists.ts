import { Problem } from '../shared/problem.ts';
import type { List } from './types.ts';

/**
 * One page of a list. The cursor is the id of the last item of the page before, as with Stripe.
 *
 * @throws Problem 400 for a cursor that is no item of ours.
 */
export function listOf<Item extends { id: string }>(
  items: readonly Item[],
  limit: number,
  startingAfter: string | undefined,
): List<Item> {
  const last = startingAfter === undefined ? -1 : items.findIndex(({ id }) => id === startingAfter);
  if (startingAfter !== undefined && last === -1)
    throw new Problem(400, '"starting_after" is the id of no item of this list.');
  const data = items.slice(last + 1, last + 1 + limit);
  return { object: 'list', data, has_more: last + 1 + data.length < items.length };
}
