import { buildSchema, GraphQLError, type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { failedFields } from '../../src/execution/failed-fields.ts';

const schema = buildSchema(`
  interface Node { id: ID! }
  type Ride implements Node { id: ID! driver: Driver fare: Fare }
  type Driver implements Node { id: ID! name: String friends: [Driver!] }
  type Fare { total: String }
  union Found = Ride | Driver
  type Query { rides: [Ride!] node: Node found: [Found] }
`);

function fieldsAt(text: string, ...paths: readonly (readonly (string | number)[])[]): readonly string[] {
  const document = parse(text);
  const errors = paths.map((path) => new GraphQLError('no', { path }));
  return failedFields(schema, document, document.definitions[0] as OperationDefinitionNode, errors);
}

describe('the fields that failed', () => {
  it('are named by the schema, once, whatever the client calls them and wherever they stand in a list', () => {
    const text = '{ secret: rides { who: driver { id mates: friends { n: name } } } }';
    expect(fieldsAt(text, ['secret', 0, 'who'], ['secret', 7, 'who'])).toEqual(['Ride.driver']);
    expect(fieldsAt(text, ['secret', 0, 'who', 'mates', 3, 'n'], ['secret'])).toEqual([
      'Driver.name',
      'Query.rides',
    ]);
  });

  it('are found in fragments, within interfaces and unions, and in selections that are merged', () => {
    const text = `{ node { ...R ... on Driver { name } } found { ... on Ride { fare { t: total } } } rides { driver { id } driver { name } } }
      fragment R on Ride { fare { total } }`;
    expect(fieldsAt(text, ['node', 'fare', 'total'])).toEqual(['Fare.total']);
    expect(fieldsAt(text, ['node', 'name'])).toEqual(['Driver.name']);
    expect(fieldsAt(text, ['found', 2, 'fare', 't'])).toEqual(['Fare.total']);
    expect(fieldsAt(text, ['rides', 0, 'driver', 'name'])).toEqual(['Driver.name']);
  });

  it('are none where an error has no place, and never more than twenty', () => {
    expect(
      failedFields(schema, parse('{ rides { id } }'), parse('{ rides { id } }').definitions[0] as never, [
        new GraphQLError('no'),
      ]),
    ).toEqual([]);
    const names = Array.from({ length: 40 }, (_, index) => `a${index}`);
    expect(
      fieldsAt(
        `{ rides { ${names.map((name) => `${name}: id`).join(' ')} } }`,
        ...names.map((name) => ['rides', 0, name]),
      ),
    ).toEqual(['Ride.id']);
  });
});
