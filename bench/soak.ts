/**
 * So many GraphQL requests of every kind: the same, unique documents, unique keys, errors, nonsense, clients that leave.
 * What the server holds is read along the way: memory, heap, descriptors and timers must not grow with what has passed.
 * `npm run bench -- soak 1000000` runs a million.
 */
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { startProcess } from './support/child.ts';

const total = Number(process.argv[2] ?? 60_000);
const workers = 16;
const samples = 40;

const good = await listen((request, response) => sendItem(request.url, response));
/** Of ten: one resets, one fails, one answers nonsense, one is late; the others answer. */
let turn = 0;
const bad = await listen((request, response) => {
  const what = turn++ % 10;
  if (what === 0) request.socket.resetAndDestroy();
  else if (what === 1) response.writeHead(503).end('{}');
  else if (what === 2) response.end('<h1>nonsense</h1>');
  else if (what === 3) setTimeout(() => sendItem(request.url, response), 30);
  else sendItem(request.url, response);
});
const env = { GOOD_URL: good, BAD_URL: bad, PORT: '0', ADMIN_PORT: '0', LOG_LEVEL: 'error', REDIS_URL: '' };
const graph = await startProcess(['dist/cli/main.js', 'start', 'test/faults/project'], { core: 0, env });
const adminUrl = graph.line(/metrics.*?(http:\/\/[\d.:]+)/);
const pool = new Pool(graph.url, { connections: workers, pipelining: 1 });

interface Sample {
  readonly requests: number;
  readonly residentMegabytes: number;
  readonly heapMegabytes: number;
  readonly descriptors: number;
}
const seen: Sample[] = [];
const codes = new Map<string, number>();
let sent = 0;

await Promise.all(Array.from({ length: workers }, work));
seen.push(await sample());
await pool.close();
await graph.stop();
const settled = seen.slice(Math.floor(seen.length / 2));
const slope = (read: (each: Sample) => number): number =>
  slopeOf(settled.map((each) => [each.requests, read(each)]));
for (const each of seen.filter((_, index) => index % 5 === 0 || index === seen.length - 1)) console.log(each);
console.log('answers by code:', Object.fromEntries(codes));
console.log(
  JSON.stringify({
    requests: sent,
    residentMegabytes: rounded(seen.at(-1)?.residentMegabytes ?? 0),
    residentKilobytesPer1000: rounded(slope(({ residentMegabytes }) => residentMegabytes) * 1_024 * 1_000),
    heapKilobytesPer1000: rounded(slope(({ heapMegabytes }) => heapMegabytes) * 1_024 * 1_000),
    descriptors: seen.at(-1)?.descriptors ?? 0,
  }),
);
process.exit(0);

async function work(): Promise<void> {
  while (sent < total) {
    const number = sent++;
    if (number % Math.ceil(total / samples) === 0) seen.push(await sample());
    const leaves = number % 20 === 7;
    const controller = new AbortController();
    if (leaves) setTimeout(() => controller.abort(), 1);
    try {
      const { body } = await pool.request({
        method: 'POST',
        path: '/graphql',
        headers: { 'content-type': 'application/json' },
        body: bodyOf(number),
        signal: leaves ? controller.signal : null,
      });
      const { errors } = (await body.json()) as { errors?: { extensions: { code: string } }[] };
      for (const code of errors?.map(({ extensions }) => extensions.code) ?? ['OK'])
        codes.set(code, (codes.get(code) ?? 0) + 1);
    } catch (thrown) {
      if (!leaves) throw thrown;
      codes.set('left', (codes.get('left') ?? 0) + 1);
    }
  }
}

function bodyOf(number: number): string {
  switch (number % 8) {
    case 0:
      return JSON.stringify({ query: `{ unique${number}: good(id: 1) { name } }` });
    case 1:
      return JSON.stringify({
        query: 'query ($id: ID!) { kept(id: $id) { name } }',
        variables: { id: `k${number}` },
      });
    case 2:
      return JSON.stringify({
        query: 'query ($id: ID!) { good(id: $id) { name } bad(id: $id) { name } }',
        variables: { id: number },
      });
    case 3:
      return JSON.stringify({ query: '{ throws bad(id: 1) { name } }' });
    case 4:
      return JSON.stringify({ query: `{ nothing${number} }` });
    case 5:
      return '{"query": ';
    default:
      return JSON.stringify({ query: '{ kept(id: 1) { name count } good(id: 1) { name } }' });
  }
}

async function sample(): Promise<Sample> {
  const metrics = await (await fetch(`${await adminUrl}/metrics`)).text();
  const figure = (name: string): number => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(metrics)?.[1] ?? 0);
  return {
    requests: sent,
    residentMegabytes: residentMegabytes(),
    heapMegabytes: figure('nodejs_heap_size_used_bytes') / 1_048_576,
    descriptors: figure('process_open_fds'),
  };
}

function residentMegabytes(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${graph.pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
}

/** Least squares. */
function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, each) => sum + each, 0) / values.length;
  const [x, y] = [mean(points.map(([each]) => each)), mean(points.map(([, each]) => each))];
  const over = points.reduce((sum, [px, py]) => sum + (px - x) * (py - y), 0);
  return over / points.reduce((sum, [px]) => sum + (px - x) ** 2, 0);
}

function sendItem(url: string | undefined, response: Parameters<RequestListener>[1]): void {
  const id = decodeURIComponent((url ?? '').split('/').at(-1) ?? '');
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ id, name: `name of ${id}`, count: 1 }));
}

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
