import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromMinorUnits, toMinorUnits } from '../../datasources/minor-units.ts';

describe('amounts in smallest units', () => {
  it.each([
    ['17.09', 'EUR', 1709],
    ['17', 'NOK', 1700],
    ['0.1', 'EUR', 10],
    ['1.230', 'EUR', 123],
    ['500', 'JPY', 500],
    ['1.234', 'KWD', 1234],
  ])('are told of %s %s', (amount, currency, units) => {
    expect(toMinorUnits(amount, currency)).toBe(units);
  });

  it.each(['0.001', '-1', '', '1e2', '1.', '99999999999999999'])('are not told of %j', (amount) => {
    expect(toMinorUnits(amount, 'EUR')).toBeUndefined();
  });

  it('come back as they were, in every currency', () => {
    const units = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(units, fc.constantFrom('EUR', 'JPY', 'KWD', 'NOK'), (given, currency) => {
        expect(toMinorUnits(fromMinorUnits(given, currency), currency)).toBe(given);
      }),
    );
  });
});
