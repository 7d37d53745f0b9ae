import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseKind, openTestDatabase } from '../support/databases.ts';
import {
  type Backends,
  backendNames,
  type Graph,
  seedFleet,
  startBackends,
  startGraph,
  variablesOf,
} from '../support/reference-graph.ts';

/** Board without what moves with the clock, and with everything else that the fleet's database knows. */
const board = `query Board {
  rides(first: 100) {
    nodes {
      id status requestedAt
      driver {
        id name rating phone licenceNumber joinedOn active city { name }
        vehicle { make model plate }
        vehicles { id plate year odometerMetres colour }
      }
      fare { total currency }
      weather { summary temperatureCelsius }
    }
  }
}`;

interface Answer {
  readonly data: { readonly rides: { readonly nodes: readonly { readonly driver: object | null }[] } };
  readonly errors?: unknown;
}

describe('Board, with the fleet in any of the databases', () => {
  let backends: Backends;
  beforeAll(async () => {
    backends = await startBackends();
  });
  afterAll(async () => {
    await Promise.all(backendNames.map((name) => backends[name].process.stop()));
  });

  const answers = new Map<DatabaseKind, string>();

  it.for(['sqlite', 'postgres', 'mariadb'] as const)(
    'is answered the same from %s',
    async (kind, context) => {
      const database = await openTestDatabase(kind);
      if ('missing' in database) return context.skip(database.missing);
      let graph: Graph | undefined;
      try {
        const variables = { ...variablesOf(backends), FLEET_DATABASE_URL: database.url };
        await seedFleet(variables);
        graph = await startGraph(variables);
        const answer = await graph.ask<Answer>(board);
        expect(answer.errors).toBeUndefined();
        const drivers = answer.data.rides.nodes.filter(({ driver }) => driver !== null);
        expect(drivers.length).toBeGreaterThan(50);
        answers.set(kind, JSON.stringify(answer.data));
        expect(new Set(answers.values()).size).toBe(1);
      } finally {
        await graph?.process.stop();
        await database.drop();
      }
    },
  );
});
