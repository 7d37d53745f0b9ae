import { parseDecimal, parseInteger } from '../xsd/decimals.ts';

/** The ranges of the integer types, in bits with the sign. */
const RANGES = {
  i1: [-128, 127],
  i2: [-32_768, 32_767],
  int: [-2_147_483_648, 2_147_483_647],
} as const;

const I8_LEAST = -(2n ** 63n);
const I8_MOST = 2n ** 63n - 1n;
const INTEGER = /^[+-]?\d+$/;
const DOUBLE = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const SCIENTIFIC = /^([+-]?)(\d+)(?:\.(\d*))?[eE]([+-]?\d{1,4})$/;

/** An integer that a number holds exactly; `undefined` when the text is none or passes the type's range. */
export function parseInt32(text: string, type: keyof typeof RANGES = 'int'): number | undefined {
  const digits = text.trim();
  if (!INTEGER.test(digits)) return undefined;
  const value = Number(digits);
  const [least, most] = RANGES[type];
  // `+ 0`: JSON has no negative zero.
  return value >= least && value <= most ? value + 0 : undefined;
}

/** A 64-bit integer as its canonical text; `undefined` when the text is none or passes the range. */
export function parseInt64(text: string): string | undefined {
  const value = parseBigInteger(text);
  if (value === undefined || value.length > 20) return undefined;
  const exact = BigInt(value);
  return exact >= I8_LEAST && exact <= I8_MOST ? value : undefined;
}

/** An integer of any length as its canonical text; `undefined` when the text is none. */
export function parseBigInteger(text: string): string | undefined {
  return parseInteger(text.trim());
}

/**
 * A decimal of any length as its canonical text, digits after the point kept; `undefined` when the text is none.
 * An exponent (Java's `BigDecimal` writes `1.5E+3`) is written out, up to four digits of it.
 */
export function parseBigDecimal(text: string): string | undefined {
  const digits = text.trim();
  const match = SCIENTIFIC.exec(digits);
  if (match === null) return parseDecimal(digits);
  const [, sign = '', whole = '', fraction = '', exponent] = match;
  const all = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return parseDecimal(`${sign}0.${'0'.repeat(-point)}${all}`);
  if (point >= all.length) return parseDecimal(`${sign}${all.padEnd(point, '0')}`);
  return parseDecimal(`${sign}${all.slice(0, point)}.${all.slice(point)}`);
}

/** A finite number; `undefined` for `NaN`, infinities and what passes the range: JSON holds none of them. */
export function parseDouble(text: string): number | undefined {
  const digits = text.trim();
  if (!DOUBLE.test(digits)) return undefined;
  const value = Number(digits);
  return Number.isFinite(value) ? value + 0 : undefined;
}
