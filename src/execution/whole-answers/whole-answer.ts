import { createHash } from 'node:crypto';
import type { Scope } from '../../operations/operation.ts';
import type { MediaType } from '../answer-status.ts';

/** An answer that can be given again as it is. Times are milliseconds since the epoch. */
export interface WholeAnswer {
  /** JSON text. */
  readonly body: string;
  /** A strong validator (RFC 9110 §8.8.3). */
  readonly etag: string;
  readonly madeAt: number;
  readonly freshUntil: number;
  /** What it cost to make, in units of `@cost`. */
  readonly cost?: number | undefined;
}

/** A strong validator of an answer's bytes; the media type is part of what it validates. */
export function etagOf(body: string, mediaType: MediaType): string {
  return `"${createHash('sha256').update(mediaType).update(body).digest('base64url').slice(0, 27)}"`;
}

/** How long an answer may be kept by its client, and by whoever is in between (RFC 9111 §5.2.2). */
export function cacheControlOf({ madeAt, freshUntil }: WholeAnswer, scope: Scope): string {
  const seconds = Math.max(0, Math.floor((freshUntil - madeAt) / 1_000));
  return `max-age=${seconds}, ${scope === 'public' ? 'public' : 'private'}`;
}

/** Implements "If-None-Match", RFC 9110 §13.1.2: weak comparison, so that a proxy's `W/` does no harm. */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((given) => given.trim().replace(/^W\//, '') === etag);
}
