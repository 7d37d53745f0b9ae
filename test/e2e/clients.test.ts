import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Client, cacheExchange, fetchExchange } from '@urql/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Backends,
  type BoardAnswer,
  backendNames,
  board,
  type Graph,
  seedFleet,
  startBackends,
  startGraph,
  variablesOf,
} from '../support/reference-graph.ts';

type Data = BoardAnswer['data'];

/** A question and its answer, by whatever client; the client's own marks (`__typename`) are left out. */
interface GraphClient {
  query(text: string): Promise<{ data: unknown; codes: readonly unknown[] }>;
}

const clients: Readonly<Record<string, (url: string) => GraphClient>> = {
  'Apollo Client': (uri) => {
    const client = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri }) });
    return {
      query: async (text) => {
        const { data, error } = await client.query({
          query: gql(text),
          errorPolicy: 'all',
          fetchPolicy: 'network-only',
        });
        const errors = (error as { errors?: readonly { extensions?: { code?: unknown } }[] } | undefined)
          ?.errors;
        return { data: unmarked(data), codes: (errors ?? []).map(({ extensions }) => extensions?.code) };
      },
    };
  },
  urql: (url) => {
    const client = new Client({ url, exchanges: [cacheExchange, fetchExchange], preferGetMethod: false });
    return {
      query: async (text) => {
        const { data, error } = await client.query(text, {}, { requestPolicy: 'network-only' }).toPromise();
        const codes = (error?.graphQLErrors ?? []).map(({ extensions }) => extensions.code);
        return { data: unmarked(data), codes };
      },
    };
  },
  'plain fetch': (url) => ({
    query: async (query) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
        body: JSON.stringify({ query }),
      });
      expect(response.headers.get('content-type')).toMatch(/^application\/graphql-response\+json/);
      const { data, errors = [] } = (await response.json()) as BoardAnswer;
      return { data, codes: errors.map(({ extensions }) => extensions.code) };
    },
  }),
};

describe.each(Object.entries(clients))('%s', (_, open) => {
  it('gets Board, whole', async () => {
    const { data, codes } = await open(graph.url).query(board);
    expect(codes).toEqual([]);
    const rides = (data as Data).rides;
    expect(rides?.nodes).toHaveLength(100);
    expect(rides?.nodes.map(lasting)).toEqual(expected.rides?.nodes.map(lasting));
    expect(rides?.pageInfo).toEqual(expected.rides?.pageInfo);
  });

  it('gets what there is of Board, and a code for each field that is missing', async () => {
    const tariffs = `${backends.tariffs.url}/faults`;
    const spoilt = await startGraph(variables);
    try {
      await fetch(tariffs, { method: 'PUT', body: JSON.stringify({ status: 500 }) });
      const { data, codes } = await open(spoilt.url).query(board);
      const nodes = (data as Data).rides?.nodes ?? [];
      expect(nodes).toHaveLength(100);
      expect(nodes.every(({ fare, weather }) => fare === null && weather !== null)).toBe(true);
      expect(codes).toEqual(Array.from({ length: 100 }, () => 'DOWNSTREAM_SERVICE_ERROR'));
    } finally {
      await fetch(tariffs, { method: 'DELETE' });
      await spoilt.process.stop();
    }
  });

  it('is told what is wrong with a question', async () => {
    const { data, codes } = await open(graph.url).query('query Wrong { rides(first: 501) { nodes { id } } }');
    expect(data).toEqual({ rides: null });
    expect(codes).toEqual(['BAD_USER_INPUT']);
  });
});

let folder: string;
let backends: Backends;
let variables: Record<string, string>;
let graph: Graph;
let expected: Data;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-clients-'));
  backends = await startBackends();
  variables = { ...variablesOf(backends), FLEET_DATABASE_URL: `sqlite:${join(folder, 'fleet.db')}` };
  await seedFleet(variables);
  graph = await startGraph(variables);
  const answer = await graph.ask(board);
  expect(answer.errors).toBeUndefined();
  expected = answer.data;
});
afterAll(async () => {
  await graph.process.stop();
  await Promise.all(backendNames.map((name) => backends[name].process.stop()));
  await rm(folder, { recursive: true });
});

/** A ride without what changes by itself: where the driver is. */
function lasting({
  minutesAway: _minutes,
  driver,
  ...ride
}: NonNullable<Data['rides']>['nodes'][number]): object {
  return { ...ride, driver: driver && { name: driver.name, rating: driver.rating, vehicle: driver.vehicle } };
}

function unmarked(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data ?? null), (name, value) =>
    name === '__typename' ? undefined : value,
  );
}
