import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTcpFault } from '../faults/harness/tcp-fault.ts';
import { openTestDatabase, type TestDatabase } from '../support/databases.ts';
import {
  type BackendName,
  type Backends,
  type BoardAnswer,
  type BoardRide,
  backendNames,
  board,
  seedFleet,
  startBackend,
  startBackends,
  startGraph,
  variablesOf,
} from '../support/reference-graph.ts';

/** The backends that feed a part of a ride; `rides` feeds all of it, `partners` none. */
type RideFeeder = Exclude<BackendName, 'rides' | 'partners'>;

/** Which fields of a ride each backend feeds. */
const fedBy: Readonly<Record<RideFeeder, (ride: BoardRide) => readonly unknown[]>> = {
  tariffs: ({ fare }) => [fare],
  weather: ({ weather }) => [weather],
  dispatch: ({ minutesAway, driver }) => (driver ? [minutesAway, driver.position] : [minutesAway]),
  payments: ({ payment }) => [payment],
  insights: ({ rider }) => [rider?.churnRisk],
};
const feeders = ['tariffs', 'weather', 'dispatch', 'payments', 'insights'] as const;

/** Board, and what a screen of accounts adds to it. */
const question = board.replace('weather {', 'payment { status } rider { name churnRisk } weather {');

const postgres = await openTestDatabase('postgres');

describe('with one backend gone', () => {
  let folder: string;
  let backends: Backends;
  let variables: Record<string, string>;
  let whole: BoardAnswer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-failures-'));
    backends = await startBackends();
    variables = { ...variablesOf(backends), FLEET_DATABASE_URL: `sqlite:${join(folder, 'fleet.db')}` };
    await seedFleet(variables);
    const graph = await startGraph(variables);
    whole = await graph.ask(question);
    await graph.process.stop();
    expect(whole.errors).toBeUndefined();
  });
  afterAll(async () => {
    await Promise.all(backendNames.map((name) => backends[name].process.stop()));
    await rm(folder, { recursive: true });
    if ('drop' in postgres) await postgres.drop();
  });

  it.each(feeders)(
    'exactly the fields of %s are null, each with a code, and all is back when it is',
    async (name) => {
      const graph = await startGraph(variables);
      await backends[name].process.stop('SIGKILL');
      const { data, errors } = await graph.ask(question);
      const nodes = data.rides?.nodes ?? [];
      expect(nodes).toHaveLength(100);
      for (const ride of nodes) expect(fedBy[name](ride).every((value) => value === null)).toBe(true);
      expect(nodes.map((ride) => without(name, ride))).toEqual(
        whole.data.rides?.nodes.map((ride) => without(name, ride)),
      );
      expect(errors?.length).toBeGreaterThan(0);
      for (const { extensions } of errors ?? []) {
        expect(extensions).toEqual({
          code: 'UPSTREAM_UNAVAILABLE',
          service: name,
          requestId: expect.any(String),
          retryable: true,
        });
      }
      expect(nulls(nodes, name)).toBe(errors?.length);

      backends[name] = await startBackend(name, backends[name].port);
      expect((await graph.ask(question)).errors).toBeUndefined();
      await graph.process.stop();
    },
  );

  it.each(['payments', 'insights', 'partners'] as const)(
    'exactly the list of %s is null while it is gone',
    async (name) => {
      const lists = `{
        rides(first: 1) { nodes { id } }
        payments(first: 1) { nodes { id } }
        insights: ridersAtRisk(first: 1) { nodes { churnRisk } }
        partners: partnerVehicles(partnerId: "P01", first: 1) { nodes { plate } }
      }`;
      const graph = await startGraph(variables);
      await backends[name].process.stop('SIGKILL');
      const { data, errors } = await graph.ask<{ data: Record<string, unknown>; errors: unknown }>(lists);
      expect(Object.keys(data).filter((list) => data[list] === null)).toEqual([name]);
      expect(errors).toMatchObject([
        { path: [name], extensions: { code: 'UPSTREAM_UNAVAILABLE', service: name } },
      ]);
      backends[name] = await startBackend(name, backends[name].port);
      const again = await graph.ask<{ data: Record<string, unknown>; errors?: unknown }>(lists);
      expect(again.errors).toBeUndefined();
      expect(Object.values(again.data)).not.toContain(null);
      await graph.process.stop();
    },
  );

  it('without rides there are none, with a code, and all is back when it is', async () => {
    const graph = await startGraph(variables);
    await backends.rides.process.stop('SIGKILL');
    const { data, errors } = await graph.ask(question);
    expect(data).toEqual({ rides: null });
    expect(errors).toMatchObject([
      { path: ['rides'], extensions: { code: 'UPSTREAM_UNAVAILABLE', service: 'rides' } },
    ]);
    backends.rides = await startBackend('rides', backends.rides.port);
    expect((await graph.ask(question)).errors).toBeUndefined();
    await graph.process.stop();
  });

  it.skipIf('missing' in postgres)(
    `exactly the fields of fleet are null while its Postgres is gone${'missing' in postgres ? `: not tested, ${postgres.missing}` : ''}`,
    async () => {
      const database = postgres as TestDatabase;
      const address = new URL(database.url);
      const proxy = await openTcpFault({ host: address.hostname, port: Number(address.port || 5432) });
      address.hostname = '127.0.0.1';
      address.port = String(proxy.port);
      const onPostgres = { ...variables, FLEET_DATABASE_URL: address.href };
      await seedFleet(onPostgres);
      const graph = await startGraph(onPostgres);
      proxy.set({ is: 'off' });
      const { data, errors } = await graph.ask(question);
      for (const { driver } of data.rides?.nodes ?? []) expect(driver).toBeNull();
      expect(errors?.length).toBe(whole.data.rides?.nodes.filter(({ driver }) => driver !== null).length);
      expect(new Set(errors?.map(({ extensions }) => `${extensions.code} ${extensions.service}`))).toEqual(
        new Set(['UPSTREAM_UNAVAILABLE fleet']),
      );
      const others = ({ driver: _driver, minutesAway: _minutes, ...ride }: BoardRide) => ride;
      expect(data.rides?.nodes.map(others)).toEqual(whole.data.rides?.nodes.map(others));
      proxy.set({ is: 'open' });
      expect((await graph.ask(question)).errors).toBeUndefined();
      await graph.process.stop();
      await proxy.close();
    },
  );

  const faults = [
    [
      'HTML instead of an answer',
      { status: 200, body: '<html><h1>Bad gateway</h1></html>', contentType: 'text/html' },
      'UPSTREAM_INVALID_RESPONSE',
    ],
    ['half an answer', { cut: 60 }, 'UPSTREAM_INVALID_RESPONSE'],
    ['an answer that is late', { delayMs: 10_000 }, 'UPSTREAM_TIMEOUT'],
  ] as const;
  const spoilt = feeders.flatMap((name) =>
    faults.map(([what, fault, code]) => ({ what, name, fault, code })),
  );

  it.each(spoilt)(
    '$what of $name nulls its own fields and says nothing of it',
    async ({ name, fault, code }) => {
      const graph = await startGraph(variables);
      await fetch(`${backends[name].url}/faults`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(fault),
      });
      const answer = await graph.ask<BoardAnswer>(question);
      await fetch(`${backends[name].url}/faults`, { method: 'DELETE' });
      expect(answer.data.rides?.nodes.map((ride) => without(name, ride))).toEqual(
        whole.data.rides?.nodes.map((ride) => without(name, ride)),
      );
      expect(new Set(answer.errors?.map(({ extensions }) => extensions.code))).toEqual(new Set([code]));
      expect(JSON.stringify(answer)).not.toMatch(/gateway|html|127\.0\.0\.1|http:|\bat \S+ \(|SELECT/i);
      await graph.process.stop();
    },
  );
});

/** A ride less what a backend feeds, and less what changes by itself. */
function without(
  name: BackendName,
  { minutesAway: _minutes, fare, weather, driver, payment, rider, ...ride }: BoardRide,
): object {
  return {
    ...ride,
    driver: driver && { name: driver.name, rating: driver.rating, vehicle: driver.vehicle },
    fare: name === 'tariffs' ? null : fare,
    weather: name === 'weather' ? null : weather,
    payment: name === 'payments' ? null : payment,
    rider: rider && { ...rider, churnRisk: name === 'insights' ? null : rider.churnRisk },
  };
}

/** How many fields the backend left empty that would have been filled. */
function nulls(nodes: readonly BoardRide[], name: RideFeeder): number {
  if (name !== 'dispatch') return nodes.length;
  return nodes.filter(({ driver }) => driver !== null).length * 2;
}
