import type { XmlWriter } from '../xml/writer.ts';
import { decimalText } from '../xsd/decimals.ts';
import { parseBase64 } from './bytes.ts';
import { formatDate } from './dates.ts';
import { XMLRPC_LIMITS } from './limits.ts';
import { parseInt32, parseInt64 } from './numbers.ts';
import type { XmlRpcKind, XmlRpcType } from './types.ts';
import { ANY } from './types.ts';

export interface WriteOptions {
  /** The zone in which the server understands dates. @default Z */
  readonly timeZone?: string | undefined;
  /** Whether null may be written, as `<nil/>`, where nothing is declared. @default false */
  readonly nil?: boolean | undefined;
}

/**
 * Writes one `<value>`. What is not declared is told from the value: integers within 32 bits are `int`, other numbers
 * `double`, a bigint `i8`, a `Date` `dateTime.iso8601`, bytes `base64`; members that are `undefined` are left out.
 *
 * Errors: `FormatError` `badInput` with the writer's place, for a value that is not of the declared type or that
 * XML-RPC cannot hold (null where it is not allowed, NaN, a character that XML has not).
 * Source: XML-RPC specification, "Scalar <value>s", "<struct>s", "<array>s".
 */
export function writeValue(
  writer: XmlWriter,
  value: unknown,
  type: XmlRpcType = ANY,
  options: WriteOptions = {},
): void {
  writer.start('', 'value');
  writeTyped(writer, value, type, options);
  writer.end();
}

/** The names of the scalar types on the wire. */
const TAGS = {
  int: 'int',
  i8: 'i8',
  double: 'double',
  boolean: 'boolean',
  string: 'string',
  dateTime: 'dateTime.iso8601',
  base64: 'base64',
} as const;

function writeTyped(writer: XmlWriter, value: unknown, type: XmlRpcType, options: WriteOptions): void {
  const undeclared = type.kind === 'any' || type.kind === 'nil';
  const kind = undeclared ? kindOf(value) : type.kind;
  if (value === null || value === undefined) writeNil(writer, type, options);
  else if (kind === 'struct') writeStruct(writer, value, type, options);
  else if (kind === 'array') writeArray(writer, value, type, options);
  else if (kind === undefined || kind === 'any' || kind === 'nil') {
    throw writer.badInput('XML-RPC has no type for this value');
  } else {
    const text = scalarText(kind, value, options);
    if (text === undefined) throw writer.badInput(`The value is no '${kind}'`);
    writer.element('', TAGS[kind], text);
  }
}

function writeNil(writer: XmlWriter, { kind }: XmlRpcType, options: WriteOptions): void {
  if (kind !== 'nil' && options.nil !== true) throw writer.badInput('A value is missing or null');
  writer.start('', 'nil');
  writer.end();
}

function kindOf(value: unknown): XmlRpcKind | undefined {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'boolean';
    case 'bigint':
      return 'i8';
    case 'number':
      return Number.isInteger(value) && (value | 0) === value ? 'int' : 'double';
    case 'object':
      if (Array.isArray(value)) return 'array';
      if (value instanceof Date) return 'dateTime';
      return value instanceof Uint8Array ? 'base64' : 'struct';
    default:
      return undefined;
  }
}

function scalarText(kind: keyof typeof TAGS, value: unknown, options: WriteOptions): string | undefined {
  switch (kind) {
    case 'int':
      return isIntegral(value) ? parseInt32(String(value))?.toString() : undefined;
    case 'i8':
      return isIntegral(value) ? parseInt64(String(value)) : undefined;
    case 'double':
      // Written out: the specification has no exponents.
      return decimalText(value);
    case 'boolean':
      return typeof value === 'boolean' ? (value ? '1' : '0') : undefined;
    case 'string':
      return textOf(value);
    case 'dateTime':
      return formatDate(value, options.timeZone);
    case 'base64':
      if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
      return typeof value === 'string' ? parseBase64(value) : undefined;
  }
}

function isIntegral(value: unknown): boolean {
  return typeof value === 'number' ? Number.isSafeInteger(value) : isText(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'bigint';
}

/** Keys are compared as text, so a number is as good as its text. */
function textOf(value: unknown): string | undefined {
  return isText(value) || (typeof value === 'number' && Number.isFinite(value)) ? String(value) : undefined;
}

function writeStruct(writer: XmlWriter, value: unknown, type: XmlRpcType, options: WriteOptions): void {
  if (kindOf(value) !== 'struct') throw writer.badInput("The value is no 'struct'");
  const given = value as Readonly<Record<string, unknown>>;
  requireMembers(writer, given, type);
  nest(writer);
  writer.start('', 'struct');
  for (const [name, member] of Object.entries(given)) {
    if (member === undefined) continue;
    writer.path.push(name);
    const declared = memberType(writer, type, name);
    if (member !== null || !declared.optional) {
      writer.start('', 'member');
      writer.element('', 'name', name);
      writeValue(writer, member, declared, options);
      writer.end();
    }
    writer.path.pop();
  }
  writer.end();
}

/** The members that a struct is declared to have; a member beyond them is an error, or nothing would find a misspelling. */
function memberType(writer: XmlWriter, { members }: XmlRpcType, name: string): XmlRpcType {
  if (members === undefined) return ANY;
  if (!Object.hasOwn(members, name)) throw writer.badInput('The struct has no such member');
  return members[name]!;
}

function requireMembers(writer: XmlWriter, given: object, { members = {} }: XmlRpcType): void {
  for (const [name, { optional, kind }] of Object.entries(members)) {
    const value = (given as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined || optional || kind === 'nil') continue;
    writer.path.push(name);
    throw writer.badInput('The member is missing');
  }
}

function writeArray(writer: XmlWriter, value: unknown, type: XmlRpcType, options: WriteOptions): void {
  if (!Array.isArray(value)) throw writer.badInput("The value is no 'array'");
  nest(writer);
  writer.start('', 'array');
  writer.start('', 'data');
  value.forEach((item: unknown, index) => {
    writer.path.push(index);
    writeValue(writer, item, type.item ?? ANY, options);
    writer.path.pop();
  });
  writer.end();
  writer.end();
}

/** A value that holds itself would never end. */
function nest(writer: XmlWriter): void {
  if (writer.path.length <= XMLRPC_LIMITS.maxDepth) return;
  throw writer.badInput(`The value is nested deeper than ${XMLRPC_LIMITS.maxDepth} levels`);
}
