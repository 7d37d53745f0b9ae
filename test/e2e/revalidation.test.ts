import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Backend, type Graph, seedFleet, startBackend, startGraph } from '../support/reference-graph.ts';

/** One answer of the weather service. */
interface Passed {
  readonly path: string;
  readonly asked: string | undefined;
  readonly status: number;
  readonly etag: string | null;
  readonly bytes: number;
}

/** Stands before the weather service, counts what passes, and says that an answer is good for one second instead of sixty. */
async function openImpatient(weatherUrl: string) {
  const passed: Passed[] = [];
  const server: Server = createServer(async (request, response) => {
    const asked = request.headers['if-none-match'];
    const answer = await fetch(weatherUrl + request.url, {
      headers: asked === undefined ? {} : { 'if-none-match': asked },
    });
    const body = Buffer.from(await answer.arrayBuffer());
    const etag = answer.headers.get('etag');
    if (request.url?.startsWith('/weather'))
      passed.push({ path: request.url, asked, status: answer.status, etag, bytes: body.length });
    response.writeHead(answer.status, {
      ...(etag !== null && { etag }),
      'cache-control': 'max-age=1, stale-if-error=600',
      'content-type': answer.headers.get('content-type') ?? 'application/json',
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

let folder: string;
let backends: readonly Backend[];
let impatient: Awaited<ReturnType<typeof openImpatient>>;
let graph: Graph;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-revalidation-'));
  const [rides, weather] = await Promise.all([startBackend('rides'), startBackend('weather')]);
  backends = [rides, weather];
  impatient = await openImpatient(weather.url);
  const variables = {
    RIDES_URL: rides.url,
    WEATHER_URL: impatient.url,
    FLEET_DATABASE_URL: `sqlite:${join(folder, 'fleet.db')}`,
  };
  await seedFleet(variables);
  graph = await startGraph(variables);
});
afterAll(async () => {
  await graph.process.stop();
  await impatient.close();
  await Promise.all(backends.map(({ process }) => process.stop()));
  await rm(folder, { recursive: true });
});

interface Cities {
  readonly data: { readonly cities: readonly { readonly id: string; readonly weather: object | null }[] };
  readonly errors?: unknown;
}

it('asks for the weather again with its ETag: nothing but 304 without a body comes back, and the answer stays', async () => {
  const query = '{ cities { id weather { summary temperatureCelsius windKmh observedAt } } }';
  const first = await graph.ask<Cities>(query);
  expect(first.errors).toBeUndefined();
  expect(first.data.cities.every(({ weather }) => weather !== null)).toBe(true);
  const whole = [...impatient.passed];
  expect(whole).toHaveLength(first.data.cities.length);
  for (const { asked, status, bytes } of whole) {
    expect([asked, status]).toEqual([undefined, 200]);
    expect(bytes).toBeGreaterThan(50);
  }
  // Asked until the second is over: what is kept as fresh is not asked for, and answers the same.
  const end = performance.now() + 30_000;
  while (impatient.passed.length < whole.length * 2) {
    expect(performance.now()).toBeLessThan(end);
    // It may say that it is stale, while it is asked for.
    const { data, errors } = await graph.ask<Cities>(query);
    expect([data, errors]).toEqual([first.data, undefined]);
  }
  const again = impatient.passed.slice(whole.length, whole.length * 2);
  const etags = new Map(whole.map(({ path, etag }) => [path, etag]));
  for (const { path, asked, status, bytes } of again) {
    expect(asked).toBe(etags.get(path));
    expect([status, bytes]).toEqual([304, 0]);
  }
}, 60_000);
