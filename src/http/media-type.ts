import { type MediaType, mediaTypes } from '../execution/answer-status.ts';

interface Range {
  readonly type: string;
  readonly quality: number;
  readonly order: number;
}

const candidates: readonly (readonly [string, MediaType])[] = [
  ['application/json', mediaTypes.json],
  ['application/graphql-response+json', mediaTypes.graphqlResponse],
];

/**
 * The media type of the answer that a client prefers (RFC 9110 §12.5.1), or `undefined` where it accepts neither
 * `application/json` nor `application/graphql-response+json`. Without a preference it is `application/json`.
 */
export function answerMediaType(accept: string | undefined): MediaType | undefined {
  if (accept === undefined || accept === '' || accept === '*/*') return mediaTypes.json;
  let answer = known.get(accept);
  if (answer === undefined) {
    answer = negotiate(accept);
    if (known.size >= mostKnown) known.clear();
    known.set(accept, answer);
  }
  return answer ?? undefined;
}

/** Clients say the same again and again; `null` where nothing fits. */
const known = new Map<string, MediaType | null>();
const mostKnown = 100;

function negotiate(accept: string): MediaType | null {
  const ranges = accept.slice(0, 4_096).split(',').map(readRange);
  let best: { readonly mediaType: MediaType; readonly rank: readonly number[] } | undefined;
  for (const [name, mediaType] of candidates) {
    const match = mostSpecific(name, ranges);
    if (match === undefined || match.quality <= 0) continue;
    const rank = [match.quality, specificity(match.type, name), -match.order];
    if (best === undefined || isBetter(rank, best.rank)) best = { mediaType, rank };
  }
  return best?.mediaType ?? null;
}

function readRange(text: string, order: number): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  const value = quality === undefined ? 1 : Number(quality.slice(2));
  return { type, quality: Number.isFinite(value) ? value : 0, order };
}

function mostSpecific(name: string, ranges: readonly Range[]): Range | undefined {
  let best: Range | undefined;
  for (const range of ranges) {
    const fit = specificity(range.type, name);
    if (fit > 0 && (best === undefined || fit > specificity(best.type, name))) best = range;
  }
  return best;
}

/** 3 for the very type, 2 for `application/*`, 1 for anything, 0 where it does not fit. */
function specificity(range: string, name: string): number {
  if (range === name) return 3;
  if (range === 'application/*') return 2;
  return range === '*/*' ? 1 : 0;
}

function isBetter(rank: readonly number[], than: readonly number[]): boolean {
  for (const [index, value] of rank.entries()) {
    const other = than[index] as number;
    if (value !== other) return value > other;
  }
  return false;
}
