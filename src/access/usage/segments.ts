import { closeSync, ftruncateSync, openSync, readdirSync, readSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { longestLine } from './event-line.ts';

/** A file of a node's log, by its number. */
export interface Segment {
  readonly number: number;
  readonly path: string;
}

const nameOf = (number: number): string => `${String(number).padStart(8, '0')}.log`;

export function segmentOf(directory: string, number: number): Segment {
  return { number, path: join(directory, nameOf(number)) };
}

/** The segments of a directory, oldest first. */
export function segmentsIn(directory: string): readonly Segment[] {
  return readdirSync(directory)
    .filter((name) => /^\d{8}\.log$/.test(name))
    .sort()
    .map((name) => segmentOf(directory, Number(name.slice(0, 8))));
}

/** Bytes of a segment; 0 where it is gone. */
export function sizeOf({ path }: Segment): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

export function removeSegment({ path }: Segment): void {
  unlinkSync(path);
}

/** What stands in a segment between two positions. */
export function readSegment({ path }: Segment, from: number, to: number): Buffer {
  const piece = Buffer.allocUnsafe(Math.max(0, to - from));
  const file = openSync(path, 'r');
  try {
    let read = 0;
    while (read < piece.length) {
      const bytes = readSync(file, piece, read, piece.length - read, from + read);
      if (bytes === 0) break;
      read += bytes;
    }
    return piece.subarray(0, read);
  } finally {
    closeSync(file);
  }
}

/**
 * Cuts off what a process was writing when it died: whatever follows the last line feed. Its answer was not sent, because
 * a line is written whole before that.
 *
 * @returns how many bytes were cut off
 */
export function cutTornTail(segment: Segment): number {
  const size = sizeOf(segment);
  const from = Math.max(0, size - 2 * longestLine);
  const whole = from + readSegment(segment, from, size).lastIndexOf(0x0a) + 1;
  if (whole === size) return 0;
  const file = openSync(segment.path, 'r+');
  try {
    ftruncateSync(file, whole);
  } finally {
    closeSync(file);
  }
  return size - whole;
}
