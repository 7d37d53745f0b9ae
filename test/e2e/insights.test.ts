import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allScores } from '../../backends/insights/scores.ts';
import { type Backend, type Graph, startBackend, startGraph } from '../support/reference-graph.ts';

interface Answer<Data> {
  readonly data: Data;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

interface PageOf<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
}

interface AtRisk {
  readonly churnRisk: number;
  readonly rider: {
    readonly id: string;
    readonly name: string;
    readonly city: { readonly id: string } | null;
  };
}

let rides: Backend;
let insights: Backend;
let graph: Graph;
const scores = allScores();
const riskOf = new Map(scores.map(({ riderId, churnRisk }) => [riderId, churnRisk]));

beforeAll(async () => {
  [rides, insights] = await Promise.all([startBackend('rides'), startBackend('insights')]);
  graph = await startGraph({ RIDES_URL: rides.url, INSIGHTS_URL: insights.url });
});
afterAll(async () => {
  await graph.process.stop();
  await Promise.all([rides.process.stop(), insights.process.stop()]);
});

describe('the risk that riders leave', () => {
  it('is one scoring call for a page of riders', async () => {
    await fetch(`${insights.url}/calls/reset`, { method: 'POST' });
    const { data, errors } = await graph.ask<
      Answer<{ riders: PageOf<{ id: string; churnRisk: number; city: { id: string } | null }> }>
    >('{ riders(first: 200) { nodes { id churnRisk city { id } } pageInfo { hasNextPage endCursor } } }');
    expect(errors).toBeUndefined();
    expect(data.riders.nodes).toHaveLength(200);
    for (const { id, churnRisk, city } of data.riders.nodes) {
      expect(churnRisk).toBe(riskOf.get(id));
      expect(city?.id).toMatch(/^(LIS|BER|OSL)$/);
    }
    const calls = await (await fetch(`${insights.url}/calls`)).json();
    expect(calls).toEqual({ total: 1, byOperation: { 'POST /scores': 1 } });
  });

  it('lists whom to write to, those most at risk first, page by page', async () => {
    const question = `query ($first: Int!, $after: String) {
      ridersAtRisk(threshold: 0.6, first: $first, after: $after) {
        nodes { churnRisk rider { id name city { id } } }
        pageInfo { hasNextPage endCursor }
      }
    }`;
    const seen: AtRisk[] = [];
    let after: string | null = null;
    for (;;) {
      const { data }: Answer<{ ridersAtRisk: PageOf<AtRisk> }> = await graph.ask(question, {
        first: 40,
        after,
      });
      seen.push(...data.ridersAtRisk.nodes);
      if (!data.ridersAtRisk.pageInfo.hasNextPage) break;
      after = data.ridersAtRisk.pageInfo.endCursor;
    }
    const expected = scores.filter(({ churnRisk }) => churnRisk >= 0.6);
    expect(seen.map(({ rider, churnRisk }) => [rider.id, churnRisk])).toEqual(
      expected.map(({ riderId, churnRisk }) => [riderId, churnRisk]),
    );
  });

  it.each([
    ['ridersAtRisk(threshold: 1.5) { nodes { churnRisk } }', '`threshold` must be from 0 to 1, but is 1.5.'],
    ['ridersAtRisk(first: 501) { nodes { churnRisk } }', '`first` must be from 1 to 500, but is 501.'],
    ['riders(first: 0) { nodes { id } }', '`first` must be from 1 to 500, but is 0.'],
  ])('refuses %s in words', async (field, message) => {
    const { errors } = await graph.ask<Answer<unknown>>(`{ ${field} }`);
    expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});
