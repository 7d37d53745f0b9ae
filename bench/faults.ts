/**
 * What a backend's bad day costs the others: their p99 alone, and while a neighbour that is asked three times as much
 * misbehaves in each way. And what it costs when Redis freezes: the slowest read at that moment, and after it.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { openCache } from '../src/operations/caches/open-cache.ts';
import type { CallContext } from '../src/operations/call.ts';
import { openEngine } from '../src/operations/engine.ts';
import { noLog } from '../src/telemetry/log.ts';
import { noTrace } from '../src/telemetry/trace.ts';
import { get } from '../src/transports/rest/builders.ts';
import { rest } from '../src/transports/rest/rest.ts';

const perSecond = 200;
const pairs = 6;
const durationMs = Number(process.argv[2] ?? 4_000);

type Behaviour = (...args: [...Parameters<RequestListener>, turn: number]) => void;
const well: Behaviour = (_, response) => void setTimeout(() => response.end('{"ok":true}'), 2);
const behaviours: Readonly<Record<string, Behaviour>> = {
  // Says how far chance goes.
  well,
  slow: (_, response) => void setTimeout(() => response.end('{"ok":true}'), 1_000),
  hanging: () => {},
  resetting: ({ socket }) => socket.resetAndDestroy(),
  flapping: (request, response, turn) =>
    turn % 2 === 0 ? well(request, response, turn) : void response.writeHead(503).end('{}'),
  lying: (_, response) => void response.end('<h1>nonsense'),
};

let behaviour: Behaviour = well;
let received = 0;
const bad = await listen((request, response) => behaviour(request, response, received++));
const good = await listen((request, response) => well(request, response, 0));

const figures: Record<string, number> = {};
await round(well, perSecond);
const alone = p99((await round(well, 0)).times);
console.log(`alone: p99 ${alone.toFixed(1)} ms`);
for (const [name, misbehave] of Object.entries(behaviours)) {
  const { besideMs, besideWellMs, load } = await compared(misbehave);
  const growth = besideMs / besideWellMs;
  console.log(
    `beside one that is ${name}: p99 ${besideMs.toFixed(1)} ms, beside one that is well ${besideWellMs.toFixed(1)} (${growth.toFixed(2)} times); its calls ${load.toFixed(2)} times the normal`,
  );
  figures[`${name}P99Growth`] = rounded(growth);
  figures[`${name}Load`] = rounded(load);
}
const redis = await frozenRedis();
if (redis === undefined) console.log('no Redis answers at REDIS_URL or 127.0.0.1:6379: left out');
else
  console.log(
    `when Redis freezes: slowest read ${redis.firstMs.toFixed(1)} ms, p99 after it ${redis.laterMs.toFixed(1)} ms`,
  );
console.log(
  JSON.stringify({
    aloneP99Ms: rounded(alone),
    ...figures,
    ...(redis && { redisFrozenMs: rounded(redis.firstMs), redisFrozenLaterP99Ms: rounded(redis.laterMs) }),
  }),
);
process.exit(0);

/**
 * The p99 of the others beside a neighbour that misbehaves and beside one that is well, in turn, of all rounds together:
 * eight requests decide on the p99 of one round, and a hiccup of the machine on those.
 */
async function compared(
  misbehave: Behaviour,
): Promise<{ besideMs: number; besideWellMs: number; load: number }> {
  const [beside, besideWell]: [number[], number[]] = [[], []];
  let load = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const measure = [
      async () => {
        const of = await round(misbehave, perSecond * 3);
        beside.push(...of.times);
        load += of.load / pairs;
      },
      async () => {
        besideWell.push(...(await round(well, perSecond * 3)).times);
      },
    ];
    for (const one of pair % 2 === 0 ? measure : measure.reverse()) await one();
  }
  return { besideMs: p99(beside), besideWellMs: p99(besideWell), load };
}

/** Asks the good one so many times a second, and the bad one as often as is said. */
async function round(
  of: Behaviour,
  badPerSecond: number,
): Promise<{ times: readonly number[]; load: number }> {
  behaviour = of;
  received = 0;
  const operations = { a: get<{ id: string }, unknown>('/a/{id}') };
  const sources = {
    good: rest('good', { baseUrl: good, timeoutMs: 2_000, operations }),
    bad: rest('bad', { baseUrl: bad, timeoutMs: 2_000, operations }),
  };
  const engine = await openEngine([sources.good, sources.bad], { variables: {} });
  const times: number[] = [];
  const asked: Promise<unknown>[] = [];
  const badAsked: Promise<unknown>[] = [];
  await paced(durationMs, (elapsedMs) => {
    for (; asked.length < (elapsedMs * perSecond) / 1_000; ) {
      const beganAt = performance.now();
      asked.push(
        engine
          .call(sources.good.a)([{ id: String(asked.length) }], contextOf())
          .then(() => times.push(performance.now() - beganAt)),
      );
    }
    while (badAsked.length < (elapsedMs * badPerSecond) / 1_000)
      badAsked.push(engine.call(sources.bad.a)([{ id: String(badAsked.length) }], contextOf()));
  });
  await Promise.all(asked);
  // What still waits would be at work in the next round.
  await Promise.all(badAsked);
  const load = badAsked.length === 0 ? 0 : received / badAsked.length;
  await engine.close();
  return { times, load };
}

async function frozenRedis(): Promise<{ firstMs: number; laterMs: number } | undefined> {
  const url = new URL(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379');
  const way = await freezable(url.hostname, Number(url.port || 6379));
  if (way === undefined) return undefined;
  url.hostname = '127.0.0.1';
  url.port = String(way.port);
  const cache = openCache({ maxEntries: 10, maxBytes: 1_000_000, redisUrl: url.href, log: noLog });
  const source = rest(`frozen${process.pid}`, {
    baseUrl: good,
    operations: { a: get<{ id: string }, unknown>('/a/{id}', { scope: 'public', cache: { ttlMs: 60_000 } }) },
  });
  const engine = await openEngine([source], { variables: {}, cache });
  let id = 0;
  const read = async (): Promise<number> => {
    const beganAt = performance.now();
    await engine.call(source.a)([{ id: String(id++) }], contextOf());
    return performance.now() - beganAt;
  };
  for (let index = 0; index < 100; index++) await read();
  way.freeze();
  const first = await Promise.all(Array.from({ length: 20 }, read));
  const later: number[] = [];
  for (let index = 0; index < 200; index++) later.push(await read());
  return { firstMs: Math.max(...first), laterMs: p99(later) };
}

/** A way to a server that can be made to pass nothing on. */
async function freezable(host: string, port: number): Promise<{ port: number; freeze(): void } | undefined> {
  const reachable = await new Promise<boolean>((resolve) => {
    const socket = connect(port, host, () => resolve(true)).on('error', () => resolve(false));
    socket.once('connect', () => socket.end());
  });
  if (!reachable) return undefined;
  const sockets = new Set<Socket>();
  let frozen = false;
  const server = createTcpServer((client) => {
    const there = connect(port, host);
    for (const socket of [client, there]) sockets.add(socket.on('error', () => {}));
    if (!frozen) client.pipe(there).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    freeze() {
      frozen = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}

/** Calls a function every few milliseconds with the time that has passed. */
function paced(forMs: number, tick: (elapsedMs: number) => void): Promise<void> {
  const beganAt = performance.now();
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const elapsedMs = performance.now() - beganAt;
      tick(Math.min(elapsedMs, forMs));
      if (elapsedMs < forMs) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
}

function contextOf(): CallContext {
  return {
    caller: { id: 'bench', audience: 'INTERNAL', tenant: 'bench' },
    signal: new AbortController().signal,
    deadline: performance.now() + 10_000,
    requestId: 'bench',
    trace: noTrace,
  };
}

async function listen(handler: RequestListener): Promise<string> {
  const server: Server = createServer((request, response) => {
    request.socket.setNoDelay(true);
    response.setHeader('content-type', 'application/json');
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function p99(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
