import { env, get, rest } from 'tributary';

export interface Weather {
  readonly cityId: string;
  readonly summary: string;
  readonly temperatureCelsius: number;
  readonly windKmh: number;
  readonly observedAt: string;
}

/** The weather of a city: REST with an ETag. The service says itself how long its answer is good for. */
export const weather = rest('weather', {
  baseUrl: env('WEATHER_URL', 'http://127.0.0.1:4104'),
  timeoutMs: 2_000,
  operations: {
    current: get<{ cityId: string }, Weather>('/weather/{cityId}', {
      scope: 'public',
      cache: { ttlMs: 30_000, staleIfErrorMs: 600_000 },
    }),
  },
});
