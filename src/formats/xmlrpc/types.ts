/**
 * The types of XML-RPC as data. In the parameters of a method a type says how an input is written (`int('limit')`);
 * in its result, how what comes back is to be understood (`struct({ id: int(), name: string() })`).
 *
 * | type | on the wire | in JSON |
 * |---|---|---|
 * | `int` | `int` (also `i4`, `i1`, `i2`) | number within 32 bits |
 * | `i8` | `i8`, `ex:i8` | canonical string |
 * | `double` | `double` (also `ex:float`) | number |
 * | `boolean` | `boolean` | boolean |
 * | `string` | `string`, or no type at all | string |
 * | `dateTime` | `dateTime.iso8601` | ISO 8601 string |
 * | `base64` | `base64` | base64 string |
 * | `struct`, `array` | `struct`, `array` | object, array |
 * | `nil` | `nil`, `ex:nil` | null |
 * | `any` | told from the value | what came |
 */
export type XmlRpcKind =
  | 'int'
  | 'i8'
  | 'double'
  | 'boolean'
  | 'string'
  | 'dateTime'
  | 'base64'
  | 'struct'
  | 'array'
  | 'nil'
  | 'any';

/** A type; `Name` is the input that it is taken from, where it describes a parameter. */
export interface XmlRpcType<out Name extends string = string> {
  readonly kind: XmlRpcKind;
  readonly name: Name | undefined;
  /** A parameter that may be left out (with all that follow), or a member that may be missing. */
  readonly optional: boolean;
  /** Of a struct whose members are known. */
  readonly members: Readonly<Record<string, XmlRpcType>> | undefined;
  /** Of an array whose items are of one type. */
  readonly item: XmlRpcType | undefined;
}

/** A parameter whose value never changes. */
export interface FixedParameter {
  readonly fixed: true;
  readonly value: unknown;
}

/** A parameter of a method: the name of an input (its type is told from the value), a type, or a fixed value. */
export type Parameter<Name extends string = string> = Name | XmlRpcType<Name> | FixedParameter;

/** A 32-bit integer. */
export const int = scalar('int');
/** A 64-bit integer: an extension that most servers know. */
export const i8 = scalar('i8');
export const double = scalar('double');
export const boolean = scalar('boolean');
export const string = scalar('string');
/** A date with a time of day; an offset in the input is converted to the time zone of the server. */
export const dateTime = scalar('dateTime');
/** Bytes, as a base64 string in JSON. */
export const base64 = scalar('base64');
/** A value of any type, or none: null is written as `nil`. An extension that not every server knows. */
export const nil = scalar('nil');

/**
 * A struct. With a name it is that input; without one, as a parameter, its members are the inputs themselves.
 *
 * @example struct('filter')                              // the object in the input `filter`
 * @example struct({ status: string(), limit: int() })    // one struct made of the inputs `status` and `limit`
 */
export function struct<const Name extends string>(name: Name, members?: Members): XmlRpcType<Name>;
export function struct(members?: Members): XmlRpcType<never>;
export function struct(first?: string | Members, second?: Members): XmlRpcType {
  const named = typeof first === 'string';
  return typeOf('struct', named ? first : undefined, { members: named ? second : first });
}

/**
 * An array, of one type or of values of any type.
 *
 * @example array('ids', int())
 * @example array(struct({ id: int() }))
 */
export function array<const Name extends string>(name: Name, item?: XmlRpcType): XmlRpcType<Name>;
export function array(item?: XmlRpcType): XmlRpcType<never>;
export function array(first?: string | XmlRpcType, second?: XmlRpcType): XmlRpcType {
  const named = typeof first === 'string';
  return typeOf('array', named ? first : undefined, { item: named ? second : first });
}

/** Lets a parameter be left out (with all that follow it), or a member be missing. */
export function optional<Name extends string>(type: XmlRpcType<Name>): XmlRpcType<Name> {
  return { ...type, optional: true };
}

/** The same value in every call: a version, a database's name. Not for secrets: see `firstArgument`. */
export function fixed(value: unknown): FixedParameter {
  return { fixed: true, value };
}

/** A value of which nothing is declared. */
export const ANY: XmlRpcType<never> = typeOf<never>('any', undefined);

type Members = Readonly<Record<string, XmlRpcType>>;

interface ScalarType {
  <const Name extends string>(name: Name): XmlRpcType<Name>;
  (): XmlRpcType<never>;
}

function scalar(kind: XmlRpcKind): ScalarType {
  return ((name?: string) => typeOf(kind, name)) as ScalarType;
}

function typeOf<Name extends string>(
  kind: XmlRpcKind,
  name: Name | undefined,
  details: Partial<Pick<XmlRpcType, 'members' | 'item'>> = {},
): XmlRpcType<Name> {
  return { kind, name, optional: false, members: details.members, item: details.item };
}
