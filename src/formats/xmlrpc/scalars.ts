import { parseBase64 } from './bytes.ts';
import { parseDate } from './dates.ts';
import { parseBigDecimal, parseBigInteger, parseDouble, parseInt32, parseInt64 } from './numbers.ts';
import type { XmlRpcKind } from './types.ts';

/** The types that hold text: those of the specification and the extensions in use. */
export type ScalarTag = keyof typeof NATURAL;

type Scalar = string | number | boolean;

/** What each type is in JSON when nothing is declared; `undefined` where the text is not of the type. */
const NATURAL = {
  string: (text: string): Scalar | undefined => text,
  int: (text: string) => parseInt32(text),
  i4: (text: string) => parseInt32(text),
  i2: (text: string) => parseInt32(text, 'i2'),
  i1: (text: string) => parseInt32(text, 'i1'),
  i8: parseInt64,
  biginteger: parseBigInteger,
  bigdecimal: parseBigDecimal,
  double: parseDouble,
  float: parseDouble,
  boolean: parseBoolean,
  'dateTime.iso8601': parseDate,
  dateTime: parseDate,
  base64: parseBase64,
} satisfies Record<string, (text: string, timeZone?: string) => Scalar | undefined>;

/** Types whose text is a number. */
const NUMERIC: ReadonlySet<ScalarTag> = new Set([
  'int',
  'i4',
  'i2',
  'i1',
  'i8',
  'biginteger',
  'bigdecimal',
  'double',
  'float',
]);

export function isScalarTag(name: string): name is ScalarTag {
  return Object.hasOwn(NATURAL, name);
}

/**
 * The JSON value of a scalar. A declared type is met where the meaning is beyond doubt, because servers differ: an id
 * that comes as a string, bytes that stand for text that is not ASCII, a flag that comes as 0 or 1.
 * `undefined` when the text is not of its type or cannot be what is declared.
 *
 * @param tag the type on the wire
 * @param declared what the operation says it is; `any` where it says nothing
 * @param timeZone given to dates that have none
 */
export function readScalar(
  tag: ScalarTag,
  text: string,
  declared: XmlRpcKind,
  timeZone?: string,
): Scalar | undefined {
  const value = NATURAL[tag](text, timeZone);
  if (value === undefined || declared === 'any' || declared === 'nil') return value;
  switch (declared) {
    case 'string':
      return asString(tag, value);
    case 'int':
      return fromNumeric(tag, value, parseInt32);
    case 'i8':
      return fromNumeric(tag, value, parseInt64);
    case 'double':
      return fromNumeric(tag, value, parseDouble);
    case 'boolean':
      return typeof value === 'boolean' ? value : parseBoolean(String(value));
    case 'dateTime':
      return tag === 'string' || tag.startsWith('dateTime') ? parseDate(String(value), timeZone) : undefined;
    case 'base64':
      return asBytes(tag, value);
    default:
      return undefined;
  }
}

function asString(tag: ScalarTag, value: Scalar): string | undefined {
  if (tag === 'boolean') return undefined;
  if (tag !== 'base64') return String(value);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(String(value), 'base64'));
  } catch {
    return undefined;
  }
}

function asBytes(tag: ScalarTag, value: Scalar): string | undefined {
  if (tag === 'base64') return String(value);
  return tag === 'string' ? Buffer.from(String(value)).toString('base64') : undefined;
}

function fromNumeric<T>(tag: ScalarTag, value: Scalar, parse: (text: string) => T): T | undefined {
  return tag === 'string' || NUMERIC.has(tag) ? parse(String(value)) : undefined;
}

function parseBoolean(text: string): boolean | undefined {
  switch (text.trim()) {
    case '1':
    case 'true':
      return true;
    case '0':
    case 'false':
      return false;
    default:
      return undefined;
  }
}
