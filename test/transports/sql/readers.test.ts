import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readerOf, ValueError } from '../../../src/transports/sql/readers.ts';

describe('reading what a driver gives', () => {
  test('keeps whole numbers of any size exact', () => {
    const read = readerOf('bigint');
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (number) => {
        expect(read(number)).toBe(String(number));
        expect(read(String(number))).toBe(String(number));
      }),
    );
    expect(() => read(1.5)).toThrow(ValueError);
    expect(() => read(2 ** 60)).toThrow(ValueError);
  });

  test('refuses an int that a number cannot hold, instead of rounding it', () => {
    const read = readerOf('int');
    expect(read('9007199254740991')).toBe(9007199254740991);
    for (const wrong of ['9007199254740993', 9007199254740993n, '1.5', 'x'])
      expect(() => read(wrong)).toThrow(ValueError);
  });

  test('gives decimals their declared scale and never drops a digit that counts', () => {
    const read = readerOf('decimal', 3);
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
        fc.integer({ min: 0, max: 3 }),
        (whole, digits) => {
          const fraction = '123'.slice(0, digits);
          const text = digits === 0 ? String(whole) : `${whole}.${fraction}`;
          expect(read(text)).toBe(`${whole}.${fraction.padEnd(3, '0')}`);
        },
      ),
    );
    expect(read('1.5000000')).toBe('1.500');
    expect(() => read('1.5001')).toThrow(ValueError);
    expect(() => read('NaN')).toThrow(ValueError);
  });

  test('takes a decimal stored as a float only where no digit can have been lost', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), (cents) => {
        const sign = cents < 0 ? '-' : '';
        const digits = String(Math.abs(cents)).padStart(3, '0');
        expect(readerOf('decimal', 2)(cents / 100)).toBe(`${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`);
      }),
    );
    expect(readerOf('decimal')(1e-7)).toBe('0.0000001');
    expect(readerOf('decimal')(1e21)).toBe('1000000000000000000000');
    expect(() => readerOf('decimal')(0.1 + 0.2)).toThrow(ValueError);
  });

  test('writes any instant as toISOString does, whatever its zone', () => {
    const read = readerOf('timestamp');
    const instants = fc.date({
      min: new Date('0001-01-02'),
      max: new Date('9999-12-30'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instants, fc.integer({ min: -14, max: 14 }), (at, hours) => {
        const iso = at.toISOString();
        expect(read(iso)).toBe(iso);
        expect(read(iso.replace('T', ' ').replace('Z', ''))).toBe(iso);
        expect(read(iso.replace('T', ' ').replace('Z', '+00'))).toBe(iso);
        const local = new Date(at.getTime() + hours * 3_600_000);
        fc.pre(local.getUTCFullYear() > 0 && local.getUTCFullYear() < 10_000);
        const zone = `${hours < 0 ? '-' : '+'}${String(Math.abs(hours)).padStart(2, '0')}:00`;
        expect(read(local.toISOString().replace('Z', zone))).toBe(iso);
      }),
    );
    expect(read('2026-01-31')).toBe('2026-01-31T00:00:00.000Z');
    expect(read('2026-01-31 12:00:00.1234560')).toBe('2026-01-31T12:00:00.123456Z');
    for (const wrong of [
      'infinity',
      '0000-00-00 00:00:00',
      '2026-13-01 00:00:00',
      '0044-03-15 00:00:00 BC',
      1_700_000_000,
    ])
      expect(() => read(wrong)).toThrow(ValueError);
  });

  test('refuses what JSON cannot say', () => {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, 'NaN', '-Infinity'])
      expect(() => readerOf('float')(wrong)).toThrow(ValueError);
    expect(() => readerOf('boolean')(2)).toThrow(ValueError);
    expect(() => readerOf('date')('0000-00-00')).toThrow(ValueError);
    expect(() => readerOf('json')('{')).toThrow(ValueError);
  });

  test('writes bytes as base64', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(Buffer.from(readerOf('bytes')(bytes) as string, 'base64')).toEqual(Buffer.from(bytes));
      }),
    );
  });
});
