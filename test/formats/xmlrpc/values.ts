import fc from 'fast-check';
import {
  ANY,
  array,
  base64,
  boolean,
  dateTime,
  double,
  i8,
  int,
  nil,
  string,
  struct,
  type XmlRpcType,
} from '../../../src/formats/xmlrpc/types.ts';

/** A value of JSON, and the type that it is written and read as. */
export interface Typed {
  readonly value: unknown;
  readonly type: XmlRpcType;
}

/** Text of characters that XML can hold; no carriage returns, which Python writes unescaped and so loses. */
const text = fc
  .string({ unit: 'grapheme', maxLength: 30 })
  .map((generated) => generated.replace(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ''));
const memberName = text.filter((name) => name !== '__proto__');
const date = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2999-12-31'), noInvalidDate: true })
  .map((instant) => instant.toISOString().slice(0, 19));
const bytes = fc.uint8Array({ maxLength: 40 }).map((data) => Buffer.from(data).toString('base64'));
const exact = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);

const scalar: fc.Arbitrary<Typed> = fc.oneof(
  of(int(), fc.integer()),
  of(i8(), exact),
  of(
    double(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  ),
  of(boolean(), fc.boolean()),
  of(string(), text),
  of(dateTime(), date),
  of(base64(), bytes),
  of(nil(), fc.constant(null)),
);

/** Values of every type, structs and arrays of them included. */
export const typedValue: fc.Arbitrary<Typed> = fc.letrec<{ value: Typed }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.dictionary(memberName, tie('value'), { maxKeys: 5, noNullPrototype: true }).map(structOf),
    scalar.chain(({ type }) =>
      fc.array(sameType(type), { maxLength: 5 }).map((value) => arrayOf(type, value)),
    ),
  ),
})).value;

function of<T>(type: XmlRpcType, values: fc.Arbitrary<T>): fc.Arbitrary<Typed> {
  return values.map((value) => ({ value, type }));
}

function structOf(members: Record<string, Typed>): Typed {
  const entries = Object.entries(members);
  return {
    value: Object.fromEntries(entries.map(([name, { value }]) => [name, value])),
    type: struct(Object.fromEntries(entries.map(([name, { type }]) => [name, type]))),
  };
}

function sameType(type: XmlRpcType): fc.Arbitrary<unknown> {
  return scalar.filter((typed) => typed.type.kind === type.kind).map(({ value }) => value);
}

function arrayOf(type: XmlRpcType, value: unknown[]): Typed {
  return { value, type: array(type.kind === 'nil' ? { ...ANY, kind: 'nil' } : type) };
}
