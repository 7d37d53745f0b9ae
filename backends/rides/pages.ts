import { Problem } from '../shared/problem.ts';
import type { Ride, Rider } from './types.ts';

/** Pages by keyset: a cursor is a ride's time and id, so that new rides neither repeat nor hide one on the next page. */

export interface RidePage {
  rides: readonly Ride[];
  /** `cursors[i]` is the cursor of `rides[i]`. */
  cursors: readonly string[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

export interface RiderPage {
  riders: readonly Rider[];
  cursors: readonly string[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

export const maxPageSize = 500;
export const defaultPageSize = 50;

interface Keyset {
  requestedAt: string;
  id: string;
}

/**
 * One page.
 *
 * @param newestFirst all rides of the list, newest first.
 * @param after the cursor before the page, if any.
 * @throws Problem 400 for a cursor that is none of ours.
 */
export function pageOf(newestFirst: readonly Ride[], first: number, after: string | undefined): RidePage {
  const start = after === undefined ? 0 : firstAfter(newestFirst, readCursor(after));
  const rides = newestFirst.slice(start, start + first);
  return {
    rides,
    cursors: rides.map(writeCursor),
    hasNextPage: newestFirst.length > start + first,
    hasPreviousPage: start > 0,
  };
}

/**
 * One page of riders.
 *
 * @param riders all of them, in order of id.
 * @throws Problem 400 for a cursor that is none of ours.
 */
export function riderPageOf(riders: readonly Rider[], first: number, after: string | undefined): RiderPage {
  const last = after === undefined ? '' : readRiderCursor(after);
  const start = riders.findIndex(({ id }) => id > last);
  const page = start === -1 ? [] : riders.slice(start, start + first);
  return {
    riders: page,
    cursors: page.map(({ id }) => Buffer.from(id).toString('base64url')),
    hasNextPage: start !== -1 && riders.length > start + first,
    hasPreviousPage: start !== 0,
  };
}

function readRiderCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (/^R\d{5}$/.test(id) && Buffer.from(id).toString('base64url') === cursor) return id;
  throw new Problem(400, '"after" is no cursor of this list.');
}

function firstAfter(newestFirst: readonly Ride[], cursor: Keyset): number {
  const index = newestFirst.findIndex(
    (ride) =>
      ride.requestedAt < cursor.requestedAt ||
      (ride.requestedAt === cursor.requestedAt && ride.id < cursor.id),
  );
  return index === -1 ? newestFirst.length : index;
}

function writeCursor(ride: Ride): string {
  return Buffer.from(`${ride.requestedAt} ${ride.id}`).toString('base64url');
}

function readCursor(cursor: string): Keyset {
  const text = Buffer.from(cursor, 'base64url').toString();
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (RIDE-\d{6,})$/.exec(text);
  // Decoding base64 forgives a lot: only what encodes back to the same text is a cursor.
  if (!match?.[1] || !match[2] || Buffer.from(text).toString('base64url') !== cursor) {
    throw new Problem(400, '"after" is no cursor of this list.');
  }
  return { requestedAt: match[1], id: match[2] };
}
