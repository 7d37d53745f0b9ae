import { cities, seedEnd } from '../shared/cities.ts';
import { cacheableJson } from '../shared/etag.ts';
import { round } from '../shared/geography.ts';
import { Problem } from '../shared/problem.ts';
import { randomFor } from '../shared/random.ts';
import { type ListenOptions, type Route, type RunningBackend, startService } from '../shared/service.ts';

export interface Observation {
  cityId: string;
  summary: string;
  temperatureCelsius: number;
  windKmh: number;
  /** `2025-06-30T17:50:00Z` */
  observedAt: string;
}

const cacheControl = 'max-age=60, stale-if-error=600';

/** The last observation of each city; like all seeded data it stands still. */
export const observations: readonly Observation[] = observe();

/** Starts `weather`, REST/JSON whose answers may be cached. */
export function startWeather(options: ListenOptions): Promise<RunningBackend> {
  return startService(
    {
      name: 'weather',
      route: ({ method, segments, url, headers }): Route => {
        const [collection, cityId, ...rest] = segments;
        if (collection !== 'weather' || rest.length > 0)
          throw new Problem(404, 'There is nothing at this path.');
        if (method !== 'GET') throw new Problem(405, 'This path answers GET.', { Allow: 'GET' });
        if (url.search) throw new Problem(400, 'This path takes no query.');
        if (cityId === undefined) {
          return {
            operations: ['GET /weather'],
            answer: () => cacheableJson({ weather: observations }, cacheControl, headers),
          };
        }
        return {
          operations: ['GET /weather/{cityId}'],
          answer: () => {
            const observation = observations.find((candidate) => candidate.cityId === cityId);
            if (!observation) throw new Problem(404, 'There is no such city.');
            return cacheableJson(observation, cacheControl, headers);
          },
        };
      },
    },
    options,
  );
}

function observe(): Observation[] {
  const random = randomFor('weather');
  const summaries = ['Clear sky', 'Light rain & wind', 'Scattered clouds', 'Fog', 'Thunderstorm ⛈'];
  return cities.map(({ id }) => ({
    cityId: id,
    summary: random.pick(summaries),
    temperatureCelsius: round(12 + random.next() * 18, 1),
    windKmh: round(random.next() * 40, 1),
    observedAt: `${new Date(Date.parse(seedEnd) - random.integer(1, 6) * 600_000).toISOString().slice(0, 19)}Z`,
  }));
}
