import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, printSchema, validate } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Audience, Caller } from '../../src/caller.ts';
import { openAudienceExecutions } from '../../src/execution/audience-executions.ts';
import type { Execution, OperationResult } from '../../src/execution/execution.ts';
import type { Project } from '../../src/graph/project.ts';
import { processCache } from '../../src/operations/caches/process-cache.ts';
import { type OperationEngine, openEngine } from '../../src/operations/engine.ts';
import { openTelemetry, type Telemetry } from '../../src/telemetry/telemetry.ts';
import { steadyClock } from '../../src/util/clock.ts';
import { loadGood } from '../graph/load.ts';
import {
  type Backends,
  board,
  callsOf,
  resetCalls,
  seedFleet,
  startBackends,
  variablesOf,
} from '../support/reference-graph.ts';

const callers = {
  open: { id: 'visitor', audience: 'OPEN', tenant: undefined },
  aster: { id: 'aster', audience: 'PARTNER', tenant: 'aster-hotels', isAuthenticated: true },
  staff: { id: 'staff', audience: 'INTERNAL', tenant: undefined, isAuthenticated: true },
} as const satisfies Record<string, Caller>;

let folder: string;
let backends: Backends;
let engine: OperationEngine;
let telemetry: Telemetry;
let project: Project;
let execution: Execution;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-audiences-'));
  backends = await startBackends();
  const variables = {
    ...variablesOf(backends),
    FLEET_DATABASE_URL: `sqlite:${join(folder, 'fleet.db')}`,
    WAREHOUSE_DATABASE_URL: `sqlite:${join(folder, 'warehouse.db')}`,
  };
  await seedFleet(variables);
  project = await loadGood(fileURLToPath(new URL('../..', import.meta.url)));
  telemetry = await openTelemetry({ logLevel: 'silent' });
  const cache = processCache({ maxEntries: 10_000, maxBytes: 10_000_000, clock: steadyClock });
  const datasources = project.datasources.map(({ datasource }) => datasource);
  engine = await openEngine(datasources, { variables, log: telemetry.log, cache });
  const { contracts, config } = project;
  execution = await openAudienceExecutions({ contracts, config, engine, telemetry, cache });
}, 60_000);

afterAll(async () => {
  await execution?.close();
  await engine?.close();
  await telemetry?.close();
  await Promise.all(Object.values(backends ?? {}).map(({ process }) => process.stop()));
  await rm(folder, { recursive: true });
});

beforeEach(() => resetCalls(backends));

async function ask(caller: Caller, text: string): Promise<OperationResult> {
  const document = parse(text);
  const schema = project.contracts.get(caller.audience);
  const errors = schema ? validate(schema, document) : [];
  if (errors[0]) throw errors[0];
  return execution.execute({
    document,
    caller,
    signal: new AbortController().signal,
    deadline: performance.now() + 10_000,
    requestId: 'test',
    trace: telemetry.request('test', undefined).trace,
  });
}

interface Rides {
  readonly rides: { readonly nodes: readonly { readonly id: string }[] } | null;
}

/** The ids of the seeded rides that a partner sold, the newest first. */
const sold = (first: number): string[] =>
  Array.from({ length: first }, (_, index) => `RIDE-${String(4_991 - 10 * index).padStart(6, '0')}`);

describe('the reference graph', () => {
  it('is whole for the company, with as many calls as ever', async () => {
    const { data, errors } = await ask(callers.staff, board);
    expect(errors).toBeUndefined();
    expect((data as unknown as Rides).rides?.nodes).toHaveLength(100);
    expect(await callsOf(backends)).toMatchObject({ rides: 1, tariffs: 1, weather: 3 });
  });

  it('Z05: shows a partner the rides that the partner sold, and no others by any way', async () => {
    const { data } = await ask(
      callers.aster,
      '{ rides(first: 100) { nodes { id status fare { total } } pageInfo { hasNextPage } } }',
    );
    expect((data as unknown as Rides).rides?.nodes.map(({ id }) => id)).toEqual(sold(100));
    expect((await ask(callers.aster, '{ ride(id: "RIDE-004991") { id } }')).data).toEqual({
      ride: { id: 'RIDE-004991' },
    });
    expect((await ask(callers.aster, '{ ride(id: "RIDE-004994") { id fare { total } } }')).data).toEqual({
      ride: null,
    });
    expect((await ask(callers.aster, '{ ride(id: "RIDE-000002") { id } }')).data).toEqual({ ride: null });
    expect((await ask(callers.staff, '{ ride(id: "RIDE-004994") { partnerId } }')).data).toEqual({
      ride: { partnerId: 'blue-line' },
    });
    const stray = { ...callers.aster, id: 'stray', tenant: undefined };
    expect((await ask(stray, '{ rides { nodes { id } } }')).data).toEqual({ rides: null });
  });

  it('Z05: lets a partner cancel no ride of another, nor tells that there is one', async () => {
    const cancel = (id: string) =>
      ask(
        callers.aster,
        `mutation { cancelRide(id: "${id}", reason: "why", idempotencyKey: "k-${id}") { id } }`,
      );
    const codes = async (id: string) =>
      (await cancel(id)).errors?.map(({ extensions, message }) => [extensions.code, message]);
    const denied = await codes('RIDE-004994');
    expect(denied).toEqual([['NOT_FOUND', 'There is no such thing.']]);
    expect(await codes('RIDE-999999')).toEqual(denied);
    expect((await ask(callers.staff, '{ ride(id: "RIDE-004994") { cancelReason } }')).data).toEqual({
      ride: { cancelReason: null },
    });
  });

  it('Z05: keeps the idempotency keys of partners apart', async () => {
    const blue = { ...callers.aster, id: 'blue', tenant: 'blue-line' } as const;
    const at = (latitude: number) => `{ latitude: ${latitude}, longitude: 13.4, address: "Somewhere" }`;
    const wish = `mutation {
      requestRide(
        input: { riderId: "R00001", pickup: ${at(52.5)}, dropoff: ${at(52.51)} }
        idempotencyKey: "first"
      ) { id }
    }`;
    const made = async (caller: Caller) => {
      const { data, errors } = await ask(caller, wish);
      expect(errors).toBeUndefined();
      return (data as { requestRide: { id: string } }).requestRide.id;
    };
    const [one, other] = [await made(callers.aster), await made(blue)];
    expect(other).not.toBe(one);
    expect(await made(callers.aster)).toBe(one);
    const cancel = (caller: Caller, id: string) =>
      ask(caller, `mutation { cancelRide(id: "${id}", reason: "why", idempotencyKey: "k") { status } }`);
    for (const [caller, id] of [
      [callers.aster, one],
      [blue, other],
      [callers.aster, one],
    ] as const)
      expect(await cancel(caller, id)).toEqual({ data: { cancelRide: { status: 'CANCELLED' } } });
    // An empty one is none.
    expect((await ask(blue, wish.replace('"first"', '""'))).errors?.[0]?.extensions.code).toBe(
      'BAD_USER_INPUT',
    );
  });

  it('shows everybody cities, weather and fares, and no more', async () => {
    const { data, errors } = await ask(callers.open, '{ cities { name weather { summary } } }');
    expect(errors).toBeUndefined();
    expect((data as { cities: object[] }).cities).toHaveLength(3);
    const contract = (audience: Audience): string => printSchema(project.contracts.get(audience)!);
    expect(Object.keys(project.contracts.get('OPEN')?.getQueryType()?.getFields() ?? {})).toEqual([
      'cities',
      'fareEstimates',
    ]);
    expect(contract('OPEN')).not.toMatch(/Ride\b|Driver|Rider|Payment|phone|Mutation/);
    expect(contract('PARTNER')).not.toMatch(/phone|licenceNumber|Rider\b|churnRisk|Payment|partnerId/);
    expect(contract('INTERNAL')).toMatch(/phone[\s\S]*churnRisk/);
  });
});
