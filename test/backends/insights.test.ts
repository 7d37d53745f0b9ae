import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { committedModel } from '../../backends/insights/committed-model.ts';
import { type Features, featuresOf } from '../../backends/insights/features.ts';
import { seedHistory } from '../../backends/insights/history.ts';
import { churnRisk } from '../../backends/insights/model.ts';
import { allScores } from '../../backends/insights/scores.ts';
import { startInsights } from '../../backends/insights/server.ts';
import { trainModel } from '../../backends/insights/training.ts';
import { seedRiders, seedRides } from '../../backends/rides/data.ts';
import { callsOf, getJson, withBackend } from './clients.ts';

interface Scores {
  scores: { riderId: string; churnRisk: number; features: Features }[];
  cursors: string[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

const post = async (url: string, body: unknown): Promise<{ status: number; body: Scores }> => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/scores`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Scores };
};

describe('the churn model', () => {
  test('trained again has the same weights, to the last digit', () => {
    const file = new URL('../../backends/insights/model.json', import.meta.url);
    expect(`${JSON.stringify(trainModel(seedHistory()), null, 2)}\n`).toBe(readFileSync(file, 'utf8'));
  });

  test('tells who leaves better than chance does, and by the reasons one would expect', () => {
    expect(committedModel.heldOut.areaUnderCurve).toBeGreaterThan(0.8);
    const usual: Features = {
      ridesLast30Days: 2,
      ridesLast90Days: 6,
      cancellationsLast90Days: 0,
      daysSinceLastRide: 10,
      averageWaitMinutes: 8,
    };
    const risk = (change: Partial<Features>) => churnRisk({ ...usual, ...change }, committedModel);
    expect(risk({ ridesLast30Days: 5 })).toBeLessThan(risk({}));
    expect(risk({ daysSinceLastRide: 60 })).toBeGreaterThan(risk({}));
    expect(risk({ cancellationsLast90Days: 4 })).toBeGreaterThan(risk({}));
    expect(risk({ averageWaitMinutes: 14 })).toBeGreaterThan(risk({}));
  });

  test('gives the seeded riders risks of all sizes', () => {
    const risks = allScores().map((score) => score.churnRisk);
    expect(risks).toHaveLength(800);
    expect(Math.min(...risks)).toBeLessThan(0.05);
    expect(Math.max(...risks)).toBeGreaterThan(0.9);
    expect(risks.filter((risk) => risk >= 0.5).length).toBeGreaterThan(50);
  });
});

describe('the features of a rider', () => {
  const [model] = seedRides(seedRiders());
  const ride = (day: string, status: 'COMPLETED' | 'CANCELLED', promisedMinutes: number) =>
    ({ ...model, requestedAt: `${day}T12:00:00Z`, status, promisedMinutes }) as never;
  const at = Date.parse('2025-06-30T12:00:00Z');

  test('are counted in their windows, cancellations apart', () => {
    const rides = [
      ride('2025-06-20', 'COMPLETED', 4),
      ride('2025-06-25', 'CANCELLED', 15),
      ride('2025-04-30', 'COMPLETED', 8),
      ride('2025-03-31', 'COMPLETED', 15),
      ride('2025-07-01', 'COMPLETED', 15),
    ];
    expect(featuresOf(rides, at)).toEqual({
      ridesLast30Days: 1,
      ridesLast90Days: 2,
      cancellationsLast90Days: 1,
      daysSinceLastRide: 10,
      averageWaitMinutes: 6,
    });
  });

  test('of someone who never rode are those of someone long gone', () => {
    expect(featuresOf([], at)).toMatchObject({
      ridesLast90Days: 0,
      daysSinceLastRide: 90,
      averageWaitMinutes: 8,
    });
  });
});

describe('insights', () => {
  test('scores many riders in one request: those it knows by id, and features as they are given', () =>
    withBackend(startInsights, async (url) => {
      const riderIds = seedRiders()
        .slice(0, 499)
        .map(({ id }) => id);
      const features = allScores()[0]?.features;
      const { body } = await post(url, { riderIds: [...riderIds, 'nobody'] });
      expect(body.scores.map(({ riderId }) => riderId)).toEqual(riderIds);
      const whatIf = await post(url, { riders: [{ id: 'new', features }] });
      expect(whatIf.body.scores).toEqual([{ ...allScores()[0], riderId: 'new' }]);
      expect(await callsOf(url)).toEqual({ total: 2, byOperation: { 'POST /scores': 2 } });
    }));

  test('lists those at risk, the most at risk first, over all pages once', () =>
    withBackend(startInsights, async (url) => {
      const seen: Scores['scores'] = [];
      let after = '';
      for (;;) {
        const { body } = await getJson<Scores>(
          `${url}/at-risk?threshold=0.4&first=70${after && `&after=${after}`}`,
        );
        expect(body.hasPreviousPage).toBe(after !== '');
        seen.push(...body.scores);
        if (!body.hasNextPage) break;
        after = body.cursors.at(-1) ?? '';
      }
      expect(seen).toEqual(allScores().filter((score) => score.churnRisk >= 0.4));
      expect((await getJson<Scores>(`${url}/at-risk?threshold=1`)).body.scores).toEqual([]);
    }));

  test.each([
    {},
    { riderIds: 'R00001' },
    { riderIds: [''] },
    { riders: [{ id: 'a' }] },
    { rider: ['R00001'] },
  ])('refuses %j', (body) =>
    withBackend(startInsights, async (url) => expect((await post(url, body)).status).toBe(400)),
  );

  test('takes any number from 0 to 1 as a threshold, as programs write them', () =>
    withBackend(startInsights, async (url) => {
      for (const threshold of ['0.30000000000000004', '1e-7', '0', '1', '1.0', '.5'])
        expect((await getJson(`${url}/at-risk?threshold=${threshold}`)).status).toBe(200);
    }));

  test.each([
    'threshold=2',
    'threshold=-0.1',
    'threshold=',
    'threshold=NaN',
    'threshold=0x1',
    'threshold=x',
    'first=0',
    'first=501',
    'after=x',
    'limit=1',
  ])('refuses %s', (query) =>
    withBackend(startInsights, async (url) =>
      expect((await getJson(`${url}/at-risk?${query}`)).status).toBe(400),
    ),
  );
});
