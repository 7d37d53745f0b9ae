import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cache, CacheEntry } from '../../src/operations/caches/cache.ts';
import { clockAt } from '../support/operations.ts';

export interface CacheFactory {
  /** Opens a cache that tells the time by the given clock. */
  open(clock: { now(): number }): Promise<Cache>;
  /** Called once after the suite. */
  end?(): Promise<void>;
}

/** What every cache promises: a miss and a hit give the same value, and nothing ever rejects. */
export function describeCache(name: string, factory: CacheFactory): void {
  describe(`${name} keeps the contract of a cache`, () => {
    // Real time, so that a store with a clock of its own (Redis) agrees on when an entry ends.
    const clock = clockAt(Date.now());
    let cache: Cache;
    let keys = 0;
    const nextKey = (): string => `contract:${name}:${process.pid}:${keys++}`;
    const entryOf = (key: string, value: unknown, lifeMs = 60_000): CacheEntry => ({
      key,
      value,
      freshUntil: clock.now() + lifeMs,
      staleUntil: clock.now() + lifeMs,
      errorUntil: clock.now() + lifeMs,
      keptUntil: clock.now() + lifeMs,
    });

    beforeAll(async () => {
      cache = await factory.open(clock);
    });
    afterAll(async () => {
      await cache.close();
      await factory.end?.();
    });

    it('misses what was never kept', async () => {
      expect(await cache.getMany([nextKey(), nextKey()])).toEqual([undefined, undefined]);
    });

    it('gives back any JSON value as it was', async () => {
      await fc.assert(
        fc.asyncProperty(fc.jsonValue(), async (generated) => {
          const value: unknown = JSON.parse(JSON.stringify(generated));
          const entry = entryOf(nextKey(), value);
          await cache.setMany([entry]);
          expect(await cache.getMany([entry.key])).toEqual([{ ...entry, value }]);
        }),
        { numRuns: 100 },
      );
    });

    it('answers many keys in the order asked, hits and misses mixed, and a key asked twice', async () => {
      const [one, two, absent] = [
        entryOf(nextKey(), 1),
        entryOf(nextKey(), { deep: ['2', null] }),
        nextKey(),
      ];
      await cache.setMany([one, two]);
      expect(await cache.getMany([two.key, absent, one.key, two.key])).toEqual([two, undefined, one, two]);
    });

    it('tells a kept null from a miss', async () => {
      const entry = entryOf(nextKey(), null);
      await cache.setMany([entry]);
      expect(await cache.getMany([entry.key])).toEqual([entry]);
    });

    it('keeps validators and each of the limits', async () => {
      const entry = {
        ...entryOf(nextKey(), 'x'),
        staleUntil: clock.now() + 70_000,
        errorUntil: clock.now() + 80_000,
        keptUntil: clock.now() + 90_000,
        validator: { etag: '"a"', lastModified: 'Mon, 30 Jun 2025 18:00:00 GMT' },
      };
      await cache.setMany([entry]);
      expect(await cache.getMany([entry.key])).toEqual([entry]);
    });

    it('forgets an entry that is of no use any more', async () => {
      const entry = entryOf(nextKey(), 'gone', 1_000);
      await cache.setMany([entry]);
      clock.time += 1_001;
      expect(await cache.getMany([entry.key])).toEqual([undefined]);
    });

    it('keeps the later of two answers under one key', async () => {
      const key = nextKey();
      await cache.setMany([entryOf(key, 'first')]);
      await cache.setMany([entryOf(key, 'second')]);
      expect((await cache.getMany([key]))[0]?.value).toBe('second');
    });

    it('deletes what it is told to, and only that', async () => {
      const [one, two] = [entryOf(nextKey(), 1), entryOf(nextKey(), 2)];
      await cache.setMany([one, two]);
      await cache.deleteMany([one.key, nextKey()]);
      expect(await cache.getMany([one.key, two.key])).toEqual([undefined, two]);
    });

    it('takes keys of any length and any character', async () => {
      const entry = entryOf(`${nextKey()}:${'käse\u0000 {"a":1}'.repeat(500)}`, 'long');
      await cache.setMany([entry]);
      expect(await cache.getMany([entry.key])).toEqual([entry]);
    });

    it('does nothing with no keys and no entries', async () => {
      await cache.setMany([]);
      await cache.deleteMany([]);
      expect(await cache.getMany([])).toEqual([]);
    });

    it('reports no fault while it works', () => {
      expect(cache.fault()).toBeUndefined();
    });
  });
}
