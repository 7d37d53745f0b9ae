import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileShape, type DeclaredShape } from '../../../src/formats/xml-shape/compile.ts';
import * as xml from '../../../src/formats/xml-shape/shape.ts';

/** A shape and a value of it. */
interface Sample {
  readonly shape: { readonly kind: string };
  readonly value: unknown;
}

// Every character that XML can hold, hostile ones first.
const text = fc.oneof(
  fc.constantFrom(
    '00123',
    ' a ',
    '\r\n\t',
    '<!--',
    ']]>',
    '&amp;',
    '"\'',
    '</v>',
    '\u{1f600}',
    '\ufffd',
    'é',
  ),
  fc
    .string({ unit: 'binary' })
    .filter((s) => !/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(s)),
);
const day = fc
  .date({ noInvalidDate: true, min: new Date('1000-01-01'), max: new Date('9999-12-31') })
  .map((date) => date.toISOString());
const values = {
  text,
  int: fc.integer(),
  long: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  integer: fc.bigInt().map(String),
  decimal: fc.tuple(fc.bigInt(), fc.nat(99_999)).map(([whole, part]) => `${whole}.${part}`),
  double: fc.double({ noDefaultInfinity: true, noNaN: true }).map((number) => (number === 0 ? 0 : number)),
  boolean: fc.boolean(),
  date: day.map((moment) => moment.slice(0, 10)),
  dateTime: day,
  time: day.map((moment) => moment.slice(11, 19)),
  base64: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')),
};
const scalars = {
  text: xml.text,
  int: xml.int,
  long: xml.long,
  integer: xml.integer,
  decimal: xml.decimal,
  double: xml.double,
  boolean: xml.boolean,
  date: xml.date,
  dateTime: xml.dateTime,
  time: xml.time,
  base64: xml.base64,
};
const valuesOf = (type: keyof typeof values): fc.Arbitrary<unknown> => values[type];
const types = fc.constantFrom(...(Object.keys(values) as (keyof typeof values)[]));
const names = fc.constantFrom('a', 'b-c', '_d', 'é', 'constructor', '{urn:x}y', '{}z', 'value');
const properties = fc.constantFrom('p', 'q', 'toString', 'value', 'items', '1', 'ü', 'constructor');

const scalar = (name: string): fc.Arbitrary<Sample> =>
  types.chain((type) => valuesOf(type).map((value) => ({ shape: scalars[type](name), value })));
const attribute = (name: string): fc.Arbitrary<Sample> =>
  types.chain((type) => valuesOf(type).map((value) => ({ shape: xml.attribute(name, type), value })));

const listOf = (name: string): fc.Arbitrary<Sample> =>
  fc.tuple(types, fc.boolean()).chain(([type, held]) =>
    fc.array(valuesOf(type), { maxLength: 4 }).map((value) => ({
      shape: xml.list(scalars[type](name) as xml.XmlScalar<unknown>, held ? { in: name } : {}),
      value,
    })),
  );

/** An element of distinct members, `depth` more inside each other. */
function element(name: string, depth: number): fc.Arbitrary<Sample> {
  const member = (own: string): fc.Arbitrary<Sample> => {
    const plain = depth === 0 ? scalar(own) : fc.oneof(scalar(own), element(own, depth - 1));
    const optional = fc
      .tuple(fc.oneof(plain, attribute(own)), fc.boolean())
      .map(([{ shape, value }, there]) => ({
        shape: xml.optional(shape as never),
        value: there ? value : undefined,
      }));
    const nillable = fc.tuple(plain, fc.boolean()).map(([{ shape, value }, there]) => ({
      shape: xml.nillable(shape as never),
      value: there ? value : null,
    }));
    return fc.oneof(plain, attribute(own), listOf(own), optional, nillable);
  };
  const options = fc.constantFrom({}, { namespace: 'urn:e' });
  return fc
    .tuple(fc.uniqueArray(fc.tuple(properties, names), { selector: ([p]) => p, maxLength: 5 }), options)
    .chain(([pairs, option]) => {
      const apart = [...new Map(pairs.map((pair) => [pair[1], pair])).values()];
      return fc.tuple(...apart.map(([, own]) => member(own))).map((samples) => ({
        shape: xml.element(
          name,
          Object.fromEntries(apart.map(([p], i) => [p, samples[i]!.shape])) as never,
          option,
        ),
        value: Object.fromEntries(
          apart.flatMap(([p], i) => (samples[i]!.value === undefined ? [] : [[p, samples[i]!.value]])),
        ),
      }));
    });
}

describe('whatever the shape and the value', () => {
  it('reading what was written gives the value', () => {
    fc.assert(
      fc.property(element('root', 2), ({ shape, value }) => {
        const codec = compileShape(shape as DeclaredShape);
        expect(codec.read(Buffer.from(codec.write(value)))).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  it('a document cut anywhere is refused', () => {
    fc.assert(
      fc.property(
        element('root', 1),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (sample, share) => {
          const codec = compileShape(sample.shape as DeclaredShape);
          const bytes = Buffer.from(codec.write(sample.value));
          const cut = bytes.subarray(0, Math.floor(bytes.length * share));
          expect(() => codec.read(cut)).toThrow(
            expect.objectContaining({ name: 'FormatError', problem: 'invalid' }),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});
