import { Problem } from '../shared/problem.ts';
import { escapeXml, type XmlElement } from '../shared/xml.ts';

/** The values of XML-RPC (http://xmlrpc.com/spec.md), each with its type, so that 5 and 5.0 stay apart. */

export type Value =
  | { type: 'int'; value: number }
  | { type: 'double'; value: number }
  | { type: 'boolean'; value: boolean }
  | { type: 'string'; value: string }
  | { type: 'dateTime'; value: string }
  | { type: 'base64'; value: string }
  | { type: 'nil' }
  | { type: 'array'; items: readonly Value[] }
  | { type: 'struct'; members: Readonly<Record<string, Value>> };

export const int = (value: number): Value => ({ type: 'int', value });
export const double = (value: number): Value => ({ type: 'double', value });
export const string = (value: string): Value => ({ type: 'string', value });
export const array = (items: readonly Value[]): Value => ({ type: 'array', items });
export const struct = (members: Readonly<Record<string, Value>>): Value => ({ type: 'struct', members });

/** A moment as `20250630T18:00:00`; the format has no zone, ours is UTC. */
export function dateTime(moment: Date): Value {
  return { type: 'dateTime', value: moment.toISOString().slice(0, 19).replaceAll('-', '') };
}

/** `<value>…</value>` */
export function writeValue(value: Value): string {
  return `<value>${writeTyped(value)}</value>`;
}

function writeTyped(value: Value): string {
  switch (value.type) {
    case 'int':
    case 'base64':
      return `<${value.type}>${value.value}</${value.type}>`;
    case 'double':
      return `<double>${writeDouble(value.value)}</double>`;
    case 'boolean':
      return `<boolean>${value.value ? 1 : 0}</boolean>`;
    case 'string':
      return `<string>${escapeXml(value.value)}</string>`;
    case 'dateTime':
      return `<dateTime.iso8601>${value.value}</dateTime.iso8601>`;
    case 'nil':
      return '<nil/>';
    case 'array':
      return `<array><data>${value.items.map(writeValue).join('')}</data></array>`;
    case 'struct': {
      const members = Object.entries(value.members).map(
        ([name, member]) => `<member><name>${escapeXml(name)}</name>${writeValue(member)}</member>`,
      );
      return `<struct>${members.join('')}</struct>`;
    }
  }
}

/** The specification knows no exponents: 1e-7 is written as 0.0000001. */
function writeDouble(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(20).replace(/\.?0+$/, '') : text;
}

/**
 * Reads a `<value>` element.
 *
 * @throws Problem 400 for what is none of the types or not of its type.
 */
export function readValue(element: XmlElement): Value {
  if (element.name !== 'value' || element.namespace !== '') throw malformed('a <value> was expected');
  const [typed, ...more] = element.children;
  // A value without a type is a string.
  if (!typed) return string(element.text);
  if (more.length > 0 || element.text.trim() !== '') throw malformed('a <value> holds one type');
  return readTyped(typed);
}

function readTyped({ name, text, children }: XmlElement): Value {
  const content = text.trim();
  switch (name) {
    case 'int':
    case 'i4':
      return int(readInt(content));
    case 'double':
      if (!/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(content)) throw malformed('a <double> is no decimal number');
      return double(Number(content));
    case 'boolean':
      if (content !== '0' && content !== '1') throw malformed('a <boolean> is 0 or 1');
      return { type: 'boolean', value: content === '1' };
    case 'string':
      return string(text);
    case 'dateTime.iso8601':
      return { type: 'dateTime', value: content };
    case 'base64':
      return { type: 'base64', value: content.replace(/\s+/g, '') };
    case 'nil':
      return { type: 'nil' };
    case 'array': {
      const [data] = children;
      if (data?.name !== 'data' || children.length !== 1) throw malformed('an <array> holds one <data>');
      return array(data.children.map(readValue));
    }
    case 'struct':
      return struct(Object.fromEntries(children.map(readMember)));
    default:
      throw malformed(`<${name}> is no type`);
  }
}

function readInt(content: string): number {
  const value = /^[+-]?\d{1,10}$/.test(content) ? Number(content) : Number.NaN;
  if (!(value >= -(2 ** 31) && value < 2 ** 31)) throw malformed('an <int> is no whole number of 32 bits');
  return value;
}

function readMember(member: XmlElement): [string, Value] {
  const [name, value] = member.children;
  if (member.name !== 'member' || name?.name !== 'name' || !value || member.children.length !== 2) {
    throw malformed('a <member> holds one <name> and one <value>');
  }
  return [name.text, readValue(value)];
}

/** The Problem to throw for a body that is XML but no call. */
export function malformed(what: string): Problem {
  return new Problem(400, `This is no XML-RPC call: ${what}.`);
}
