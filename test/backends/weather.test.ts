import { describe, expect, test } from 'vitest';
import { startWeather } from '../../backends/weather/server.ts';
import { callsOf, getJson, withBackend } from './clients.ts';

describe('weather', () => {
  test('answers each city with a validator and a time to live', () =>
    withBackend(startWeather, async (url) => {
      const response = await fetch(`${url}/weather/OSL`);
      expect(response.headers.get('cache-control')).toBe('max-age=60, stale-if-error=600');
      const observation = (await response.json()) as Record<string, unknown>;
      expect(Object.keys(observation)).toEqual([
        'cityId',
        'summary',
        'temperatureCelsius',
        'windKmh',
        'observedAt',
      ]);
      const { body } = await getJson<{ weather: unknown[] }>(`${url}/weather`);
      expect(body.weather).toHaveLength(3);
      expect(body.weather).toContainEqual(observation);
    }));

  test('answers 304 without a body to whoever has it, and 200 to whoever has another', () =>
    withBackend(startWeather, async (url) => {
      const etag = (await fetch(`${url}/weather/OSL`)).headers.get('etag') as string;
      const known = await fetch(`${url}/weather/OSL`, { headers: { 'if-none-match': etag } });
      expect([known.status, await known.text(), known.headers.get('etag')]).toEqual([304, '', etag]);
      const other = await fetch(`${url}/weather/LIS`, { headers: { 'if-none-match': etag } });
      expect(other.status).toBe(200);
      expect(await callsOf(url)).toEqual({ total: 3, byOperation: { 'GET /weather/{cityId}': 3 } });
    }));

  test('has a problem for an unknown city, another method and a query', () =>
    withBackend(startWeather, async (url) => {
      const { status, body } = await getJson(`${url}/weather/XXX`);
      expect([status, body]).toEqual([
        404,
        { type: 'about:blank', title: 'Not found', status: 404, detail: 'There is no such city.' },
      ]);
      expect((await fetch(`${url}/weather/LIS`, { method: 'DELETE' })).status).toBe(405);
      expect((await fetch(`${url}/weather/LIS?x=1`)).status).toBe(400);
    }));
});
