import { buildSchema, type GraphQLObjectType, type GraphQLSchema, graphql } from 'graphql';
import { beforeEach, describe, expect, it } from 'vitest';
import { TributaryError } from '../../src/errors.ts';
import { bind, ifPresent, parent } from '../../src/graph/binding.ts';
import { compileBinding } from '../../src/graph/compile-binding.ts';
import { calculated } from '../../src/graph/prefetch/bound-fields.ts';
import type { RequestContext } from '../../src/graph/request-context.ts';
import { Loader } from '../../src/operations/loader.ts';
import type { Operation } from '../../src/operations/operation.ts';
import { contextOf as callContext, operationOf } from '../support/operations.ts';

interface Ride {
  readonly id: string;
  readonly driverId: string | null;
}

const sdl = `
  type Query { rides: Page  ride: Ride }
  type Page { nodes: [Ride!]!  size: Int!  first: Ride }
  type Ride { id: ID!  driver: Driver  driverTwice: Driver  note: String }
  type Driver { id: ID!  name: String!  vehicle: Vehicle  rides: [Ride!] }
  type Vehicle { plate: String! }
`;

const operations = Object.fromEntries(
  ['rides', 'ride', 'driver', 'vehicle', 'ridesOf'].map((name) => [name, { info: operationOf({ name }) }]),
) as unknown as Record<
  'rides' | 'ride' | 'driver' | 'vehicle' | 'ridesOf',
  Operation<Record<string, string>, unknown>
>;

const rides: readonly Ride[] = Array.from({ length: 30 }, (_, index) => ({
  id: `r${index}`,
  driverId: index % 7 === 0 ? null : `d${index % 5}`,
}));

const answers: Readonly<Record<string, (input: Record<string, string>) => unknown>> = {
  rides: () => ({ nodes: rides, first: rides[1] }),
  ride: () => rides[1],
  driver: ({ id }) => (id === 'd3' ? new TributaryError('UPSTREAM_TIMEOUT') : { id, name: `driver ${id}` }),
  vehicle: ({ driverId }) => ({ plate: `plate of ${driverId}` }),
  ridesOf: ({ driverId }) => rides.filter((ride) => ride.driverId === driverId),
};

/** What was asked, in batches; and how many rows were answered without a promise. */
let batches: { operation: string; inputs: readonly unknown[] }[];
let atOnce: number;

beforeEach(() => {
  batches = [];
  atOnce = 0;
});

describe('prefetching', () => {
  it('asks the same batches as without it and gives the same answer, with no promise a row', async () => {
    const query = '{ rides { nodes { id driver { name vehicle { plate } } } size first { driver { id } } } }';
    const [plain, plainBatches] = [await run(schemaOf({ planned: false }), query), batches];
    expect(atOnce).toBe(0);
    batches = [];
    const planned = await run(schemaOf({ planned: true }), query);
    expect(planned).toEqual(plain);
    expect(batches).toEqual(plainBatches);
    expect(batches.map(({ operation, inputs }) => [operation, inputs.length])).toEqual([
      ['rides', 1],
      ['driver', 5],
      ['vehicle', 4],
    ]);
    // Every driver of a row, and every vehicle of a row whose driver did not fail.
    expect(atOnce).toBe(26 + 20);
  });

  it('keeps an error with its own rows', async () => {
    const { data, errors } = await run(
      schemaOf({ planned: true }),
      '{ rides { nodes { id driver { name } } } }',
    );
    const failed = rides.flatMap(({ driverId }, index) =>
      driverId === 'd3' ? [['rides', 'nodes', index, 'driver']] : [],
    );
    expect(errors?.map(({ path }) => path)).toEqual(failed);
    expect((data as { rides: { nodes: { driver: unknown }[] } }).rides.nodes[2]?.driver).toEqual({
      name: 'driver d2',
    });
  });

  it('asks nothing for what @skip and @include leave out, whatever the variables were before', async () => {
    const query = 'query ($on: Boolean!) { rides { nodes { id driver @include(if: $on) { name } } } }';
    const schema = schemaOf({ planned: true });
    await run(schema, query, { on: true });
    batches = [];
    await run(schema, query, { on: false });
    expect(batches.map(({ operation }) => operation)).toEqual(['rides']);
    await run(schema, query, { on: true });
    expect(batches.map(({ operation }) => operation)).toEqual(['rides', 'rides', 'driver']);
  });

  it('follows fragments and aliases', async () => {
    const query = `
      { rides { nodes { ...R other: driver { name } } } }
      fragment R on Ride { chauffeur: driver { vehicle { plate } } }
    `;
    const { data } = await run(schemaOf({ planned: true }), query);
    expect((data as { rides: { nodes: unknown[] } }).rides.nodes[1]).toEqual({
      chauffeur: { vehicle: { plate: 'plate of d1' } },
      other: { name: 'driver d1' },
    });
    expect(batches.map(({ operation }) => operation)).toEqual(['rides', 'driver', 'vehicle']);
  });

  it('leaves a level to graphql-js where a resolver function may load, so that both meet in one batch', async () => {
    const schema = schemaOf({ planned: true });
    fieldOf(schema, 'Ride', 'note').resolve = async (
      { driverId }: Ride,
      _: unknown,
      { load }: RequestContext,
    ) => ((await load(operations.driver, { id: driverId ?? 'nobody' })) as { name: string }).name;
    await run(schema, '{ rides { nodes { note driver { name } } } }');
    expect(batches.map(({ operation, inputs }) => [operation, inputs.length])).toEqual([
      ['rides', 1],
      ['driver', 6],
    ]);
  });

  it('goes through lists within lists', async () => {
    const query = '{ ride { driver { rides { driver { name } } } } }';
    const { data, errors } = await run(schemaOf({ planned: true }), query);
    expect(errors).toBeUndefined();
    expect(JSON.stringify(data)).toContain('driver d1');
    expect(batches.map(({ operation }) => operation)).toEqual(['ride', 'driver', 'ridesOf']);
  });
});

function schemaOf({ planned }: { planned: boolean }): GraphQLSchema {
  const schema = buildSchema(sdl);
  const bound = {
    'Query.rides': bind(operations.rides, {}),
    'Query.ride': bind(operations.ride, {}),
    'Ride.driver': bind(operations.driver, { id: ifPresent(parent('driverId')) }),
    'Driver.vehicle': bind(operations.vehicle, { driverId: parent('id') }),
    'Driver.rides': bind(operations.ridesOf, { driverId: parent('id') }),
  };
  for (const [coordinate, binding] of Object.entries(bound)) {
    const [type, field] = coordinate.split('.') as [string, string];
    const resolve = compileBinding(binding as never);
    fieldOf(schema, type, field).resolve = (
      planned ? resolve : (...args: Parameters<typeof resolve>) => resolve(...args)
    ) as never;
  }
  fieldOf(schema, 'Page', 'size').resolve = calculated(({ nodes }: { nodes: unknown[] }) => nodes.length);
  return schema;
}

function fieldOf(schema: GraphQLSchema, type: string, field: string) {
  const found = (schema.getType(type) as GraphQLObjectType).getFields()[field];
  if (found === undefined) throw new Error(`There is no ${type}.${field}.`);
  return found;
}

async function run(schema: GraphQLSchema, source: string, variableValues: Record<string, unknown> = {}) {
  const engine = {
    call: (operation: { info: { name: string } }) => async (inputs: readonly Record<string, string>[]) => {
      const { name } = operation.info;
      batches.push({ operation: name, inputs });
      return inputs.map((input) => answers[name]?.(input));
    },
  };
  const loader = new Loader(engine as never, callContext());
  const contextValue = {
    load: (operation: never, input: never) => loader.load(operation, input),
    answer(operation: never, input: never) {
      try {
        const answer = loader.answer(operation, input) as unknown;
        if (!(answer instanceof Promise)) atOnce++;
        return answer;
      } catch (thrown) {
        atOnce++;
        throw thrown;
      }
    },
  };
  return graphql({ schema, source, variableValues, contextValue });
}
