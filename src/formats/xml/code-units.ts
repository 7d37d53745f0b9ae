import { runWhole, type Sliced } from './slices.ts';

/** Read where no unit is: past the end of a document nothing is markup, white space or part of a name. */
const LOOK_AHEAD = 4;
/** Short documents share a size, so that what one leaves serves the next. */
const SMALLEST = 8_192;
/** Of longer documents nothing is kept. */
const LARGEST_KEPT = 131_072;
/** Units between pauses: well under a millisecond, in memory never used before. */
const SLICE = 524_288;
/** Documents read at the same time, as far as what they were read from is kept. */
const MOST_KEPT = 4;

/** What a reader stands on once it has given its units back: the end of any document. */
export const NO_UNITS = new Uint16Array(LOOK_AHEAD);

const free: Uint16Array[] = [];

/**
 * The UTF-16 code units of a text, and zeros after them: asking a string for a character takes about twice as long, and a
 * reader of XML does nothing more often. What is left by documents before is used again, since new memory costs more
 * than the copy (on a machine whose numbers begin with their low byte, as all that Node is made for in practice).
 */
export function takeCodeUnits(source: string): Uint16Array {
  return runWhole(codeUnitsInSlices(source));
}

/** As `takeCodeUnits`, pausing where the text is long. */
export function* codeUnitsInSlices(source: string): Sliced<Uint16Array> {
  const needed = source.length + LOOK_AHEAD;
  let units = free.pop();
  if (units === undefined || units.length < needed) units = new Uint16Array(sizeFor(needed));
  const bytes = Buffer.from(units.buffer);
  for (let from = 0; from < source.length; from += SLICE) {
    if (from > 0) yield;
    bytes.write(source.length > SLICE ? source.slice(from, from + SLICE) : source, from * 2, 'utf16le');
  }
  units.fill(0, source.length, needed);
  return units;
}

/** Only what nobody reads any more. */
export function giveBackCodeUnits(units: Uint16Array): void {
  if (units.length <= LARGEST_KEPT && units.length >= SMALLEST && free.length < MOST_KEPT) free.push(units);
}

function sizeFor(needed: number): number {
  if (needed > LARGEST_KEPT) return needed;
  let size = SMALLEST;
  while (size < needed) size *= 2;
  return size;
}
