// The shape of XML without a schema, as data. A graph project imports all of it as `xml`.

import type { ShapedMembers, XmlGives, XmlMembers, XmlShape, XmlTypeName, XmlTypes } from './shape-types.ts';

export type { Shaped, XmlGives, XmlShape, XmlTakes } from './shape-types.ts';

/** An element that holds text of one type. */
export interface XmlScalar<T> extends XmlShape<T> {
  readonly kind: 'scalar';
  readonly name: string;
  readonly type: XmlTypeName;
}

/** An element that holds elements, attributes, or text with attributes beside it. */
export interface XmlElement<T> extends XmlShape<T> {
  readonly kind: 'element';
  readonly name: string;
  readonly members: XmlMembers;
  readonly namespace: string | undefined;
}

/** Elements of one name side by side; or inside an element of their own. */
export interface XmlList<T> extends XmlShape<readonly T[]> {
  readonly kind: 'list';
  readonly item: XmlScalar<T> | XmlElement<T>;
  readonly in: string | undefined;
  readonly namespace: string | undefined;
}

/** An attribute of the element that it is a member of. */
export interface XmlAttribute<T> extends XmlShape<T> {
  readonly kind: 'attribute';
  readonly name: string;
  readonly type: XmlTypeName;
}

/** The text of the element that it is a member of, which has attributes beside it. */
export interface XmlContent<T> extends XmlShape<T> {
  readonly kind: 'content';
  readonly type: XmlTypeName;
}

/** What may be missing. */
export interface XmlOptional<T> extends XmlShape<T> {
  readonly kind: 'optional';
  readonly member: XmlScalar<T> | XmlElement<T> | XmlAttribute<T>;
}

/** An element that is always there, and may say that it is nil. */
export interface XmlNillable<T> extends XmlShape<T | null> {
  readonly kind: 'nillable';
  readonly member: XmlScalar<T> | XmlElement<T>;
}

/** A global element of an XML Schema. */
export interface XmlSchemaElement<T> extends XmlShape<T> {
  readonly kind: 'schema';
  /** Path or URL of a local file. */
  readonly location: string;
  /** `{namespace}local` */
  readonly name: string;
}

/** A part of what another shape gives. */
export interface XmlSelection<T> extends XmlGives<T> {
  readonly kind: 'selection';
  readonly shape: XmlGives<unknown>;
  readonly path: string;
}

/** Text as it stands: `00123` stays `00123`. */
export const text = scalar('text');
/** A whole number within 32 bits, as a number. */
export const int = scalar('int');
/** A whole number within 64 bits, as canonical text. */
export const long = scalar('long');
/** A whole number of any size, as canonical text. */
export const integer = scalar('integer');
/** A decimal number with all its digits, as text. */
export const decimal = scalar('decimal');
/** A floating-point number. */
export const double = scalar('double');
/** `true`, `false`, `1` or `0`. */
export const boolean = scalar('boolean');
/** A day, `2026-01-28`, as text. */
export const date = scalar('date');
/** A moment, `2026-01-28T23:59:59Z`, as the text that came. */
export const dateTime = scalar('dateTime');
/** A time of day, as text. */
export const time = scalar('time');
/** Bytes, as base64 text. */
export const base64 = scalar('base64');

/**
 * An element and what it holds: one property for each member, written in this order and read in any. What is not declared
 * is passed over on reading and refused on writing.
 *
 * Members are in the namespace of their element; `{urn:other}name` is in another, `{}name` in none.
 *
 * @param options `namespace` of the element and its members @default that of the element around; at the root, any
 * @example
 * const vehicle = xml.element('vehicle', { id: xml.attribute('id'), plate: xml.text('plate'), tags: xml.list('tag') });
 * type Vehicle = xml.Shaped<typeof vehicle>; // { id: string; plate: string; tags: readonly string[] }
 */
export function element<const Members extends XmlMembers>(
  name: string,
  members: Members,
  options: { readonly namespace?: string } = {},
): XmlElement<ShapedMembers<Members>> {
  return { kind: 'element', name, members, namespace: options.namespace };
}

/** An attribute, of text unless a type is named. */
export function attribute<const Type extends XmlTypeName = 'text'>(
  name: string,
  type?: Type,
): XmlAttribute<XmlTypes[Type]> {
  return { kind: 'attribute', name, type: type ?? 'text' };
}

/**
 * The text of the element itself, where attributes stand beside it.
 *
 * @example xml.element('price', { amount: xml.content('decimal'), currency: xml.attribute('currency') })
 */
export function content<const Type extends XmlTypeName = 'text'>(type?: Type): XmlContent<XmlTypes[Type]> {
  return { kind: 'content', type: type ?? 'text' };
}

/**
 * Elements of one name as a list, empty where there are none. A name alone means elements of text.
 *
 * @param options `in`: the element that holds them all, and nothing else; `namespace`: of that element and its items,
 * where the list is the root
 * @example xml.list('tag')                                   // <tag>a</tag><tag>b</tag>
 * @example xml.list(xml.int('score'), { in: 'scores' })      // <scores><score>1</score></scores>
 */
export function list<T = string>(
  item: string | XmlScalar<T> | XmlElement<T>,
  options: { readonly in?: string; readonly namespace?: string } = {},
): XmlList<T> {
  const items = typeof item === 'string' ? (text(item) as unknown as XmlScalar<T>) : item;
  return { kind: 'list', item: items, in: options.in, namespace: options.namespace };
}

/**
 * What may be missing: the property is absent then, and `null` where the element is nil, or empty and that is no value of its type. Written
 * where there is a value.
 */
export function optional<T>(member: XmlScalar<T> | XmlElement<T> | XmlAttribute<T>): XmlOptional<T> {
  return { kind: 'optional', member };
}

/** An element that is always there: `null` is `xsi:nil="true"`. */
export function nillable<T>(member: XmlScalar<T> | XmlElement<T>): XmlNillable<T> {
  return { kind: 'nillable', member };
}

/**
 * A global element of an XML Schema, which is read at start-up with all that it includes and imports; nothing is fetched.
 * The properties are those of `src/formats/xsd`; `T` says them to the compiler.
 *
 * @param location a file: its URL, or its path relative to the working directory
 * @param name `{namespace}local`
 * @example xml.schema<Vehicle>(new URL('./partners.xsd', import.meta.url), '{urn:partners}vehicle')
 */
export function schema<T = unknown>(location: string | URL, name: string): XmlSchemaElement<T> {
  return { kind: 'schema', location: String(location), name };
}

/**
 * The part of an answer at a dotted path of property names; `null` where an optional one is missing.
 *
 * @example xml.select(page, 'vehicles.items')
 */
export function select<T, const Path extends string>(
  shape: XmlGives<T>,
  path: Path & ([At<T, Path>] extends [never] ? never : unknown),
): XmlSelection<At<T, Path>> {
  return { kind: 'selection', shape, path };
}

type At<T, Path extends string> = Path extends `${infer Head}.${infer Rest}`
  ? Head extends keyof NonNullable<T>
    ? At<NonNullable<T>[Head], Rest> | Missing<NonNullable<T>[Head]>
    : never
  : Path extends keyof NonNullable<T>
    ? NonNullable<NonNullable<T>[Path]> | Missing<NonNullable<T>[Path]>
    : never;

/** `null` where a value may be null or absent. */
type Missing<T> = undefined extends T ? null : null extends T ? null : never;

function scalar<const Type extends XmlTypeName>(type: Type) {
  return (name: string): XmlScalar<XmlTypes[Type]> => ({ kind: 'scalar', name, type });
}
