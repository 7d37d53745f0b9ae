import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareWarehouse } from '../../etl/warehouse/open.ts';
import { errorTable } from '../../src/errors.ts';
import { openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { redisAtHand } from '../support/redis.ts';
import {
  ask,
  type Backends,
  backendNames,
  type Graph,
  seedFleet,
  startBackends,
  startGraph,
  variablesOf,
} from '../support/reference-graph.ts';
import { eventually, tally } from './harness/faulty.ts';
import { openTcpFault, type TcpFault, type Way } from './harness/tcp-fault.ts';

/** Three minutes where that is asked for: `DAY_SECONDS=180`. */
const daySeconds = Number(process.env.DAY_SECONDS ?? 30);

const questions = {
  board:
    '{ rides(first: 20) { nodes { id status driver { name vehicle { plate } } fare { total currency } weather { summary } } } }',
  ride: '{ ride(id: "RIDE-000100") { id status pickup { latitude } driver { name rating } fare { total } } }',
  driver: '{ driver(id: "D0007") { id name vehicle { make model plate } } }',
  cities: '{ cities { id name } }',
} as const;
type Question = keyof typeof questions;

interface Shown {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly path?: readonly unknown[];
    readonly extensions: { readonly code: string };
  }[];
}

/** Every way to everything that the graph needs, each of which can be taken away. */
interface Company {
  readonly ways: Readonly<Record<string, TcpFault>>;
  readonly graph: Graph;
  close(): Promise<void>;
}

async function openCompany(database: TestDatabase, redisUrl: string): Promise<Company> {
  const backends: Backends = await startBackends();
  const ways: Record<string, TcpFault> = {};
  const wayTo = async (name: string, address: string, port: number): Promise<string> => {
    const url = new URL(address);
    const way = await openTcpFault({ host: url.hostname, port: Number(url.port || port) });
    ways[name] = way;
    url.hostname = '127.0.0.1';
    url.port = String(way.port);
    return url.href;
  };
  const variables: Record<string, string> = {};
  for (const [name, url] of Object.entries(variablesOf(backends)))
    variables[name] = await wayTo(name.replace('_URL', '').toLowerCase(), url, 80);
  await seedFleet({ FLEET_DATABASE_URL: database.url });
  // Asked by readiness alone: what is in it is none of this day's questions.
  const folder = await mkdtemp(join(tmpdir(), 'tributary-day-'));
  variables.WAREHOUSE_DATABASE_URL = `sqlite:${join(folder, 'warehouse.db')}`;
  await prepareWarehouse(variables.WAREHOUSE_DATABASE_URL);
  variables.FLEET_DATABASE_URL = await wayTo('fleet', database.url, 5432);
  variables.REDIS_URL = await wayTo('redis', redisUrl, 6379);
  const graph = await startGraph({ ...variables, LOG_LEVEL: 'error' });
  return {
    ways,
    graph,
    async close() {
      await graph.process.stop();
      await Promise.all(backendNames.map((name) => backends[name].process.stop()));
      await Promise.all(Object.values(ways).map((way) => way.close()));
      await rm(folder, { recursive: true });
    },
  };
}

describe('a day in the life', () => {
  let company: Company | undefined;
  let database: TestDatabase | undefined;
  let missing: string | undefined;

  beforeAll(async () => {
    const redis = await redisAtHand();
    const postgres = await openTestDatabase('postgres');
    if ('reason' in redis) missing = redis.reason;
    else if ('missing' in postgres) missing = postgres.missing;
    else {
      database = postgres;
      company = await openCompany(postgres, redis.url);
    }
  });
  afterAll(async () => {
    await company?.close();
    await database?.drop();
  });

  it(
    'no crash, no wrong data, every error coded, full recovery, while everything is taken away in turn',
    async (test) => {
      if (company === undefined) return test.skip(missing ?? 'no services');
      const { graph, ways } = company;
      const reference = new Map<Question, Shown>();
      for (const [name, query] of Object.entries(questions) as [Question, string][]) {
        const answer = await ask<Shown>(graph.url, query);
        expect(answer.errors).toBeUndefined();
        reference.set(name, answer);
      }
      const memoryBefore = residentMegabytes(graph);
      const seen: string[] = [];
      let over = false;
      const client = async (offset: number): Promise<void> => {
        const names = Object.keys(questions) as Question[];
        for (let turn = offset; !over; turn++) {
          const name = names[turn % names.length] as Question;
          const left = turn % 37 === 0 ? AbortSignal.timeout(5) : undefined;
          const answer = await post(graph.url, questions[name], left);
          if (answer === 'left') continue;
          seen.push(...codesOf(answer));
          assertTrue(answer, reference.get(name) as Shown, name);
        }
      };
      const clients = Array.from({ length: 6 }, (_, index) => client(index));
      const names = Object.keys(ways);
      const faults: readonly Way[] = [
        { is: 'off' },
        { is: 'frozen' },
        { is: 'slow', ms: 100 },
        { is: 'cut', afterBytes: 400 },
      ];
      const end = performance.now() + daySeconds * 1_000;
      const betweenMs = Math.min(1_500, (daySeconds * 1_000) / (names.length * faults.length) / 2);
      for (let turn = 0; performance.now() < end; turn++) {
        const way = ways[names[turn % names.length] as string] as TcpFault;
        way.set(faults[(turn + Math.floor(turn / names.length)) % faults.length] as Way);
        await passes(betweenMs);
        way.set({ is: 'open' });
        await passes(betweenMs);
      }
      // Full recovery: everything is asked until it is whole again, and equal to what it was before.
      for (const [name, query] of Object.entries(questions) as [Question, string][])
        await eventually(async () => {
          const answer = await ask<Shown>(graph.url, query);
          return (
            answer.errors === undefined &&
            JSON.stringify(answer.data) === JSON.stringify(reference.get(name)?.data)
          );
        }, 60_000);
      over = true;
      await Promise.all(clients);
      expect(graph.process.child.exitCode).toBeNull();
      expect(await readiness(graph)).toEqual({ status: 'ready', down: [], cache: 'up' });
      const codes = tally(seen);
      expect(codes.OK).toBeGreaterThan(daySeconds * 5);
      expect(Object.keys(codes).length).toBeGreaterThan(1);
      expect(codes.INTERNAL_SERVER_ERROR).toBeUndefined();
      for (const code of Object.keys(codes)) expect(code === 'OK' || code in errorTable).toBe(true);
      expect(residentMegabytes(graph)).toBeLessThan(memoryBefore + 300);
    },
    (daySeconds + 120) * 1_000,
  );
});

/** Answers may lack what failed. What they hold is what was there before: never anything else. */
function assertTrue(answer: Shown, reference: Shown, name: string): void {
  if (answer.data === undefined || answer.data === null) {
    expect(answer.errors?.length, `${name} without data`).toBeGreaterThan(0);
    return;
  }
  const failed = new Set((answer.errors ?? []).map(({ path }) => path?.join('.')));
  compare(answer.data, reference.data, '', failed);
}

/** Compares two answers. A null may stand where an error says so; lists of what moves with the hour are left alone. */
function compare(
  actual: unknown,
  expected: unknown,
  path: string,
  failed: ReadonlySet<string | undefined>,
): void {
  if (actual === null && expected !== null) {
    expect(
      failed.has(path) || [...failed].some((each) => each?.startsWith(`${path}.`)),
      `null without an error at ${path}`,
    ).toBe(true);
    return;
  }
  if (typeof expected !== 'object' || expected === null) {
    expect(actual, path).toEqual(expected);
    return;
  }
  expect(Object.keys(actual as object), path).toEqual(Object.keys(expected));
  for (const [key, value] of Object.entries(expected))
    compare((actual as Record<string, unknown>)[key], value, path === '' ? key : `${path}.${key}`, failed);
}

async function post(url: string, query: string, signal: AbortSignal | undefined): Promise<Shown | 'left'> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
      ...(signal !== undefined && { signal }),
    });
    return (await response.json()) as Shown;
  } catch (thrown) {
    if (signal?.aborted) return 'left';
    throw thrown;
  }
}

function codesOf({ errors }: Shown): string[] {
  return errors === undefined ? ['OK'] : errors.map(({ extensions }) => extensions.code);
}

/** What the readiness page says in the end. */
async function readiness({ adminUrl }: Graph): Promise<unknown> {
  const end = performance.now() + 30_000;
  let page: unknown;
  do page = await (await fetch(`${adminUrl}/health/ready`)).json();
  while ((page as { status: string }).status !== 'ready' && performance.now() < end);
  return page;
}

function residentMegabytes({ process: { child } }: Graph): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)]).toString()) / 1_024;
}

/** The day passes: what goes on in it is what the clients do. */
function passes(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
