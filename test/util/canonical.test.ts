import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonical } from '../../src/util/canonical.ts';

it('is the same for equal values whatever the order of their members', () => {
  expect(canonical({ b: [1, { d: 2, c: 3 }], a: 'x' })).toBe(canonical({ a: 'x', b: [1, { c: 3, d: 2 }] }));
});

it('differs wherever two JSON values differ', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const [left, right] = [one, other].map((value) => JSON.parse(JSON.stringify(value)) as unknown);
      fc.pre(canonical(left) === canonical(right));
      expect(left).toEqual(right);
    }),
    { numRuns: 50, maxSkipsPerRun: 10_000 },
  );
});

it('leaves absent members out and tells them from null', () => {
  expect(canonical({ a: undefined })).toBe(canonical({}));
  expect(canonical({ a: null })).not.toBe(canonical({}));
});

it('tells a number from its text, and writes a bigint as its text', () => {
  expect(canonical(1)).not.toBe(canonical('1'));
  expect(canonical(9007199254740993n)).toBe(canonical('9007199254740993'));
});
