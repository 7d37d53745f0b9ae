import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedRows } from '../../backends/fleet/data.ts';
import { randomFor } from '../../backends/shared/random.ts';
import { connectionOf } from '../../etl/export/connection.ts';
import { formatOf } from '../../etl/export/formats.ts';
import { openGraph } from '../../etl/graph.ts';
import {
  type Backend,
  type Graph,
  type RunningProcess,
  seedFleet,
  startBackend,
  startGraph,
  startNode,
} from '../support/reference-graph.ts';

let folder: string;
let rides: Backend;
let graph: Graph;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-export-'));
  rides = await startBackend('rides');
  const variables = { RIDES_URL: rides.url, FLEET_DATABASE_URL: `sqlite:${join(folder, 'fleet.db')}` };
  await seedFleet(variables);
  graph = await startGraph(variables);
});
afterAll(async () => {
  await graph.process.stop();
  await rides.process.stop();
  await rm(folder, { recursive: true });
});

const driversQuery = `query Drivers($first: Int! = 60, $after: String) {
  drivers(first: $first, after: $after) {
    edges { node { ...Person } }
    pageInfo { endCursor hasNextPage }
  }
}
fragment Person on Driver { id fullName: name rating vehicle { make plate colour } city { name } }`;

const ridesQuery = `query Rides($after: String) {
  rides(first: 50, after: $after) {
    nodes { id status pickup { address } cancelReason }
    pageInfo { hasNextPage endCursor }
  }
}`;

let count = 0;
async function fileOf(text: string): Promise<string> {
  count += 1;
  const file = join(folder, `query-${count}.graphql`);
  await writeFile(file, text);
  return file;
}

function startExport(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningProcess {
  return startNode(['dist/etl/export/main.js', ...args], { TRIBUTARY_URL: graph.url, ...env });
}

async function runExport(...args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const running = startExport(args);
  const code = await running.ended;
  return { code, said: running.lines.join('\n') };
}

/** What one node of a list becomes. */
function csvOf(selection: string, node: Readonly<Record<string, unknown>>): string {
  const query = `query ($after: String) { all(after: $after) { nodes { ${selection} } pageInfo { hasNextPage endCursor } } }`;
  return formatOf('csv', connectionOf(query)).lines([node]);
}

const linesOf = async (file: string): Promise<unknown[]> =>
  (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

/** RFC 4180, for the test: fields between commas, quotes doubled inside quotes. */
function csvRows(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)?.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
    if (end === '') break;
  }
  return rows.slice(0, -1);
}

describe('npm run export', () => {
  it('writes every node of every page once, as the graph answers it', async () => {
    const out = join(folder, 'drivers.ndjson');
    const { code, said } = await runExport(await fileOf(driversQuery), '--out', out);
    expect([code, said]).toEqual([0, expect.stringContaining('export: done, 400 in all')]);
    const answer = await graph.ask<{ data: { drivers: { edges: readonly { node: unknown }[] } } }>(
      driversQuery,
      {
        first: 500,
      },
    );
    expect(await linesOf(out)).toEqual(answer.data.drivers.edges.map(({ node }) => node));
    await expect(readFile(`${out}.state.json`)).rejects.toThrow('ENOENT');
  });

  it('writes CSV with a column for every field, whatever stands in it', async () => {
    const out = join(folder, 'drivers.csv');
    const query = await fileOf(driversQuery);
    const { code } = await runExport(query, '--format', 'csv', '--out', out, '--variables', '{"first": 70}');
    expect(code).toBe(0);
    const [head, ...rows] = csvRows(await readFile(out, 'utf8'));
    expect(head).toEqual([
      'id',
      'fullName',
      'rating',
      'vehicle.make',
      'vehicle.plate',
      'vehicle.colour',
      'city.name',
    ]);
    expect(rows).toHaveLength(400);
    const { drivers, vehicles } = seedRows();
    const cities: Record<string, string> = { LIS: 'Lisboa', BER: 'Berlin', OSL: 'Oslo' };
    expect(rows).toEqual(
      drivers.map(([id, name, rating, , cityId]) => {
        const vehicle = vehicles.find((row) => row[1] === id);
        const of = (index: number) => String(vehicle?.[index] ?? '');
        return [id, name, rating, of(2), of(4), of(7), cities[String(cityId)]];
      }),
    );
  });

  it('writes no formula into CSV, and leaves numbers alone', () => {
    for (const text of ['=1+1', '+HYPERLINK("x")', '-2+cmd|x', '@SUM(A1)', '\t=1', '-A1'])
      expect(csvRows(csvOf('a', { a: text }))).toEqual([[`'${text}`]]);
    for (const text of ['-12.30', '+351 912 345-678', '-', "'=1", 'a=1', ' =1'])
      expect(csvRows(csvOf('a', { a: text }))).toEqual([[text]]);
    expect(csvOf('a b', { a: -1.5, b: ['=1'] })).toBe('-1.5,"[""=1""]"\r\n');
  });

  it('killed with kill -9 again and again, goes on and ends with the same file', async () => {
    const query = await fileOf(ridesQuery);
    const [whole, broken] = [join(folder, 'whole.ndjson'), join(folder, 'broken.ndjson')];
    expect((await runExport(query, '--out', whole)).code).toBe(0);
    const random = randomFor('export kills');
    for (let kill = 0; kill < 8; kill += 1) {
      const running = startExport([query, '--out', broken]);
      const pages = random.integer(1, 9);
      await expect
        .poll(() => running.lines.filter((line) => line.endsWith(' written')).length, {
          interval: 1,
          timeout: 15_000,
        })
        .toBeGreaterThanOrEqual(pages);
      running.child.kill('SIGKILL');
      expect(await running.ended).toBeNull();
      // What a machine leaves that stops in the middle of a line.
      if (kill % 2 === 0) await appendFile(broken, '{"id":"RIDE-00');
    }
    const { code, said } = await runExport(query, '--out', broken);
    expect([code, said]).toEqual([0, expect.stringMatching(/^export: \d+ are in .* already\n/)]);
    expect(said).toContain('export: done, 5000 in all');
    expect(await readFile(broken, 'utf8')).toBe(await readFile(whole, 'utf8'));
    expect(new Set((await linesOf(broken)).map((node) => (node as { id: string }).id)).size).toBe(5_000);
  }, 60_000);

  it('leaves a file alone that is not the beginning of this export', async () => {
    const out = join(folder, 'somebody.ndjson');
    await writeFile(out, 'mine\n');
    const query = await fileOf(ridesQuery);
    expect(await runExport(query, '--out', out)).toEqual({
      code: 78,
      said: expect.stringContaining('is there already. Remove it, or give another --out.'),
    });
    expect(await readFile(out, 'utf8')).toBe('mine\n');
    const begun = join(folder, 'begun.ndjson');
    const running = startExport([query, '--out', begun]);
    await running.line(/written/);
    await running.stop('SIGKILL');
    expect(await runExport(query, '--out', begun, '--format', 'csv')).toEqual({
      code: 78,
      said: expect.stringContaining('was begun with another query, other variables or another format'),
    });
  });

  it.each([
    ['{ cities { id } }', /has no paged list/],
    [
      '{ rides { nodes { id } pageInfo { hasNextPage endCursor } } }',
      /`rides` must take its cursor from a variable/,
    ],
    [
      'query A($after: String) { rides(after: $after) { nodes { id } pageInfo { hasNextPage } } }',
      /`rides` must select `endCursor`/,
    ],
    [
      'query A($after: String) { rides(after: $after) { pageInfo { hasNextPage endCursor } } }',
      /`rides` must select `edges`/,
    ],
    [
      'query A($after: String) { a: rides(after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } b: rides(after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }',
      /several paged lists \(`a`, `b`\)/,
    ],
    ['{ rides {', /cannot be read, line 1: Syntax Error/],
    ['mutation { cancelRide(id: "1", reason: "x", idempotencyKey: "k") { id } }', /it holds a mutation/],
  ])('refuses %s and says what it lacks', async (text, message) => {
    const { code, said } = await runExport(await fileOf(text));
    expect([code, said]).toEqual([78, expect.stringMatching(message)]);
  });

  it('refuses a list of objects in CSV, by its name', async () => {
    const text = ridesQuery.replace('cancelReason', 'driver { vehicles { plate } }');
    const { code, said } = await runExport(await fileOf(text), '--format', 'csv');
    expect([code, said]).toEqual([
      78,
      expect.stringContaining('`driver.vehicles` is one: leave it out, or write NDJSON.'),
    ]);
  });

  it.each([
    [['--format', 'xml'], /--format must be one of ndjson, csv/],
    [['--variables', '[1]'], /--variables must be a JSON object/],
    [['--colour'], /--colour/],
  ])('explains itself where it is called with %j', async (args, message) => {
    const { code, said } = await runExport(await fileOf(ridesQuery), ...args);
    expect([code, said]).toEqual([78, expect.stringMatching(message)]);
    expect(said).toContain('npm run export -- QUERY.graphql [options]');
  });

  it('waits for a graph behind a proxy that has a page of its own for bad days, and for no other page', async () => {
    const statuses = [502, 503, 200, 404];
    const server = createServer((_request, response) => {
      const status = statuses.shift() ?? 404;
      response.writeHead(status, { 'content-type': status === 200 ? 'application/json' : 'text/html' });
      response.end(status === 200 ? '{"data":{"a":1}}' : '<h1>Sorry</h1>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const asked = openGraph({ url: `http://127.0.0.1:${port}/graphql`, pauseMs: 1 });
    expect(await asked.ask('{ a }', {})).toEqual({ a: 1 });
    await expect(asked.ask('{ a }', {})).rejects.toThrow('no GraphQL server');
    expect(statuses).toEqual([]);
    server.close();
  });

  it('sends the key of the environment, tries again what may pass, and shows neither key nor address', async () => {
    const keys: unknown[] = [];
    const server = createServer((request, response) => {
      keys.push(request.headers['x-api-key']);
      response.writeHead(keys.length < 3 ? 503 : 401, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          errors: [
            { message: 'No.', extensions: { code: keys.length < 3 ? 'OVERLOADED' : 'UNAUTHENTICATED' } },
          ],
        }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const running = startExport([await fileOf(ridesQuery), '--url', `http://127.0.0.1:${port}/hush`], {
      TRIBUTARY_API_KEY: 'secret-key',
    });
    expect(await running.ended).toBe(1);
    server.close();
    expect(keys).toEqual(['secret-key', 'secret-key', 'secret-key']);
    const said = running.lines.join('\n');
    expect(said).toContain('The graph answered UNAUTHENTICATED: No.');
    expect(said).not.toMatch(/secret-key|hush/);
  });
});
