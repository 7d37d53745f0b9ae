import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvictionLog } from '../../../src/operations/caches/eviction-log.ts';
import { Generation } from '../../../src/operations/caches/generation.ts';
import { Generations } from '../../../src/operations/caches/generations.ts';
import { KeyBeginning, keyOf } from '../../../src/operations/caches/key.ts';

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
            generations.set(keyOf(`${key}`), { size, step });
            last.set(`${key}`, step);
          }
          const found = generations.get(keyOf(`${key}`));
          if (found !== undefined) expect(found.step).toBe(last.get(`${key}`));
          if (set) expect(found === undefined).toBe(size > 50);
        });
        const held = [...last.keys()].flatMap((key) => generations.get(keyOf(key)) ?? []);
        expect(held.length).toBeLessThanOrEqual(10);
        expect(held.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(100);
      }),
    );
  });

  it('find each of many keys, also of those whose values came, went and came back', () => {
    const generations = new Generations<{ size: number; of: number }>(20_000, 1_000_000);
    for (let of = 0; of < 10_000; of++) generations.set(keyOf(`key ${of}`), { size: 1, of });
    for (let of = 0; of < 10_000; of += 3) generations.delete(keyOf(`key ${of}`));
    for (let of = 0; of < 10_000; of += 6) generations.set(keyOf(`key ${of}`), { size: 1, of });
    const found = Array.from({ length: 10_000 }, (_, of) => generations.get(keyOf(`key ${of}`))?.of);
    const expected = found.map((_, of) => (of % 3 === 0 && of % 6 !== 0 ? undefined : of));
    // A key that finds no place takes another's: of so many, hardly one.
    expect(found.filter((of, index) => of !== expected[index]).length).toBeLessThan(10);
  });

  it('may have any key that they have, and say so of hardly any that they have not', () => {
    const generations = new Generations<{ size: number }>(20_000, 1_000_000);
    for (let of = 0; of < 12_000; of++) generations.set(keyOf(`key ${of}`), { size: 1 });
    const mayHave = (key: string): boolean => generations.mayHaveAny([keyOf(key).hash]);
    for (let of = 0; of < 12_000; of++)
      if (generations.get(keyOf(`key ${of}`)) !== undefined) expect(mayHave(`key ${of}`)).toBe(true);
    const absent = Array.from({ length: 10_000 }, (_, of) => `other ${of}`);
    expect(absent.filter(mayHave).length).toBeLessThan(10);
    expect(generations.mayHaveAny([])).toBe(false);
    expect(generations.mayHaveAny([...absent.slice(0, 99), 'key 11999'].map((key) => keyOf(key).hash))).toBe(
      true,
    );
  });

  it('keep what is asked for again and again, whatever else comes', () => {
    const generations = new Generations<{ size: number }>(10, 1_000);
    generations.set(keyOf('hot'), { size: 1 });
    for (let index = 0; index < 1_000; index++) {
      generations.set(keyOf(`cold ${index}`), { size: 1 });
      expect(generations.get(keyOf('hot'))).toBeDefined();
    }
  });
});

it('hashes many keys by their ends as it does each of them', () => {
  const ends = ['', 'a', '{"id":"käse"}', 'x'.repeat(100)];
  for (const beginning of ['', 'rides.ride@1|public|'])
    expect(new KeyBeginning(beginning).hashesOf(ends)).toEqual(
      ends.map((end) => keyOf(beginning + end).hash),
    );
});

describe('a generation', () => {
  it('finds a key whatever parts it is put together of', () => {
    const generation = new Generation<{ size: number }>();
    const whole = keyOf('rides.ride|{"id":"1"}');
    const parts = { prefix: 'rides.ride|', text: '{"id":"1"}', hash: whole.hash };
    const value = { size: 1 };
    generation.set(parts, value);
    expect(generation.get(whole)).toBe(value);
    generation.delete(whole);
    expect(generation.get(parts)).toBeUndefined();
    // Of equal hash and length, but another key.
    generation.set(parts, value);
    expect(generation.get({ ...parts, text: '{"id":"2"}' })).toBeUndefined();
  });

  it('gives one key no value of another, and forgets some, where all have one hash', () => {
    const generation = new Generation<{ size: number; of: number }>();
    const alike = (of: number) => ({ prefix: 'key ', text: `${of}`, hash: 7 });
    for (let of = 0; of < 1_000; of++) {
      generation.set(alike(of), { size: 1, of });
      expect(generation.get(alike(of))?.of).toBe(of);
    }
    const found = Array.from({ length: 1_000 }, (_, of) => [generation.get(alike(of))?.of, of]);
    const held = found.filter(([value]) => value !== undefined);
    expect(held.every(([value, of]) => value === of)).toBe(true);
    expect(held.length).toBeLessThan(100);
    expect(generation.size).toBe(held.length);
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
