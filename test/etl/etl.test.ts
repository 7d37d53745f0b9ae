import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomFor } from '../../backends/shared/random.ts';
import { openGraph } from '../../etl/graph.ts';
import { progressTo } from '../../etl/progress.ts';
import { writeRejectedFile } from '../../etl/rejected-file.ts';
import { runEtl as loadAll } from '../../etl/run.ts';
import type { Database } from '../../etl/warehouse/database.ts';
import { openWarehouse } from '../../etl/warehouse/open.ts';
import { tables } from '../../etl/warehouse/tables.ts';
import { openTestDatabase, type TestDatabase } from '../support/databases.ts';
import {
  type Backends,
  backendNames,
  type Graph,
  type RunningProcess,
  seedFleet,
  startBackends,
  startGraph,
  startNode,
  variablesOf,
} from '../support/reference-graph.ts';
import { type ExpectedFact, expectedFacts, importedRecords } from './expected.ts';

let folder: string;
let backends: Backends;
let graph: Graph;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-etl-'));
  backends = await startBackends();
  const variables = { ...variablesOf(backends), FLEET_DATABASE_URL: `sqlite:${join(folder, 'fleet.db')}` };
  await seedFleet(variables);
  graph = await startGraph({ ...variables, WAREHOUSE_DATABASE_URL: `sqlite:${join(folder, 'none.db')}` });
});
afterAll(async () => {
  await graph.process.stop();
  await Promise.all(backendNames.map((name) => backends[name].process.stop()));
  await rm(folder, { recursive: true });
});

const startEtl = (warehouse: string, rejected: string, pageSize = 200): RunningProcess =>
  startNode(['dist/etl/main.js', '--rejected', rejected, '--page-size', String(pageSize)], {
    TRIBUTARY_URL: graph.url,
    WAREHOUSE_DATABASE_URL: warehouse,
  });

async function runEtl(warehouse: string, rejected: string): Promise<string> {
  const running = startEtl(warehouse, rejected);
  const code = await running.ended;
  const said = running.lines.join('\n');
  expect([code, code === 0 ? '' : said]).toEqual([0, '']);
  return said;
}

/** Every table of the warehouse, and the file of the rejected. How many transactions it took is not of the end state. */
async function dump(database: TestDatabase, rejected: string): Promise<Record<string, unknown>> {
  const state: Record<string, unknown> = { file: await readFile(rejected, 'utf8') };
  for (const { name } of tables) {
    const rows = await database.run(`SELECT * FROM ${name}`);
    state[name] = rows
      .map((row) => JSON.stringify({ ...row, ...(name === 'etl_run' ? { batches: null } : {}) }))
      .sort();
  }
  return state;
}

/** Totals of a group, as `rideStatistics` gives them. */
function totals(facts: readonly ExpectedFact[]) {
  const sum = (of: (fact: ExpectedFact) => bigint) => facts.reduce((total, fact) => total + of(fact), 0n);
  const text = (value: bigint, digits: number) =>
    `${String(value).slice(0, -digits)}.${String(value).slice(-digits)}`;
  return {
    rides: facts.length,
    completed: facts.filter(({ completed }) => completed).length,
    distanceKm: text(
      sum(({ metres }) => metres),
      3,
    ),
    fares: {
      amount: text(
        sum(({ euroCents }) => euroCents),
        2,
      ),
      currency: 'EUR',
    },
  };
}

describe.each(['sqlite', 'postgres', 'mariadb'] as const)('npm run etl, into %s', (kind) => {
  let database: TestDatabase;
  let rejected: string;
  let first: string;

  beforeAll(async () => {
    const opened = await openTestDatabase(kind);
    if ('missing' in opened) return;
    database = opened;
    rejected = join(folder, `rejected-${kind}.ndjson`);
    first = await runEtl(database.url, rejected);
  });
  afterAll(() => database?.drop());

  const has = ({ skip }: { skip(reason: string): void }) => {
    if (database === undefined) skip(`no ${kind} answers`);
  };

  it('loads every ride once, in our own units, as the raw data has it', async (context) => {
    has(context);
    const rows = await database.run('SELECT * FROM fact_rides');
    const loaded = rows.map((row) => ({
      rideId: row.ride_id,
      cityId: row.city_id,
      day: String(row.date_key).replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3'),
      product: row.product_id,
      driverId: row.driver_id,
      completed: Number(row.completed) === 1,
      metres: BigInt(String(row.distance_metres)),
      cents: BigInt(String(row.fare_cents)),
      currency: row.currency,
      euroCents: BigInt(String(row.fare_eur_cents)),
    })) as ExpectedFact[];
    const byId = (a: ExpectedFact, b: ExpectedFact) => (a.rideId < b.rideId ? -1 : 1);
    expect(loaded.sort(byId)).toEqual([...expectedFacts].sort(byId));
    expect(await database.run('SELECT COUNT(*) AS n FROM dim_driver')).toMatchObject([
      { n: expect.anything() },
    ]);
  });

  it('counts every record: in = loaded + duplicates + rejected', async (context) => {
    has(context);
    const kinds = importedRecords.map(({ truth }) => truth.is);
    const count = (is: string) => kinds.filter((each) => each === is).length;
    const line = /^imported trips {2,}([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+)$/m.exec(first);
    expect(line?.slice(1).map((text) => Number(text.replace(',', '')))).toEqual([
      ...[kinds.length, count('trip'), count('duplicate'), count('wrong')],
    ]);
    expect(first).toMatch(/in = loaded \+ duplicates \+ rejected: 6497 = 6236 \+ 128 \+ 133/);
  });

  it('writes each rejected record into a file, with the reason', async (context) => {
    has(context);
    const lines = (await readFile(rejected, 'utf8')).trim().split('\n');
    const found = lines.map(
      (line) => JSON.parse(line) as { id: string; reason: string; detail: string; record: object },
    );
    const wrong = importedRecords.flatMap(({ trip, truth }) =>
      truth.is === 'wrong' ? [{ id: trip.record, reason: truth.reason, record: trip }] : [],
    );
    expect(found.map(({ id, reason, record }) => ({ id, reason, record }))).toEqual(wrong);
    for (const { detail } of found) expect(detail).toMatch(/\.$/);
  });

  it('gives the statistics that the raw data has', async (context) => {
    has(context);
    const facts = expectedFacts;
    const served = await startGraph({
      ...variablesOf(backends),
      FLEET_DATABASE_URL: `sqlite:${join(folder, 'fleet.db')}`,
      WAREHOUSE_DATABASE_URL: database.url,
    });
    try {
      const { data, errors } = await served.ask<{
        data: { rideStatistics: { nodes: readonly { day: string; city: { id: string } }[] } };
        errors?: unknown;
      }>(`{ rideStatistics(from: "2025-01-01", to: "2025-12-31", by: [DAY, CITY], first: 500) {
        nodes { day city { id } rides completed distanceKm fares { amount currency } }
      } }`);
      expect(errors).toBeUndefined();
      const keys = [...new Set(facts.map(({ day, cityId }) => `${day} ${cityId}`))].sort();
      expect(data.rideStatistics.nodes).toEqual(
        keys.map((key) => {
          const [day, id] = key.split(' ');
          const group = facts.filter((fact) => fact.day === day && fact.cityId === id);
          return { day, city: { id }, ...totals(group) };
        }),
      );
    } finally {
      await served.process.stop();
    }
  }, 60_000);

  it('loads nothing the second time, and changes nothing', async (context) => {
    has(context);
    const before = await dump(database, rejected);
    const again = await runEtl(database.url, rejected);
    expect(again).toMatch(/^loaded 0 of 806$/m);
    const after = await dump(database, rejected);
    for (const name of [
      'fact_rides',
      'fact_weather',
      'dim_driver',
      'dim_city',
      'dim_date',
      'etl_rejected',
      'file',
    ])
      expect(after[name]).toEqual(before[name]);
  });

  it('killed with kill -9 at ten random moments, ends in the same state', async (context) => {
    has(context);
    const [whole, broken] = await Promise.all([openTestDatabase(kind), openTestDatabase(kind)]);
    if ('missing' in whole || 'missing' in broken) return;
    try {
      const files = [join(folder, `whole-${kind}.ndjson`), join(folder, `broken-${kind}.ndjson`)] as const;
      await runEtl(whole.url, files[0]);
      const random = randomFor(`kill ${kind}`);
      let pages = 0;
      for (let kill = 0; kill < 10; kill += 1) {
        // Small pages: a fast machine, too, is still far from the end at the tenth time.
        const running = startEtl(broken.url, files[1], 50);
        const after = random.integer(0, 4);
        const seen = () => running.lines.filter((line) => line.includes(' read, ')).length;
        if (after === 0) await running.line(/./).catch(() => {});
        else await expect.poll(seen, { interval: 1, timeout: 15_000 }).toBeGreaterThanOrEqual(after);
        // Not always between two pages: somewhere in the next one, too.
        await new Promise((resolve) => setTimeout(resolve, random.integer(0, 60)));
        running.child.kill('SIGKILL');
        expect(await running.ended).toBeNull();
        pages += seen();
      }
      expect(pages).toBeGreaterThan(10);
      const last = await runEtl(broken.url, files[1]);
      expect(last).toContain('run 1, gone on with after it was stopped');
      expect(await dump(broken, files[1])).toEqual(await dump(whole, files[0]));
    } finally {
      await whole.drop();
      await broken.drop();
    }
  }, 120_000);
});

/** The database, until so many statements have been run: the next one is the last that is asked for. */
function stoppingAfter(database: Database, statements: number): Database {
  let left = statements;
  const count = () => {
    left -= 1;
    if (left < 0) throw new Error('stopped');
  };
  return {
    ...database,
    transaction: (work) =>
      database.transaction(({ all, run }) =>
        work({
          all: async (sql, values) => {
            count();
            return all(sql, values);
          },
          run: async (sql, values) => {
            count();
            return run(sql, values);
          },
        }),
      ),
  };
}

describe('npm run etl', () => {
  it('stops where another one has begun, and neither loses anything', async () => {
    const database = (await openTestDatabase('sqlite')) as TestDatabase;
    const file = join(folder, 'two.ndjson');
    try {
      const one = startEtl(database.url, file);
      await one.line(/completed rides: 400 read/);
      const said = await runEtl(database.url, file);
      expect(await one.ended).toBe(1);
      expect(one.lines.join('\n')).toContain('Another `npm run etl` loads this warehouse');
      expect(said).toMatch(/in = loaded \+ duplicates \+ rejected: 6497 = 6236 \+ 128 \+ 133/);
    } finally {
      await database.drop();
    }
  }, 60_000);

  it('stopped at any statement, in the middle of a transaction too, ends in the same state', async () => {
    const [whole, broken] = (await Promise.all([
      openTestDatabase('sqlite'),
      openTestDatabase('sqlite'),
    ])) as TestDatabase[] as [TestDatabase, TestDatabase];
    const asked = openGraph({ url: graph.url });
    const load = async (url: string, file: string, statements: number): Promise<void> => {
      const database = await openWarehouse(url);
      try {
        await loadAll(
          asked,
          stoppingAfter(database, statements),
          progressTo(() => {}),
          { pageSize: 150 },
        );
        await writeRejectedFile(database, file);
      } finally {
        await database.close();
      }
    };
    try {
      const files = [join(folder, 'unstopped.ndjson'), join(folder, 'stopped.ndjson')] as const;
      await load(whole.url, files[0], Number.POSITIVE_INFINITY);
      const random = randomFor('stops');
      for (let stop = 0; stop < 30; stop += 1)
        await expect(load(broken.url, files[1], random.integer(1, 40))).rejects.toThrow('stopped');
      await load(broken.url, files[1], Number.POSITIVE_INFINITY);
      expect(await dump(broken, files[1])).toEqual(await dump(whole, files[0]));
    } finally {
      await whole.drop();
      await broken.drop();
    }
  }, 60_000);

  it('says that the graph does not answer, and what helps', async () => {
    const running = startNode(['dist/etl/main.js'], {
      TRIBUTARY_URL: 'http://me:hush@127.0.0.1:9/graphql',
      WAREHOUSE_DATABASE_URL: `sqlite:${join(folder, 'unreached.db')}`,
    });
    expect(await running.ended).toBe(1);
    const said = running.lines.join('\n');
    expect(said).toMatch(/The graph cannot be reached[\s\S]*`npm start` serves the graph/);
    expect(said).not.toContain('hush');
  });

  it('does not take a page with an error in it for the whole: it goes on when the service is back', async () => {
    const database = (await openTestDatabase('sqlite')) as TestDatabase;
    const file = join(folder, 'faults.ndjson');
    const fault = (method: string, body?: object) =>
      fetch(`${backends.tariffs.url}/faults`, {
        method,
        ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
      });
    try {
      await fault('PUT', { status: 503 });
      // A graph of its own: the other one has the fares in its cache.
      const served = await startGraph({
        ...variablesOf(backends),
        FLEET_DATABASE_URL: `sqlite:${join(folder, 'fleet.db')}`,
      });
      const environment = { TRIBUTARY_URL: served.url, WAREHOUSE_DATABASE_URL: database.url };
      const running = startNode(['dist/etl/main.js', '--rejected', file], environment);
      expect(await running.ended).toBe(1);
      expect(running.lines.join('\n')).toMatch(
        /The graph answered UPSTREAM_\w+ at `rides\.nodes\.\d+\.fare`/,
      );
      expect(await database.run('SELECT ride_id FROM fact_rides')).toEqual([]);
      await fault('DELETE');
      const again = startNode(['dist/etl/main.js', '--rejected', file], environment);
      expect(await again.ended).toBe(0);
      await served.process.stop();
      expect(again.lines.join('\n')).toContain('6497 = 6236 + 128 + 133');
    } finally {
      await fault('DELETE');
      await database.drop();
    }
  }, 60_000);
});
