import fc from 'fast-check';
import { buildSchema, type GraphQLScalarType, getOperationAST, getVariableValues, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { variableProblems } from '../../src/execution/variable-problems.ts';
import { sdl } from '../http/test-graph.ts';

const schema = buildSchema(sdl);
const types = [
  'Int',
  'Int!',
  'String',
  'Boolean!',
  'ID',
  'Colour',
  'Colour!',
  '[Int]',
  '[Int!]!',
  '[[Int]]',
  'Filter',
  'Filter!',
  '[Filter!]',
  'Choice',
];

function operationOf(type: string, fallback = '') {
  const document = parse(`query ($v: ${type}${fallback}) { hello }`);
  const operation = getOperationAST(document);
  if (!operation) throw new Error('There is an operation.');
  return operation;
}

const leaf = fc.oneof(
  fc.constantFrom(null, 'RED', 'BLUE', '', '1', 0, -1, 1.5, 2 ** 31, 2 ** 53, true, Number.NaN, undefined),
  fc.string(),
  fc.integer(),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('any'), { maxLength: 3 }), tie('object')),
  object: fc.record(
    {
      colour: fc.oneof(fc.constantFrom('RED', 'GREEN', 'BLUE'), leaf),
      sizes: fc.oneof(fc.array(fc.oneof(fc.integer(), leaf), { maxLength: 3 }), leaf),
      nested: tie('any'),
      byId: leaf,
      byName: leaf,
      else: leaf,
    },
    { requiredKeys: [] },
  ),
})).any;

describe('the problems of variables', () => {
  it('are there exactly where graphql-js finds some', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.constantFrom('', ' = null'),
        value,
        fc.boolean(),
        (type, fallback, given, present) => {
          if (fallback !== '' && type.endsWith('!')) return;
          const operation = operationOf(type, fallback);
          const variables = present ? { v: given } : {};
          const theirs = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
          const ours = variableProblems(schema, operation, variables);
          expect(ours.length > 0).toBe(theirs.errors !== undefined);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('hold no value and no unknown name that could be one', () => {
    const secret = 'hunter2 {"x":1}';
    const problems = variableProblems(schema, operationOf('Filter!'), {
      v: { colour: secret, sizes: [secret, { [secret]: 1 }], [secret]: 1 },
    });
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ['BAD_USER_INPUT', 'The variable `$v.colour` has a value that is no Colour.'],
      ['BAD_USER_INPUT', 'The variable `$v.sizes[0]` has a value that is no Int.'],
      ['BAD_USER_INPUT', 'The variable `$v.sizes[1]` has a value that is no Int.'],
      ['BAD_USER_INPUT', 'The variable `$v.…` is no field of Filter.'],
    ]);
  });

  it('say what the contract says of a scalar of its own', () => {
    const contract = buildSchema(
      'type Query { hello: String }\n"Degrees north, from -90 to 90.\\nMore of it."\nscalar Degrees',
    );
    const degrees = contract.getType('Degrees') as GraphQLScalarType;
    degrees.parseValue = () => {
      throw new Error('too far');
    };
    expect(
      variableProblems(contract, operationOf('Degrees'), { v: 95 }).map(({ message }) => message),
    ).toEqual(['The variable `$v` has a value that is no Degrees: degrees north, from -90 to 90.']);
  });

  it('are at most 20', () => {
    const many = Array.from({ length: 1_000 }, () => 'x');
    expect(variableProblems(schema, operationOf('[Int]'), { v: many })).toHaveLength(20);
  });
});
