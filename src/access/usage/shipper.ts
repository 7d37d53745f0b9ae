import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Log } from '../../telemetry/log.ts';
import type { Clock } from '../../util/clock.ts';
import type { Database } from '../state/database.ts';
import { isLockFile, lockDirectory } from './directory-lock.ts';
import { longestLine, readLines } from './event-line.ts';
import { book, type Cursor, cursorOf } from './ledger.ts';
import { cutTornTail, readSegment, removeSegment, type Segment, segmentsIn, sizeOf } from './segments.ts';

export interface ShipperOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** How long raw events are kept: older ones are not counted, because they may have been counted and forgotten. */
  readonly retentionMs: number;
  /** How many events are booked in one transaction. @default 1000 */
  readonly batch?: number;
}

/** What shipping came to. */
export interface Shipped {
  /** Events that were new. */
  readonly counted: number;
  readonly tooOld: number;
  /** Lines that nobody can read. */
  readonly spoiled: number;
  /** Bytes of segments that were removed. */
  readonly removedBytes: number;
}

/** A log that somebody still writes to: no further than here, and the last segment stays. */
export interface OpenEnd {
  readonly segment: number;
  readonly position: number;
}

const pieceBytes = 1_048_576;

/**
 * Brings what stands in the log of a node into the state database, each event exactly once, and removes the segments that
 * were shipped. Rejects with the database's error; what was booked until then stays booked.
 *
 * @param end where the node writes; without it the node is gone, and its whole directory is shipped
 */
export async function shipNode(directory: string, options: ShipperOptions, end?: OpenEnd): Promise<Shipped> {
  const { database, clock, log, retentionMs } = options;
  const node = basename(directory);
  const shipped = { counted: 0, tooOld: 0, spoiled: 0, removedBytes: 0 };
  let cursor = (await cursorOf(database, node)) ?? { segment: 0, position: 0 };
  for (const segment of segmentsIn(directory)) {
    if (end !== undefined && segment.number > end.segment) break;
    const isOpen = segment.number === end?.segment;
    const to = isOpen ? end.position : sizeOf(segment);
    if (segment.number > cursor.segment) cursor = { segment: segment.number, position: 0 };
    while (segment.number === cursor.segment && cursor.position < to) {
      const from: Cursor = cursor;
      const piece = readSegment(segment, from.position, Math.min(to, from.position + pieceBytes));
      const { events, bytes, spoiled } = readLines(piece, options.batch ?? 1_000);
      // No line ends here: a tail that was torn, or something that no log holds.
      const taken = bytes > 0 ? bytes : piece.length;
      if (taken === 0 || (bytes === 0 && isOpen)) break;
      if (spoiled > 0)
        log.error(
          { node, segment: segment.number, lines: spoiled },
          'Lines of the usage log cannot be read.',
        );
      const reached = { segment: from.segment, position: from.position + taken };
      const notBefore = clock.now() - retentionMs;
      const booked = await book(database, { node, events, from, to: reached, notBefore }, clock.now());
      if (booked === undefined) return shipped;
      if (booked.tooOld > 0)
        log.warn(
          { node, events: booked.tooOld },
          'Usage came later than events are kept, and is not counted: it may have been counted before.',
        );
      cursor = reached;
      shipped.counted += booked.counted;
      shipped.tooOld += booked.tooOld;
      shipped.spoiled += spoiled;
    }
    if (isOpen) break;
    shipped.removedBytes += sizeOf(segment);
    removeSegment(segment);
  }
  return shipped;
}

/**
 * Ships what processes that are gone have left below a directory: `tributary usage ship`, and every server at its start.
 * Directories whose process lives are left alone.
 */
export async function shipLeftovers(root: string, options: ShipperOptions): Promise<Shipped> {
  const total = { counted: 0, tooOld: 0, spoiled: 0, removedBytes: 0 };
  for (const node of nodesBelow(root)) {
    const shipped = await shipLeftover(join(root, node), options);
    total.counted += shipped?.counted ?? 0;
    total.tooOld += shipped?.tooOld ?? 0;
    total.spoiled += shipped?.spoiled ?? 0;
    total.removedBytes += shipped?.removedBytes ?? 0;
  }
  return total;
}

/** The directories of nodes below a directory: each is named by the node. */
export function nodesBelow(root: string): readonly string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^[0-9a-z]{26}$/.test(entry.name))
    .map(({ name }) => name);
}

async function shipLeftover(directory: string, options: ShipperOptions): Promise<Shipped | undefined> {
  const lock = lockDirectory(directory);
  if (lock === undefined) return undefined;
  try {
    for (const segment of segmentsIn(directory)) cutTail(segment, options.log);
    const shipped = await shipNode(directory, options);
    if (readdirSync(directory).every(isLockFile)) rmSync(directory, { recursive: true });
    const node = basename(directory);
    options.log.info({ node, events: shipped.counted }, 'Usage that a process had left behind was shipped.');
    return shipped;
  } finally {
    lock.release();
  }
}

function cutTail(segment: Segment, log: Log): void {
  const bytes = cutTornTail(segment);
  if (bytes > longestLine)
    log.error({ segment: segment.path, bytes }, 'The end of a usage log cannot be read.');
}
