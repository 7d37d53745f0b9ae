import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cache, CacheEntry, Stamp } from '../../src/operations/caches/cache.ts';
import { KeyBeginning } from '../../src/operations/caches/key.ts';
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

    /** Asks, keeps under what was found, and gives the entry as it was kept. */
    const keep = async (entries: readonly CacheEntry[], tags: readonly string[] = []): Promise<void> => {
      const found = await cache.getMany(entries.map(({ key }) => ({ key, tags })));
      await cache.setMany(entries.map((entry, index) => [entry, found[index]?.stamp as Stamp]));
    };
    const ask = async (keys: readonly string[], tags: readonly string[] = []) =>
      (await cache.getMany(keys.map((key) => ({ key, tags })))).map(({ entry }) => entry);

    beforeAll(async () => {
      cache = await factory.open(clock);
    });
    afterAll(async () => {
      await cache.close();
      await factory.end?.();
    });

    it('misses what was never kept', async () => {
      expect(await ask([nextKey(), nextKey()])).toEqual([undefined, undefined]);
      expect(cache.peek(nextKey())).toBeUndefined();
    });

    it('gives back any JSON value as it was, at once in the process that kept it', async () => {
      await fc.assert(
        fc.asyncProperty(fc.jsonValue(), async (generated) => {
          const value: unknown = JSON.parse(JSON.stringify(generated));
          const entry = entryOf(nextKey(), value);
          await keep([entry]);
          expect(await ask([entry.key])).toEqual([{ ...entry, value }]);
          expect(cache.peek(entry.key)).toEqual({ ...entry, value });
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
      await keep([one, two]);
      expect(await ask([two.key, absent, one.key, two.key])).toEqual([two, undefined, one, two]);
    });

    it('tells a kept null from a miss', async () => {
      const entry = entryOf(nextKey(), null);
      await keep([entry]);
      expect(await ask([entry.key])).toEqual([entry]);
    });

    it('keeps validators and each of the limits', async () => {
      const entry = {
        ...entryOf(nextKey(), 'x'),
        staleUntil: clock.now() + 70_000,
        errorUntil: clock.now() + 80_000,
        keptUntil: clock.now() + 90_000,
        validator: { etag: '"a"', lastModified: 'Mon, 30 Jun 2025 18:00:00 GMT' },
      };
      await keep([entry]);
      expect(await ask([entry.key])).toEqual([entry]);
    });

    it('forgets an entry that is of no use any more', async () => {
      const entry = entryOf(nextKey(), 'gone', 1_000);
      await keep([entry]);
      clock.time += 1_001;
      expect(await ask([entry.key])).toEqual([undefined]);
      expect(cache.peek(entry.key)).toBeUndefined();
    });

    it('keeps the later of two answers under one key', async () => {
      const key = nextKey();
      await keep([entryOf(key, 'first')]);
      await keep([entryOf(key, 'second', 61_000)]);
      expect((await ask([key]))[0]?.value).toBe('second');
    });

    it('finds at once what is kept when there is time, whoever asks', async () => {
      const [peeked, asked] = [entryOf(nextKey(), 'peeked'), entryOf(nextKey(), 'asked')];
      const [forPeeked, forAsked] = await cache.getMany([
        { key: peeked.key, tags: [] },
        { key: asked.key, tags: [] },
      ]);
      const keptOne = cache.keep(() => [[peeked, forPeeked?.stamp as Stamp]]);
      expect(cache.peek(peeked.key)).toEqual(peeked);
      const keptOther = cache.keep(() => [[asked, forAsked?.stamp as Stamp]]);
      expect(await ask([asked.key])).toEqual([asked]);
      await Promise.all([keptOne, keptOther]);
    });

    it('keeps when there is time although nobody asks, but not what was evicted meanwhile', async () => {
      const [entry, evicted, tag] = [entryOf(nextKey(), 1), entryOf(nextKey(), 2), nextKey()];
      const [found, foundEvicted] = await cache.getMany([
        { key: entry.key, tags: [] },
        { key: evicted.key, tags: [tag] },
      ]);
      const kept = cache.keep(() => [
        [entry, found?.stamp as Stamp],
        [evicted, foundEvicted?.stamp as Stamp],
      ]);
      await cache.evict([tag]);
      await kept;
      expect(cache.peek(entry.key)).toEqual(entry);
      expect(cache.peek(evicted.key)).toBeUndefined();
      expect(await ask([evicted.key], [tag])).toEqual([undefined]);
    });

    it('says why nothing is kept where what is to be kept cannot be made', async () => {
      const failure = new Error('cannot be made');
      const kept = cache.keep(() => {
        throw failure;
      });
      expect(cache.peek(nextKey())).toBeUndefined();
      await expect(kept).rejects.toBe(failure);
    });

    it('peeks for a batch as it does for one, and says so where it holds none', async () => {
      const prefix = `${nextKey()}|`;
      const texts = ['"a"', '"b"', '"c"'];
      const keys = { prefix, texts, hashes: new KeyBeginning(prefix).hashesOf(texts) };
      expect(cache.peekMany(keys, clock.now())).toBeUndefined();
      const entry = entryOf(`${prefix}"b"`, 'held');
      await keep([entry]);
      expect(cache.peekMany(keys, clock.now())).toEqual([undefined, entry, undefined]);
    });

    it('evicts what has a tag, and only that', async () => {
      const [mine, other] = [entryOf(nextKey(), 1), entryOf(nextKey(), 2)];
      const [mineTag, otherTag] = [`mine ${mine.key}`, `other ${other.key}`];
      await keep([mine], [mineTag, 'shared']);
      await keep([other], [otherTag, 'shared']);
      await cache.evict([mineTag]);
      expect(await ask([mine.key], [mineTag, 'shared'])).toEqual([undefined]);
      expect(cache.peek(mine.key)).toBeUndefined();
      expect(await ask([other.key], [otherTag, 'shared'])).toEqual([other]);
      await cache.evict(['shared']);
      expect(await ask([other.key], [otherTag, 'shared'])).toEqual([undefined]);
    });

    it('does not keep what was asked for before an eviction, however late it comes', async () => {
      const [entry, tag] = [entryOf(nextKey(), 'before'), nextKey()];
      const question = { key: entry.key, tags: [tag] };
      for (const evict of [() => cache.evict([tag]), () => cache.evictAll()]) {
        const [found] = await cache.getMany([question]);
        await evict();
        await cache.setMany([[entry, found?.stamp as Stamp]]);
        expect(await ask([entry.key], [tag])).toEqual([undefined]);
        expect(cache.peek(entry.key)).toBeUndefined();
      }
    });

    it('keeps again what is asked for after an eviction', async () => {
      const [entry, tag] = [entryOf(nextKey(), 'after'), nextKey()];
      await cache.evict([tag]);
      await keep([entry], [tag]);
      expect(await ask([entry.key], [tag])).toEqual([entry]);
    });

    it('empties everything at once', async () => {
      const [tagged, plain] = [entryOf(nextKey(), 1), entryOf(nextKey(), 2)];
      await keep([tagged], ['some tag']);
      await keep([plain]);
      await cache.evictAll();
      expect(await ask([tagged.key], ['some tag'])).toEqual([undefined]);
      expect(await ask([plain.key])).toEqual([undefined]);
    });

    it('takes keys and tags of any length and any character', async () => {
      const odd = 'käse\u0000 {"a":1}'.repeat(500);
      const entry = entryOf(`${nextKey()}:${odd}`, 'long');
      for (const tag of ['', '{', '}{x}', odd, `${odd}!`, '__proto__']) {
        await keep([entry], [tag]);
        expect(await ask([entry.key], [tag])).toEqual([entry]);
        await cache.evict([tag]);
        expect(await ask([entry.key], [tag])).toEqual([undefined]);
      }
    });

    it('does nothing with no keys, no entries and no tags', async () => {
      await cache.setMany([]);
      await cache.evict([]);
      expect(await cache.getMany([])).toEqual([]);
    });

    it('reports no fault while it works', () => {
      expect(cache.fault()).toBeUndefined();
    });
  });
}
