import { describe, expect, it } from 'vitest';
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

  it('freezes what it keeps, so that no request changes what the next one sees', async () => {
    const cache = processCache({ maxEntries: 10, maxBytes: 1_000, clock });
    await cache.setMany([entryOf('a', { list: [{ deep: 1 }] })]);
    const value = (await cache.getMany(['a']))[0]?.value as { list: { deep: number }[] };
    expect(() => value.list.push({ deep: 2 })).toThrow(TypeError);
    expect(() => Object.assign(value.list[0] as object, { deep: 2 })).toThrow(TypeError);
  });

  it('lets the least recently used entry go when there are too many', async () => {
    const cache = processCache({ maxEntries: 2, maxBytes: 1_000, clock });
    await cache.setMany([entryOf('a', 1), entryOf('b', 2)]);
    await cache.getMany(['a']);
    await cache.setMany([entryOf('c', 3)]);
    expect((await cache.getMany(['a', 'b', 'c'])).map((entry) => entry?.value)).toEqual([1, undefined, 3]);
  });

  it('is bounded in bytes, and does not keep one answer that is larger than all it may hold', async () => {
    const cache = processCache({ maxEntries: 100, maxBytes: 200, clock });
    await cache.setMany([entryOf('small', 'x'), entryOf('large', 'x'.repeat(300))]);
    await cache.setMany(Array.from({ length: 50 }, (_, index) => entryOf(`k${index}`, 'x'.repeat(40))));
    const kept = await cache.getMany(['large', ...Array.from({ length: 50 }, (_, index) => `k${index}`)]);
    expect(kept[0]).toBeUndefined();
    expect(kept.filter((entry) => entry !== undefined).length).toBeLessThanOrEqual(5);
  });
});
