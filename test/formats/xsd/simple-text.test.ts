import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simpleCodec } from '../../../src/formats/xsd/simple-codec.ts';
import { builtinType } from '../../../src/formats/xsd/simple-types.ts';

const read = (type: string, text: string) =>
  simpleCodec(builtinType(type)).parse(text, { lookupNamespace: () => 'urn:p' });

describe('the text of a simple type', () => {
  it.each([
    ['boolean', 'true', true],
    ['long', '9007199254740993', '9007199254740993'],
    ['decimal', '12.50', '12.50'],
    ['int', '-7', -7],
    ['double', '1e3', 1_000],
    ['dateTime', '2026-07-01T10:00:00Z', '2026-07-01T10:00:00Z'],
    ['date', '2024-02-29', '2024-02-29'],
    ['duration', 'P1DT2H', 'P1DT2H'],
    ['hexBinary', '00ff', 'AP8='],
    ['base64Binary', 'AP8=', 'AP8='],
    ['QName', 'p:a', '{urn:p}a'],
    ['token', 'a', 'a'],
    ['NCName', 'a', 'a'],
    ['anyURI', 'urn:a', 'urn:a'],
  ])('%s may have white space around it', (type, text, value) => {
    for (const [before, after] of [
      ['', ''],
      [' ', ''],
      ['', '\n'],
      ['\t\r\n ', ' \n'],
    ])
      expect(read(type, `${before}${text}${after}`)).toBe(value);
  });

  it.each(['boolean', 'long', 'decimal', 'int', 'double', 'dateTime', 'date', 'hexBinary', 'QName'])(
    '%s is not blank, nor two of its kind',
    (type) => {
      const one =
        { boolean: 'true', dateTime: '2026-07-01T10:00:00Z', date: '2024-02-29', QName: 'p:a' }[type] ?? '10';
      for (const text of [' ', `${one} ${one}`, `${one}\n${one}`])
        expect([text, read(type, text)]).toEqual([
          text,
          type === 'hexBinary' && text === ' ' ? '' : undefined,
        ]);
    },
  );

  it('of a dateTime is one that the calendar has', () => {
    const digits = (length: number, max: number) =>
      fc.integer({ min: 0, max }).map((number) => String(number).padStart(length, '0'));
    const parts = fc.tuple(
      digits(4, 9_999),
      digits(2, 14),
      digits(2, 33),
      digits(2, 25),
      digits(2, 62),
      digits(2, 62),
    );
    fc.assert(
      fc.property(parts, ([year, month, day, hour, minute, second]) => {
        const text = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
        const time = Date.parse(text);
        const isTold = !Number.isNaN(time) && new Date(time).toISOString().startsWith(text.slice(0, 19));
        // The year 0 is JavaScript's alone, and 24:00:00 XML Schema's.
        const isMidnight = `${hour}${minute}${second}` === '240000';
        fc.pre(year !== '0000' && !isMidnight);
        expect(read('dateTime', text)).toBe(isTold ? text : undefined);
      }),
      { numRuns: 5_000 },
    );
  });
});
