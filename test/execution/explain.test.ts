import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TributaryError } from '../../src/errors.ts';
import { argument, bind, parent } from '../../src/graph/binding.ts';
import type { FieldContext } from '../../src/graph/fields.ts';
import { call, custom } from '../../src/transports/custom/custom.ts';
import { type BoundGraph, openBoundGraph } from './bound-graph.ts';

const sdl = `
  type Query { rides(secret: String): [Ride!] kept: [City!] }
  type Ride { id: ID! driver: Driver again: Driver note: String city: City }
  type Driver { name: String vehicle: Vehicle }
  type Vehicle { plate: String }
  type City { name: String }
`;

let flaky = 0;
const fleet = custom('fleet', {
  retry: { attempts: 3, pauseMs: 1 },
  operations: {
    rides: call<{ secret?: string }, readonly object[]>(async () => [
      Array.from({ length: 5 }, (_, id) => ({
        id: String(id),
        driverId: `canary-${id % 3}`,
        cityId: 'canary-city',
      })),
    ]),
    driver: call<{ id: string }, object>(
      async (inputs) => inputs.map(({ id }) => ({ name: `name-canary ${id}`, id })),
      {
        maxInputs: 2,
      },
    ),
    vehicle: call<{ driverId: string }, object>(
      async (inputs) => {
        if (flaky-- > 0)
          throw new TributaryError('UPSTREAM_UNAVAILABLE', undefined, { detail: 'detail-canary' });
        return inputs.map(() => ({ plate: 'plate-canary' }));
      },
      { maxInputs: 100 },
    ),
    city: call<{ id: string }, object>(async (inputs) => inputs.map(() => ({ name: 'city-canary' })), {
      maxInputs: 100,
      scope: 'public',
      cache: { ttlMs: 60_000 },
    }),
    cities: call<Record<never, never>, readonly object[]>(async () => [[{ name: 'city-canary' }]], {
      scope: 'public',
      cache: { ttlMs: 60_000 },
    }),
  },
});

const entries = {
  'Query.rides': bind(fleet.rides, { secret: argument('secret') }),
  'Query.kept': bind(fleet.cities, {}),
  'Ride.driver': bind(fleet.driver, { id: parent('driverId') }),
  'Ride.again': (ride: { driverId: string }, _args: unknown, { load }: FieldContext) =>
    load(fleet.driver, { id: ride.driverId }),
  'Ride.city': bind(fleet.city, { id: parent('cityId') }),
  'Driver.vehicle': bind(fleet.vehicle, { driverId: parent('id') }),
};

let graph: BoundGraph;
beforeAll(async () => {
  graph = await openBoundGraph(sdl, entries, [fleet]);
});
afterAll(() => graph.close());

const asking = { 'x-tributary-explain': '1' };
const query =
  'query ($s: String) { rides(secret: $s) { id driver { name vehicle { plate } } again { name } city { name } } }';

interface Explained {
  readonly wholeAnswer: Record<string, unknown> | null;
  readonly calls: readonly Record<string, unknown>[];
}

async function explain(text: string, more = {}): Promise<Explained> {
  const { extensions } = await graph.ask(text, { headers: asking, ...more });
  return extensions?.explain as Explained;
}

const time = expect.any(Number);

describe('an explanation', () => {
  it('tells every call: the fields that asked, the operation, inputs, wire requests, cache, time, attempts', async () => {
    flaky = 1;
    const { calls, wholeAnswer } = await explain(query, { variables: { s: 'value-canary' } });
    expect(wholeAnswer).toBeNull();
    expect([...calls].sort((a, b) => String(a.operation).localeCompare(String(b.operation)))).toEqual([
      {
        fields: ['Ride.city'],
        operation: 'fleet.city',
        inputs: 1,
        wireRequests: 1,
        attempts: 1,
        cache: { fresh: 0, stale: 0, miss: 1, fromProcess: 0, fromRedis: 0 },
        milliseconds: time,
      },
      {
        fields: ['Ride.again', 'Ride.driver'],
        operation: 'fleet.driver',
        inputs: 3,
        wireRequests: 2,
        attempts: 1,
        cache: 'none',
        milliseconds: time,
      },
      {
        fields: ['Query.rides'],
        operation: 'fleet.rides',
        inputs: 1,
        wireRequests: 1,
        attempts: 1,
        cache: 'none',
        milliseconds: time,
      },
      {
        fields: ['Driver.vehicle'],
        operation: 'fleet.vehicle',
        inputs: 3,
        wireRequests: 2,
        attempts: 2,
        cache: 'none',
        milliseconds: time,
      },
    ]);
    const again = await explain(query);
    expect(again.calls.find(({ operation }) => operation === 'fleet.city')).toMatchObject({
      wireRequests: 0,
      attempts: 0,
      cache: { fresh: 1, stale: 0, miss: 0, fromProcess: 1, fromRedis: 0 },
    });
  });

  it('holds no value of an input or of an answer', async () => {
    flaky = 10;
    const { data, headers, extensions, errors } = await graph.ask(query, {
      variables: { s: 'value-canary' },
      headers: asking,
    });
    flaky = 0;
    expect(JSON.stringify(data)).toContain('canary');
    expect(errors?.length).toBeGreaterThan(0);
    expect(JSON.stringify(extensions)).not.toContain('canary');
    expect(JSON.stringify(extensions)).toContain('"codes":["UPSTREAM_UNAVAILABLE"]');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('says so where the answer was kept as a whole, and is itself never kept', async () => {
    const first = await graph.ask('{ kept { name } }', { headers: asking });
    expect(first.headers.get('cache-control')).toBe('no-store');
    const plain = await graph.ask('{ kept { name } }');
    expect(plain.text).toBe('{"data":{"kept":[{"name":"city-canary"}]}}');
    const explained = await graph.ask('{ kept { name } }', { headers: asking });
    expect(explained.data).toEqual(plain.data);
    expect(explained.extensions).toEqual({
      explain: {
        wholeAnswer: { cache: 'fresh', level: 'process', ageMs: time, leftMs: time },
        calls: [],
      },
    });
    expect([explained.headers.get('cache-control'), explained.headers.get('etag')]).toEqual([
      'no-store',
      null,
    ]);
    expect((await graph.ask('{ kept { name } }')).text).toBe(plain.text);
  });

  it('is for callers of INTERNAL who ask, and where the server allows it', async () => {
    expect((await graph.ask(query, { headers: asking, as: 'carl' })).extensions).toBeUndefined();
    expect((await graph.ask(query)).extensions).toBeUndefined();
    expect((await graph.ask(query, { headers: { 'x-tributary-explain': '0' } })).extensions).toBeUndefined();
    const silent = await openBoundGraph(sdl, entries, [fleet], { explain: false });
    try {
      expect((await silent.ask(query, { headers: asking })).extensions).toBeUndefined();
    } finally {
      await silent.close();
    }
  });
});
