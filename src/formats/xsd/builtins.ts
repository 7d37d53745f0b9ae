import { isNcName } from '../xml/characters.ts';
import { DATE_CHECKS } from './dates.ts';
import { compareDecimals, decimalText, parseDecimal, parseInteger } from './decimals.ts';
import { qualifiedName, splitName } from './names.ts';

/** What a reader or writer knows of prefixes: `xsd:QName` needs it. */
export interface ReadScope {
  lookupNamespace(prefix: string): string | undefined;
}
export interface WriteScope {
  qualify(namespace: string, localName: string): string;
}

export type Whitespace = 'preserve' | 'replace' | 'collapse';

/** A built-in simple type: how its text becomes JSON and back. `undefined` says "not a value of this type". */
export interface Builtin {
  readonly name: string;
  readonly whitespace: Whitespace;
  /** The type that length, order and other facets are about. */
  readonly family:
    | 'string'
    | 'boolean'
    | 'decimal'
    | 'float'
    | 'date'
    | 'hexBinary'
    | 'base64Binary'
    | 'QName'
    | 'list';
  /** The JSON type in TypeScript's words. */
  readonly typeScript: string;
  /** From text whose white space is normalised already. */
  parse(text: string, scope: ReadScope): unknown;
  print(value: unknown, scope: WriteScope): string | undefined;
}

const BUILTINS = new Map<string, Builtin>();

/** The built-in type of a local name in the XSD namespace. Implements XML Schema Part 2 §3. */
export function builtin(localName: string): Builtin | undefined {
  return BUILTINS.get(localName);
}

function define(type: Builtin): void {
  BUILTINS.set(type.name, type);
}

const printText = (value: unknown) => {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
    ? String(value)
    : undefined;
};

/** Strings go through as they are: `00123` stays `00123`. */
function defineText(
  name: string,
  whitespace: Whitespace,
  valid: (text: string) => boolean = () => true,
): void {
  const parse = (text: string) => (valid(text) ? text : undefined);
  const print = (value: unknown) => {
    const text = printText(value);
    return text !== undefined && valid(whitespace === 'collapse' ? text.trim() : text) ? text : undefined;
  };
  define({ name, whitespace, family: 'string', typeScript: 'string', parse, print });
}

const isName = (text: string) => isNcName(text.replaceAll(':', '_')) && !/^[-.0-9]/.test(text);
const isNameToken = (text: string) => isNcName(`_${text.replaceAll(':', '_')}`) && text !== '';

defineText('string', 'preserve');
defineText('anySimpleType', 'preserve');
defineText('normalizedString', 'replace');
defineText('token', 'collapse');
defineText('language', 'collapse', (text) => /^[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*$/.test(text));
defineText('Name', 'collapse', isName);
for (const name of ['NCName', 'ID', 'IDREF', 'ENTITY']) defineText(name, 'collapse', isNcName);
defineText('NMTOKEN', 'collapse', isNameToken);
// Any text is a URI reference once it is escaped (XML Schema Part 2 §3.2.17).
defineText('anyURI', 'collapse');
for (const [name, valid] of Object.entries(DATE_CHECKS)) {
  const parse = (text: string) => (valid(text) ? text : undefined);
  const print = (value: unknown) =>
    typeof value === 'string' && valid(value.trim()) ? value.trim() : undefined;
  define({ name, whitespace: 'collapse', family: 'date', typeScript: 'string', parse, print });
}

define({
  name: 'boolean',
  whitespace: 'collapse',
  family: 'boolean',
  typeScript: 'boolean',
  parse: (text) =>
    text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : undefined,
  print: (value) => {
    if (typeof value === 'boolean') return String(value);
    return value === 'true' || value === 'false' ? value : undefined;
  },
});

/** Text of any length in JSON: no float is ever between. */
function defineExact(name: string, minimum?: string, maximum?: string): void {
  const read = name === 'decimal' ? parseDecimal : parseInteger;
  const parse = (text: string) => {
    const value = read(text);
    return value !== undefined && inRange(value, minimum, maximum) ? value : undefined;
  };
  const print = (value: unknown) => {
    const text = decimalText(value);
    return text === undefined ? undefined : parse(name === 'decimal' ? text : text.replace(/\.0+$/, ''));
  };
  define({ name, whitespace: 'collapse', family: 'decimal', typeScript: 'string', parse, print });
}

function inRange(value: string, minimum: string | undefined, maximum: string | undefined): boolean {
  // Eighteen characters pass no 64-bit bound; the bounds of one digit are about the sign.
  if (value.length <= 18 && (minimum?.length ?? 20) > 18 && (maximum?.length ?? 20) > 18) return true;
  if (minimum !== undefined && compareDecimals(value, minimum) < 0) return false;
  return maximum === undefined || compareDecimals(value, maximum) <= 0;
}

defineExact('decimal');
defineExact('integer');
defineExact('nonPositiveInteger', undefined, '0');
defineExact('negativeInteger', undefined, '-1');
defineExact('nonNegativeInteger', '0');
defineExact('positiveInteger', '1');
defineExact('long', '-9223372036854775808', '9223372036854775807');
defineExact('unsignedLong', '0', '18446744073709551615');

/** Small enough for a JSON number. */
function defineSmall(name: string, minimum: number, maximum: number): void {
  const parse = (text: string) => {
    const value = smallInteger(text);
    return value !== undefined && value >= minimum && value <= maximum ? value : undefined;
  };
  const print = (value: unknown) => {
    const text = decimalText(value)?.replace(/\.0+$/, '');
    return text !== undefined && parse(text) !== undefined ? text : undefined;
  };
  define({ name, whitespace: 'collapse', family: 'decimal', typeScript: 'number', parse, print });
}

function smallInteger(text: string): number | undefined {
  const length = text.length;
  const first = text.charCodeAt(0);
  let index = first === 0x2d || first === 0x2b ? 1 : 0;
  if (index === length) return undefined;
  let value = 0;
  for (; index < length; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return first === 0x2d && value !== 0 ? -value : value;
}

defineSmall('int', -2147483648, 2147483647);
defineSmall('short', -32768, 32767);
defineSmall('byte', -128, 127);
defineSmall('unsignedInt', 0, 4294967295);
defineSmall('unsignedShort', 0, 65535);
defineSmall('unsignedByte', 0, 255);

const FLOAT = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

for (const name of ['float', 'double']) {
  define({
    name,
    whitespace: 'collapse',
    family: 'float',
    // JSON has no infinities: these three stay text.
    typeScript: "number | 'INF' | '-INF' | 'NaN'",
    parse(text) {
      if (text === 'INF' || text === '-INF' || text === 'NaN') return text;
      if (!FLOAT.test(text)) return undefined;
      const value = Number(text);
      return value === Infinity ? 'INF' : value === -Infinity ? '-INF' : value;
    },
    print(value) {
      if (value === Infinity || value === 'INF') return 'INF';
      if (value === -Infinity || value === '-INF') return '-INF';
      if (typeof value === 'number') return String(value).replace('e', 'E').replace('E+', 'E');
      return typeof value === 'string' && (value === 'NaN' || FLOAT.test(value.trim()))
        ? value.trim()
        : undefined;
    },
  });
}

/** Searches for what must not be there: a pattern over all of a long text would cost memory for each repetition. */
function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const firstWrong = text.search(/[^A-Za-z0-9+/]/);
  return firstWrong === -1 || (padding > 0 && firstWrong === text.length - padding);
}

function isHex(text: string): boolean {
  return text.length % 2 === 0 && !/[^0-9a-fA-F]/.test(text);
}

define({
  name: 'base64Binary',
  whitespace: 'collapse',
  family: 'base64Binary',
  typeScript: 'string',
  parse(text) {
    const compact = /\s/.test(text) ? text.replace(/\s+/g, '') : text;
    return isBase64(compact) ? compact : undefined;
  },
  print: (value) => (typeof value === 'string' && isBase64(value) ? value : undefined),
});

define({
  name: 'hexBinary',
  whitespace: 'collapse',
  family: 'hexBinary',
  typeScript: 'string',
  parse: (text) => (isHex(text) ? Buffer.from(text, 'hex').toString('base64') : undefined),
  print(value) {
    if (typeof value !== 'string' || !isBase64(value)) return undefined;
    return Buffer.from(value, 'base64').toString('hex').toUpperCase();
  },
});

for (const name of ['QName', 'NOTATION']) {
  define({
    name,
    whitespace: 'collapse',
    family: 'QName',
    typeScript: 'string',
    parse(text, scope) {
      const colon = text.indexOf(':');
      const [prefix, localName] = colon === -1 ? ['', text] : [text.slice(0, colon), text.slice(colon + 1)];
      const namespace = scope.lookupNamespace(prefix);
      return namespace === undefined || !isNcName(localName)
        ? undefined
        : qualifiedName(namespace, localName);
    },
    print(value, scope) {
      if (typeof value !== 'string') return undefined;
      const { namespace, localName } = splitName(value);
      return isNcName(localName) ? scope.qualify(namespace, localName) : undefined;
    },
  });
}
