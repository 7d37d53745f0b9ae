import { buildSchema, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { Decimal, Int64 } from '../../src/graph/exact-scalars.ts';
import { customScalars, implementKnownScalars, implementScalar } from '../../src/graph/scalars.ts';
import { textScalar } from '../../src/graph/text-scalar.ts';

const own = [textScalar('Plate', /[A-Z]+/, 'capital letters'), Decimal, Int64];
const schema = buildSchema(`
  scalar Latitude scalar Longitude scalar EmailAddress scalar Date scalar Plate scalar Decimal scalar Int64
  type Query {
    at(latitude: Latitude, longitude: Longitude): Int
    of(email: EmailAddress, day: Date, plate: Plate, price: Decimal, count: Int64): Int
  }
`);
for (const declared of await implementKnownScalars(customScalars(schema))) {
  const implementation = own.find(({ name }) => name === declared.name);
  if (implementation !== undefined) implementScalar(declared, implementation);
}

const problems = (text: string) =>
  validate(schema, parse(text)).map(({ message, locations }) => ({ message, at: locations?.[0]?.column }));

it('takes a whole number for a degree, in a document as in a variable', () => {
  expect(problems('{ at(latitude: 52, longitude: -180) }')).toEqual([]);
  expect(problems('{ at(latitude: 52.5, longitude: 13.0) }')).toEqual([]);
});

it.each([
  ['{ at(latitude: 95) }', /between -90 and 90/],
  ['{ at(latitude: 95.5) }', /between -90 and 90/],
  ['{ at(latitude: true) }', /latitude/],
  ['{ of(email: 52) }', /string|email/i],
  ['{ of(email: "x") }', /email/i],
  ['{ of(day: 2025) }', /date/i],
  ['{ of(day: "2025-06-31") }', /date/i],
  ['{ of(plate: 5) }', /^`Plate` must be capital letters\.$/],
  ['{ of(price: 1.5) }', /^`Decimal` must be a decimal number as text, or a whole number: "12\.30"\.$/],
  ['{ of(count: "x") }', /^`Int64` must be a whole number of 64 bits/],
])('says what is wrong with %s, and where', (text, words) => {
  const at = text.indexOf(': ') + 3;
  expect(problems(text)).toEqual([{ message: expect.stringMatching(words), at }]);
});
