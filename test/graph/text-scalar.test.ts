import { parseValue } from 'graphql';
import { describe, expect, it } from 'vitest';
import { textScalar } from '../../src/graph/text-scalar.ts';

const plate = textScalar('Plate', /[A-Z\d]{2,4}|NONE/g, '2 to 4 capital letters or digits');

describe('a scalar of text', () => {
  it('takes what has the form, whole, as a variable, a literal and an answer', () => {
    for (const text of ['00', 'AB12', 'NONE']) {
      expect(plate.parseValue(text)).toBe(text);
      expect(plate.parseLiteral(parseValue(`"${text}"`), {})).toBe(text);
      expect(plate.serialize(text)).toBe(text);
    }
  });

  it.each(['', 'A', 'AB123', 'ab', ' AB', 'AB\n', 12, null, ['AB']])('refuses %j in words', (value) => {
    const refused = '`Plate` must be 2 to 4 capital letters or digits.';
    expect(() => plate.parseValue(value)).toThrow(refused);
    expect(() => plate.serialize(value)).toThrow(refused);
    expect(() => plate.parseLiteral(parseValue('12'), {})).toThrow(refused);
  });
});
