import type { CacheOptions } from '../operation.ts';
import type { Description, Freshness } from '../outcome.ts';
import type { CacheEntry } from './cache.ts';

/** How long beyond its other limits an entry is kept for the sake of its validator. */
const revalidationMs = 600_000;
/** The most that jitter takes from the time an answer is fresh. */
const jitter = 0.1;

/**
 * The entry of an answer: what the backend says of its freshness comes before the definition. Its time is shortened by
 * up to a tenth, at random, so that what was filled together does not expire together; the limits of stale use (RFC
 * 5861) stay where they were said to be.
 *
 * @param held the entry that the answer confirms, where the backend said "not modified"
 * @param random from 0 to 1
 */
export function entryOf(
  key: string,
  value: unknown,
  description: Description,
  held: CacheEntry | undefined,
  options: CacheOptions,
  now: number,
  random: number,
): CacheEntry {
  const { freshness } = description;
  const stated =
    freshness === undefined ? freshnessOf(options, value) : { ...freshnessOf(options, value), ...freshness };
  const { ttlMs, staleWhileRevalidateMs = 0, staleIfErrorMs = 0 } = stated;
  const until = now + ttlMs;
  const staleUntil = until + staleWhileRevalidateMs;
  const errorUntil = until + staleIfErrorMs;
  const freshUntil = until - ttlMs * jitter * random;
  const validator = description.validator ?? (description.notModified === true ? held?.validator : undefined);
  const keptUntil = Math.max(staleUntil, errorUntil);
  if (validator === undefined) return { key, value, freshUntil, staleUntil, errorUntil, keptUntil };
  return { key, value, freshUntil, staleUntil, errorUntil, keptUntil: keptUntil + revalidationMs, validator };
}

function freshnessOf(options: CacheOptions, value: unknown): Freshness {
  if (value === null) return { ttlMs: options.missingTtlMs ?? Math.min(options.ttlMs, 1_000) };
  return options;
}
