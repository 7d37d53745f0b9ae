import { buildSchema, type GraphQLObjectType } from 'graphql';
import { afterEach, describe, expect, it } from 'vitest';
import { serverConfigSchema } from '../../../src/config/server-config.ts';
import { owned, ownerChecked } from '../../../src/graph/access/owned.ts';
import { argument, bind, claim, parent } from '../../../src/graph/binding.ts';
import { connection } from '../../../src/graph/connection.ts';
import { contractDirectives } from '../../../src/graph/contract.ts';
import type { LoadedField } from '../../../src/graph/draft.ts';
import type { FieldContext } from '../../../src/graph/fields.ts';
import { ownedListsAskForTheOwner, writesSayWhose } from '../../../src/graph/rules/owned-objects.ts';
import { call, custom } from '../../../src/transports/custom/custom.ts';
import { type BoundGraph, type Entries, openBoundGraph } from '../../execution/bound-graph.ts';

const sdl = /* GraphQL */ `
  type Query { ride(id: ID!): Ride, rides: [Ride!], page: Page, rider: Rider, things: [Thing] }
  type Mutation { cancel(id: ID!): Ride, pay(input: Pay!): Int, request: Ride, rename(id: ID!): Rider }
  input Pay { details: Details! }
  input Details { rideId: ID! }
  type Ride @owner(field: "owner", claim: "tenant") { id: ID!, rider: Rider }
  type Rider { name: String, rides: [Ride!] }
  type Page { nodes: [Ride!], edges: [Edge!] }
  type Edge { node: Ride }
  union Thing = Ride | Rider
`;

const taken: string[] = [];
const rideOf = (id: string) => (id === 'none' ? null : { id, owner: id.split('-')[0] });
const rides = custom('rides', {
  operations: {
    ride: call<{ id: string }, object | null>(async (inputs) => {
      taken.push('ride');
      return inputs.map(({ id }) => rideOf(id));
    }),
    list: call<{ owner?: string }, readonly object[]>(async (inputs) => inputs.map(() => [])),
    cancel: call<{ id: string }, object | null>(
      async (inputs) => {
        taken.push(`cancel ${inputs[0]?.id}`);
        return inputs.map(({ id }) => rideOf(id));
      },
      { kind: 'write' },
    ),
  },
});

/** The coordinates of the fields that a rule finds. */
function found(entries: Entries, everyOwnerScope = 'all:tenants', text = sdl) {
  const schema = buildSchema(contractDirectives + text);
  const fields = Object.entries(entries).map(([coordinate, entry]): LoadedField => {
    const [typeName = '', name = ''] = coordinate.split('.');
    const type = schema.getType(typeName) as GraphQLObjectType;
    return { coordinate, place: 'here', type, field: type.getFields()[name] as never, entry: entry as never };
  });
  const config = serverConfigSchema.parse({ access: { everyOwnerScope } });
  const draft = { directory: '', schema, datasources: [], isPartial: false, fields, config };
  return [ownedListsAskForTheOwner, writesSayWhose]
    .flatMap((rule) => rule(draft))
    .map(({ subject }) => subject);
}

const lookup = bind(rides.ride, { id: argument('id') });
const cancel = bind(rides.cancel, { id: argument('id') });
const unbound = bind(rides.list, {});
const rider = bind(rides.ride, { id: parent('id') });
const own = bind(rides.list, { owner: claim('tenant') });

describe('a list of an owned type', () => {
  it('Z05: is a problem where its operation is not asked for the owner, however deep it stands', () => {
    const edges = connection().edges;
    const entries = { 'Query.rides': unbound, 'Query.page': unbound, 'Query.things': unbound };
    expect(found({ ...entries, 'Query.rider': unbound, 'Page.edges': edges })).toEqual([
      'Query.rides',
      'Query.page',
      'Query.things',
      'Query.rider',
    ]);
    expect(found({ 'Query.rides': () => [] })).toEqual(['Query.rides']);
  });

  it('is none where the owner is an input, or the entry says that it keeps to it', () => {
    expect(found({ 'Query.rides': own })).toEqual([]);
    expect(found({ 'Query.rides': bind(rides.list, { owner: claim('other') }) })).toEqual(['Query.rides']);
    expect(found({ 'Query.rides': ownerChecked(() => []) })).toEqual([]);
    expect(found({ 'Query.ride': lookup, 'Ride.rider': rider, 'Rider.rides': own })).toEqual([]);
  });

  it('is none where only callers see it for whom ownership does not count', () => {
    const internal = sdl.replace('rides: [Ride!], page', 'rides: [Ride!] @audience(only: [INTERNAL]), page');
    expect(found({ 'Query.rides': unbound }, '*', internal)).toEqual([]);
    expect(found({ 'Query.rides': unbound }, 'all:tenants', internal)).toEqual(['Query.rides']);
    expect(found({ 'Query.rides': unbound }, '*')).toEqual(['Query.rides']);
  });
});

describe('a write that names an object', () => {
  it('Z05: is a problem where nothing says whose the object is', () => {
    const rest = { 'Ride.rider': rider, 'Rider.rides': own };
    const silent = { 'Mutation.cancel': cancel, 'Mutation.pay': () => 1, 'Mutation.request': () => null };
    expect(found({ ...rest, ...silent })).toEqual(['Mutation.cancel', 'Mutation.pay']);
    const rename = ownerChecked(() => null);
    expect(
      found({ ...rest, 'Mutation.cancel': owned('Ride', lookup, cancel), 'Mutation.rename': rename }),
    ).toEqual([]);
  });

  let graph: BoundGraph | undefined;
  afterEach(() => graph?.close());

  const cancelled = (_: unknown, { id }: { id: string }, { load }: FieldContext) =>
    load(rides.cancel, { id });

  it.each([
    ['a binding', owned('Ride', lookup, cancel)],
    ['a function', owned('Ride', lookup, cancelled)],
  ])('Z05: is looked at before it is written, and answers like a missing one, for %s', async (_, entry) => {
    graph = await openBoundGraph(sdl, { 'Mutation.cancel': entry, 'Query.ride': lookup }, [rides], {
      access: { everyOwnerScope: '*' },
    });
    const ask = async (id: string, as: string) => {
      taken.length = 0;
      const asked = (graph as BoundGraph).ask(`mutation { cancel(id: "${id}") { id } }`, { as });
      const { data, errors } = await asked;
      return { data, codes: errors?.map(({ extensions }) => extensions.code), taken: [...taken] };
    };
    const missing = { data: { cancel: null }, codes: ['NOT_FOUND'], taken: ['ride'] };
    expect(await ask('zeta-1', 'carl')).toEqual(missing);
    expect(await ask('none', 'carl')).toEqual(missing);
    expect(await ask('acme-1', 'carl')).toMatchObject({
      data: { cancel: { id: 'acme-1' } },
      taken: ['ride', 'cancel acme-1'],
    });
    // Who sees every owner's objects is not held up by a look.
    expect((await ask('zeta-1', 'anna')).taken).toEqual(['cancel zeta-1']);
  });
});
