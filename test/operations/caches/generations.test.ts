import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvictionLog } from '../../../src/operations/caches/eviction-log.ts';
import { Generations } from '../../../src/operations/caches/generations.ts';

describe('generations', () => {
  it('hold what was set last under a key, or nothing, and never more than they may', () => {
    const steps = fc.array(
      fc.record({
        key: fc.integer({ min: 0, max: 30 }),
        size: fc.integer({ min: 1, max: 70 }),
        set: fc.boolean(),
      }),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const generations = new Generations<{ size: number; step: number }>(10, 100);
        const last = new Map<string, number>();
        all.forEach(({ key, size, set }, step) => {
          if (set) {
            generations.set(`${key}`, { size, step });
            last.set(`${key}`, step);
          }
          const found = generations.get(`${key}`);
          if (found !== undefined) expect(found.step).toBe(last.get(`${key}`));
          if (set) expect(found === undefined).toBe(size > 50);
        });
        const held = [...last.keys()].flatMap((key) => generations.get(key) ?? []);
        expect(held.length).toBeLessThanOrEqual(10);
        expect(held.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(100);
      }),
    );
  });

  it('keep what is asked for again and again, whatever else comes', () => {
    const generations = new Generations<{ size: number }>(10, 1_000);
    generations.set('hot', { size: 1 });
    for (let index = 0; index < 1_000; index++) {
      generations.set(`cold ${index}`, { size: 1 });
      expect(generations.get('hot')).toBeDefined();
    }
  });
});

describe('the log of evictions', () => {
  it('never calls current what was evicted since, and says so of all else while it fits', () => {
    const event = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.constant(null));
    fc.assert(
      fc.property(fc.array(event), fc.array(event), (before, after) => {
        const log = new EvictionLog();
        const apply = (tag: string | null): void => (tag === null ? log.evictAll() : log.evict(tag));
        before.forEach(apply);
        const { moment } = log;
        after.forEach(apply);
        for (const tags of [[], ['a'], ['b', 'c']]) {
          const evicted = after.some((tag) => tag === null || tags.includes(tag));
          expect(log.isCurrent(moment, tags)).toBe(!evicted);
        }
      }),
    );
  });
});
