import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startDispatch } from '../../backends/dispatch/server.ts';
import { startRides } from '../../backends/rides/server.ts';
import { startTariffs } from '../../backends/tariffs/server.ts';
import { startWeather } from '../../backends/weather/server.ts';
import { callsOf, getJson, setFaults, withBackend } from './clients.ts';

const all = { rides: startRides, tariffs: startTariffs, dispatch: startDispatch, weather: startWeather };

describe.each(Object.entries(all))('%s', (name, start) => {
  test('answers health pings without counting them', () =>
    withBackend(start, async (url) => {
      const { status, body } = await getJson<{ name: string }>(`${url}/health`);
      expect([status, body.name]).toEqual([200, name]);
      expect(await callsOf(url)).toEqual({ total: 0, byOperation: {} });
    }));

  test('counts what it does not know and forgets on reset', () =>
    withBackend(start, async (url) => {
      expect((await fetch(`${url}/nothing/here`)).status).toBe(404);
      expect(await callsOf(url)).toEqual({ total: 1, byOperation: { '(unknown)': 1 } });
      await fetch(`${url}/calls/reset`, { method: 'POST' });
      expect(await callsOf(url)).toEqual({ total: 0, byOperation: {} });
    }));

  test('refuses a body over 1 MB', () =>
    withBackend(start, async (url) => {
      const response = await fetch(`${url}/nothing`, { method: 'POST', body: 'x'.repeat(1_000_001) });
      expect(response.status).toBe(413);
    }));

  test('survives what is no HTTP path, and shows no stack', () =>
    withBackend(start, async (url) => {
      for (const target of ['/%ZZ', '//evil/x', 'http://evil/rides', '*', '/%00/../..']) {
        const answer = await rawGet(url, target);
        expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
        expect(answer).not.toMatch(/\n\s+at |\.ts:/);
      }
      expect((await fetch(`${url}/health`)).status).toBe(200);
    }));
});

describe('closing', () => {
  test('lets a request in flight end, and does not wait for connections kept alive', async () => {
    const backend = await startWeather({ port: 0 });
    await setFaults(backend.url, { delayMs: 150 });
    const answer = fetch(`${backend.url}/weather`);
    while ((await callsOf(backend.url)).total === 0);
    const startedAt = performance.now();
    await backend.close();
    expect((await answer).status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    await expect(fetch(`${backend.url}/health`)).rejects.toThrow();
  });

  test('makes a port in use an error of the start', async () => {
    await withBackend(startWeather, async (url) => {
      const port = Number(new URL(url).port);
      await expect(startWeather({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    });
  });
});

describe('faults', () => {
  test('make every counted request answer as told, until they are deleted', () =>
    withBackend(startWeather, async (url) => {
      await setFaults(url, {
        status: 503,
        body: '<html>',
        contentType: 'text/html',
        headers: { 'Retry-After': '1' },
      });
      const spoilt = await fetch(`${url}/weather/LIS`);
      expect([spoilt.status, await spoilt.text()]).toEqual([503, '<html>']);
      expect([spoilt.headers.get('content-type'), spoilt.headers.get('retry-after')]).toEqual([
        'text/html',
        '1',
      ]);
      expect((await fetch(`${url}/health`)).status).toBe(200);
      await fetch(`${url}/faults`, { method: 'DELETE' });
      expect((await fetch(`${url}/weather/LIS`)).status).toBe(200);
      expect(await callsOf(url)).toEqual({ total: 2, byOperation: { 'GET /weather/{cityId}': 2 } });
    }));

  test('delay an answer', () =>
    withBackend(startWeather, async (url) => {
      await setFaults(url, { delayMs: 120 });
      const startedAt = performance.now();
      expect((await fetch(`${url}/weather`)).status).toBe(200);
      expect(performance.now() - startedAt).toBeGreaterThan(100);
    }));

  test('cut an answer into a whole but shorter one', () =>
    withBackend(startWeather, async (url) => {
      await setFaults(url, { cut: 10 });
      expect(await (await fetch(`${url}/weather/LIS`)).text()).toBe('{"cityId":');
    }));

  test('hang up in the middle, or before the status line', () =>
    withBackend(startWeather, async (url) => {
      await setFaults(url, { cut: 10, hangUp: true });
      const response = await fetch(`${url}/weather/LIS`);
      await expect(response.text()).rejects.toThrow();
      await setFaults(url, { cut: 0, hangUp: true });
      await expect(fetch(`${url}/weather/LIS`)).rejects.toThrow();
    }));

  test('drop a request before it is read, or answer late what was done', () =>
    withBackend(startRides, async (url) => {
      const leave = new AbortController();
      const cancel = () =>
        fetch(`${url}/rides/RIDE-004990/cancellation`, {
          method: 'POST',
          signal: leave.signal,
          headers: { 'content-type': 'application/json', 'idempotency-key': 'once' },
          body: JSON.stringify({ reason: 'no' }),
        });
      const status = async () =>
        ((await (await fetch(`${url}/rides/RIDE-004990`)).json()) as { status: string }).status;
      const before = await status();
      expect(before).not.toMatch(/CANCELLED|COMPLETED/);
      await setFaults(url, { drop: true, times: 1 });
      await expect(cancel()).rejects.toThrow();
      expect(await status()).toBe(before);
      await setFaults(url, { lateMs: 30_000, times: 1 });
      const late = cancel();
      const worked = async () => (await callsOf(url)).byOperation['POST /rides/{id}/cancellation'];
      await expect.poll(worked).toBe(1);
      expect(await status()).toBe('CANCELLED');
      leave.abort();
      await expect(late).rejects.toThrow();
    }));

  test('concern a share of the requests, each with a fault of its own, the same ones every time', () =>
    withBackend(startWeather, async (url) => {
      const ask = async () => {
        await setFaults(url, { rate: 0.5, anyOf: [{ status: 500 }, { status: 503 }] });
        const statuses = [];
        for (let asked = 0; asked < 40; asked += 1) statuses.push((await fetch(`${url}/weather`)).status);
        return statuses;
      };
      const statuses = await ask();
      expect(new Set(statuses)).toEqual(new Set([200, 500, 503]));
      expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(10);
      expect(await ask()).toEqual(statuses);
    }));

  test('end by themselves after so many requests', () =>
    withBackend(startWeather, async (url) => {
      await setFaults(url, { status: 500, times: 2 });
      const statuses = [];
      for (let attempt = 0; attempt < 3; attempt += 1) statuses.push((await fetch(`${url}/weather`)).status);
      expect(statuses).toEqual([500, 500, 200]);
    }));

  test.each([
    [[], 'Faults must be a JSON object.'],
    [{ delay: 5 }, '"delay" is no fault; known are drop, delayMs'],
    [{ status: 99 }, '"status" must be an HTTP status from 200 to 599.'],
    [{ hangUp: true }, '"hangUp" needs "cut".'],
    [{ drop: 1 }, '"drop" must be true or false.'],
    [{ rate: 2 }, '"rate" must be from 0 to 1.'],
    [{ anyOf: [] }, '"anyOf" must be a list of 1 to 100 faults.'],
    [{ anyOf: [{ delay: 5 }] }, '"delay" is no fault'],
    [{ headers: { a: 'b\r\nc' } }, '"headers" must be an object'],
  ])('that are wrong (%j) are refused by name', (faults, detail) =>
    withBackend(startWeather, async (url) => {
      const response = await setFaults(url, faults);
      expect(response.status).toBe(400);
      expect(((await response.json()) as { detail: string }).detail).toContain(detail);
    }),
  );
});

/** A GET with a target that fetch would tidy up. */
function rawGet(url: string, target: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (text) => {
      answer += text;
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(answer));
    socket.write(`GET ${target} HTTP/1.1\r\nHost: backend\r\nConnection: close\r\n\r\n`);
  });
}
