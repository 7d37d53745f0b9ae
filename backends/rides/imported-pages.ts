import { Problem } from '../shared/problem.ts';
import type { ImportedTrip } from './imported.ts';

/** Pages of the imported trips: they only ever grow at the end, so a cursor is the place in the list. */

export interface ImportedTripPage {
  trips: readonly ImportedTrip[];
  /** `cursors[i]` is the cursor of `trips[i]`. */
  cursors: readonly string[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

/** @throws Problem 400 for a cursor that is none of ours. */
export function importedTripPage(
  all: readonly ImportedTrip[],
  first: number,
  after: string | undefined,
): ImportedTripPage {
  const start = after === undefined ? 0 : placeBehind(after);
  const trips = all.slice(start, start + first);
  return {
    trips,
    cursors: trips.map((_, index) => `t${start + index + 1}`),
    hasNextPage: all.length > start + first,
    hasPreviousPage: start > 0,
  };
}

function placeBehind(cursor: string): number {
  if (!/^t[1-9]\d{0,8}$/.test(cursor)) throw new Problem(400, '"after" is no cursor of this list.');
  return Number(cursor.slice(1));
}
