import { describe, expect, it } from 'vitest';
import { euroCents } from '../../etl/exchange-rates.ts';
import { type Exact, exactOf, metresOf, moneyOf } from '../../etl/normalise.ts';
import { dateKeyOf, instantOf } from '../../etl/times.ts';
import { Problem } from '../../etl/validate.ts';

const reasonOf = (value: unknown): unknown => (value instanceof Problem ? value.reason : value);
const exact = (text: string) => exactOf('field', text) as Exact;

describe('a distance', () => {
  it.each([
    ['12.3', 'km', 12_300n],
    ['12,3', 'KM', 12_300n],
    ['4200', 'm', 4_200n],
    ['1', 'mi', 1_609n],
    ['7.64', 'Miles', 12_295n],
    ['0.0005', 'km', 1n],
    ['0.0004', 'km', 0n],
    ['-3', 'km', -3_000n],
    ['21', 'furlongs', 'UNKNOWN_UNIT'],
    ['1', 'constructor', 'UNKNOWN_UNIT'],
  ])('of %s %s is %s metres', (text, unit, metres) => {
    expect(reasonOf(metresOf(exact(text), unit))).toBe(metres);
  });

  it.each(['n/a', '4.2.0', '', '1e3', '0x10', '١٢', '1 000', '12.', '.5', '9'.repeat(13)])(
    'written %j is no number',
    (text) => {
      expect(reasonOf(exactOf('distance', text))).toBe('BAD_NUMBER');
    },
  );
});

describe('an amount', () => {
  it.each([
    ['12.30', 'EUR', 1_230n, 'EUR'],
    ['12,3', '€', 1_230n, 'EUR'],
    ['12', 'euro', 1_200n, 'EUR'],
    ['1230', 'cent', 1_230n, 'EUR'],
    ['99.5', 'kr', 9_950n, 'NOK'],
    ['9950', 'Øre', 9_950n, 'NOK'],
    ['8', '£', 800n, 'GBP'],
    ['800', 'pence', 800n, 'GBP'],
    ['1.2300', 'usd', 123n, 'USD'],
  ])('of %s %s is %s hundredths of %s', (text, currency, cents, code) => {
    expect(moneyOf('fare', exact(text), currency)).toEqual({ cents, currency: code });
  });

  it('in a currency without a rate, or finer than a cent, is not taken', () => {
    expect(reasonOf(moneyOf('fare', exact('1.00'), 'DEM'))).toBe('UNKNOWN_CURRENCY');
    expect(reasonOf(moneyOf('fare', exact('1.005'), 'EUR'))).toBe('BAD_NUMBER');
    expect(reasonOf(moneyOf('fare', exact('12.5'), 'cent'))).toBe('BAD_NUMBER');
  });

  it('becomes euro by the fixed rates, to the cent', () => {
    expect(euroCents(1_230n, 'EUR')).toBe(1_230n);
    // 118.345 kroner are ten euro.
    expect(euroCents(118_345n, 'NOK')).toBe(10_000n);
    // A krone is 8.4499… cents, so six hundredths are half a cent and a little: rounded up.
    expect(euroCents(6n, 'NOK')).toBe(1n);
    expect(euroCents(5n, 'NOK')).toBe(0n);
  });
});

describe('a time', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  const read = (text: string, zone = 'Europe/Berlin') => reasonOf(instantOf('startedAt', text, zone, now));

  it.each([
    ['2025-06-30T17:59:05.000Z', '2025-06-30T17:59:05Z'],
    ['2025-06-30T19:59:05+02:00', '2025-06-30T17:59:05Z'],
    ['2025-06-30T12:29:05-05:30', '2025-06-30T17:59:05Z'],
    ['1751306345', '2025-06-30T17:59:05Z'],
    ['30.06.2025 19:59', '2025-06-30T17:59:00Z'],
    ['15.01.2025 00:30', '2025-01-14T23:30:00Z'],
    // When clocks go back, the first of the two hours is meant.
    ['27.10.2024 02:30', '2024-10-27T00:30:00Z'],
  ])('written %s is %s', (text, instant) => {
    expect(read(text)).toBe(instant);
  });

  it('is on the clocks of its city', () => {
    expect(read('30.06.2025 19:59', 'Europe/Lisbon')).toBe('2025-06-30T18:59:00Z');
    expect(read('30.06.2025 19:59', 'Asia/Kathmandu')).toBe('2025-06-30T14:14:00Z');
    expect(dateKeyOf('2025-06-30T22:30:00Z', 'Europe/Lisbon')).toBe(20250630);
    expect(dateKeyOf('2025-06-30T22:30:00Z', 'Europe/Berlin')).toBe(20250701);
  });

  it.each([
    '30.03.2025 02:30',
    '30.02.2025 12:00',
    '2025-13-01T00:00:00Z',
    '2025-06-30T24:00:00Z',
    'yesterday',
    '2025-06-30',
  ])('written %s is none', (text) => {
    expect(read(text)).toBe('BAD_TIME');
  });

  it('in the future or before the company is out of range', () => {
    expect(read('2999-01-01T00:00:00Z')).toBe('OUT_OF_RANGE');
    expect(read('1999-01-01T00:00:00Z')).toBe('OUT_OF_RANGE');
  });
});
