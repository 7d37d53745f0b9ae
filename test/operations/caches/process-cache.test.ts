import { describe, expect, it } from 'vitest';
import type { Cache, CacheEntry, Stamp } from '../../../src/operations/caches/cache.ts';
import { processCache } from '../../../src/operations/caches/process-cache.ts';
import { describeCache } from '../../contracts/cache.ts';
import { clockAt } from '../../support/operations.ts';

describeCache('the cache in this process', {
  open: async (clock) => processCache({ maxEntries: 1_000, maxBytes: 10_000_000, clock }),
});

describe('the cache in this process', () => {
  const clock = clockAt(0);
  const entryOf = (key: string, value: unknown) => ({
    key,
    value,
    freshUntil: 10,
    staleUntil: 10,
    errorUntil: 10,
    keptUntil: 10,
  });

  const keep = async (cache: Cache, ...entries: readonly CacheEntry[]): Promise<void> => {
    const found = await cache.getMany(entries.map(({ key }) => ({ key, tags: [] })));
    await cache.setMany(entries.map((entry, index) => [entry, found[index]?.stamp as Stamp]));
  };

  it('freezes what it keeps, so that no request changes what the next one sees', async () => {
    const cache = processCache({ maxEntries: 10, maxBytes: 1_000, clock });
    await keep(cache, entryOf('a', { list: [{ deep: 1 }] }));
    const value = cache.peek('a')?.value as { list: { deep: number }[] };
    expect(() => value.list.push({ deep: 2 })).toThrow(TypeError);
    expect(() => Object.assign(value.list[0] as object, { deep: 2 })).toThrow(TypeError);
  });

  it('lets the least recently used entry go when there are too many', async () => {
    const cache = processCache({ maxEntries: 2, maxBytes: 1_000, clock });
    await keep(cache, entryOf('a', 1), entryOf('b', 2));
    cache.peek('a');
    await keep(cache, entryOf('c', 3));
    expect(['a', 'b', 'c'].map((key) => cache.peek(key)?.value)).toEqual([1, undefined, 3]);
  });

  it('bounds what it remembers of evictions, and forgets what may have been evicted', async () => {
    const cache = processCache({ maxEntries: 10, maxBytes: 10_000, clock });
    const [found] = await cache.getMany([{ key: 'a', tags: ['first'] }]);
    await cache.setMany([[entryOf('a', 1), found?.stamp as Stamp]]);
    expect(cache.peek('a')?.value).toBe(1);
    await cache.evict(Array.from({ length: 20_000 }, (_, tag) => `other ${tag}`));
    const [late] = await cache.getMany([{ key: 'b', tags: ['second'] }]);
    await cache.setMany([[entryOf('b', 2), late?.stamp as Stamp]]);
    await cache.evict(['one more']);
    // Of what was evicted first nothing is known any more but when: what is older than that is given up.
    expect(cache.peek('a')).toBeUndefined();
    expect(cache.peek('b')?.value).toBe(2);
  });

  it('is bounded in bytes, and does not keep one answer that is larger than all it may hold', async () => {
    const cache = processCache({ maxEntries: 100, maxBytes: 200, clock });
    await keep(cache, entryOf('small', 'x'), entryOf('large', 'x'.repeat(300)));
    await keep(cache, ...Array.from({ length: 50 }, (_, index) => entryOf(`k${index}`, 'x'.repeat(40))));
    const kept = ['large', ...Array.from({ length: 50 }, (_, index) => `k${index}`)].map((key) =>
      cache.peek(key),
    );
    expect(kept[0]).toBeUndefined();
    expect(kept.filter((entry) => entry !== undefined).length).toBeLessThanOrEqual(5);
  });
});
