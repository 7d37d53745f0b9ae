import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/formats/json.ts';

const read = (text: string): unknown => parseJson(Buffer.from(text));

describe('parseJson', () => {
  it('reads what JSON.stringify wrote, whatever stands in texts', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('12345678901234567', '\\"12345678901234567', 'e999', '\\'),
    );
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), fc.array(text), (value, texts) => {
        const written = JSON.stringify([value, texts, 'pad 1234567890123456']);
        if (written.includes('__proto__')) return;
        // Integers that a number cannot hold are texts: the next test.
        if (/[[,:]-?\d{16,}[\],}]/.test(written)) return;
        expect(read(written)).toEqual(JSON.parse(written));
      }),
    );
  });

  it('keeps every integer exactly, wherever it stands in the body', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), { minLength: 1 }),
        fc.string(),
        (integers, pad) => {
          const value = read(`[${JSON.stringify(pad)},${integers.join(' , ')}]`) as unknown[];
          expect(value.slice(1).map(String)).toEqual(integers.map(String));
          for (const item of value.slice(1))
            if (typeof item === 'number') expect(item).toSatisfy(Number.isSafeInteger);
        },
      ),
    );
  });
});
