import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisAtHand } from '../support/redis.ts';
import {
  type Backends,
  type BoardAnswer,
  backendNames,
  board,
  callsOf,
  type Graph,
  resetCalls,
  seedFleet,
  startBackends,
  startGraph,
  variablesOf,
} from '../support/reference-graph.ts';

const redis = await redisAtHand();

/** No backend was asked. */
const none = Object.fromEntries(backendNames.map((name) => [name, 0]));

describe('Board, on the reference graph', () => {
  let folder: string;
  let backends: Backends;
  let variables: Record<string, string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-board-'));
    backends = await startBackends();
    variables = { ...variablesOf(backends), FLEET_DATABASE_URL: `sqlite:${join(folder, 'fleet.db')}` };
    await seedFleet(variables);
  });
  afterAll(async () => {
    await Promise.all(backendNames.map((name) => backends[name].process.stop()));
    await rm(folder, { recursive: true });
  });

  describe('with the cache in the process', () => {
    let graph: Graph;
    beforeAll(async () => {
      graph = await startGraph(variables);
      await resetCalls(backends);
    });
    afterAll(() => graph.process.stop());

    it('answers a hundred rides whole, in at most 8 upstream requests and 3 SQL statements', async () => {
      const { data, errors } = await graph.ask(board);
      expect(errors).toBeUndefined();
      const nodes = data.rides?.nodes ?? [];
      expect(nodes).toHaveLength(100);
      expect(new Set(nodes.map(({ id }) => id)).size).toBe(100);
      for (const ride of nodes) {
        expect(ride.fare?.total).toMatch(/^\d+\.\d{2,}$/);
        expect(ride.weather?.temperatureCelsius).toEqual(expect.any(Number));
        expect(ride.driver === null).toBe(ride.minutesAway === null);
        if (ride.driver) expect(ride.driver.position?.latitude).toEqual(expect.any(Number));
      }
      expect(nodes.filter(({ driver }) => driver).length).toBeGreaterThan(50);
      expect(nodes.filter(({ driver }) => driver?.vehicle).length).toBeGreaterThan(50);
      expect(data.rides?.pageInfo).toEqual({ hasNextPage: true, endCursor: expect.any(String) });
      const calls = await callsOf(backends);
      expect(calls).toEqual({ ...none, rides: 1, tariffs: 1, dispatch: 2, weather: 3 });
      expect(await sqlStatements(graph)).toBe(2);
    });

    it('answers the payments too, in one more request', async () => {
      await graph.ask(board);
      await resetCalls(backends);
      const withPayment = board.replace('weather {', 'payment { status } weather {');
      type Paid = { payment: { status: string } | null };
      const { data, errors } = await graph.ask<BoardAnswer>(withPayment);
      expect(errors).toBeUndefined();
      const nodes = (data.rides?.nodes ?? []) as unknown as readonly Paid[];
      expect(nodes).toHaveLength(100);
      expect(nodes.filter(({ payment }) => payment !== null).length).toBeGreaterThan(30);
      expect(nodes.filter(({ payment }) => payment === null).length).toBeGreaterThan(10);
      const calls = await callsOf(backends);
      expect(calls).toEqual({ ...none, rides: 1, dispatch: 2, payments: 1 });
    });

    it('asks only rides and dispatch again within the second', async () => {
      await graph.ask(board);
      await resetCalls(backends);
      const before = await sqlStatements(graph);
      const { errors } = await graph.ask(board);
      expect(errors).toBeUndefined();
      expect(await callsOf(backends)).toEqual({ ...none, rides: 1, dispatch: 2 });
      expect(await sqlStatements(graph)).toBe(before);
    });
  });

  it.skipIf('reason' in redis)(
    `finds in Redis what another process cached${'reason' in redis ? `: not tested, ${redis.reason}` : ''}`,
    async () => {
      const url = (redis as { url: string }).url;
      await emptyAnswers(url);
      const first = await startGraph({ ...variables, REDIS_URL: url });
      const second = await startGraph({ ...variables, REDIS_URL: url });
      try {
        const answer = await first.ask(board);
        await resetCalls(backends);
        const other = await second.ask(board);
        expect(await callsOf(backends)).toEqual({ ...none, rides: 1, dispatch: 2 });
        expect(await sqlStatements(second)).toBe(0);
        const kept = ({ id, fare, weather }: { id: string; fare: unknown; weather: unknown }) => ({
          id,
          fare,
          weather,
        });
        expect(other.data.rides?.nodes.map(kept)).toEqual(answer.data.rides?.nodes.map(kept));
      } finally {
        await Promise.all([first.process.stop(), second.process.stop()]);
      }
    },
  );
});

/** Statements sent to the fleet's database, as the server's own metrics count them. */
async function sqlStatements(graph: Graph): Promise<number> {
  const text = await (await fetch(`${graph.adminUrl}/metrics`)).text();
  let statements = 0;
  for (const [, count] of text.matchAll(
    /^tributary_operation_wire_requests_total\{[^}]*operation="fleet\.[^}]*\} (\d+)/gm,
  ))
    statements += Number(count);
  return statements;
}

async function emptyAnswers(url: string): Promise<void> {
  const client = new Redis(url);
  const names = await client.keys('tributary:answer:*');
  if (names.length > 0) await client.del(names);
  client.disconnect();
}
