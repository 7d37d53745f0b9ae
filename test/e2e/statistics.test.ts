import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomFor } from '../../backends/shared/random.ts';
import type { Cell, Database } from '../../etl/warehouse/database.ts';
import { openWarehouse, prepareWarehouse } from '../../etl/warehouse/open.ts';
import { openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { type Backend, type Graph, startBackend, startGraph } from '../support/reference-graph.ts';

type Dimension = 'DAY' | 'MONTH' | 'COUNTRY' | 'CITY' | 'PRODUCT' | 'DRIVER';

interface Fact {
  readonly DAY: string;
  readonly MONTH: string;
  readonly COUNTRY: string;
  readonly CITY: string;
  readonly PRODUCT: string;
  readonly DRIVER: string;
  readonly completed: number;
  readonly metres: bigint;
  readonly cents: bigint;
}

const countries: Readonly<Record<string, string>> = { LIS: 'PT', BER: 'DE', OSL: 'NO' };

/** Two months of rides, with amounts beyond what a double can add up exactly. */
function facts(): readonly Fact[] {
  const random = randomFor('statistics test');
  return Array.from({ length: 1_500 }, () => {
    const day = new Date(Date.UTC(2025, 4, 1 + random.integer(0, 60))).toISOString().slice(0, 10);
    const city = random.pick(['LIS', 'BER', 'OSL']);
    const completed = random.chance(0.9) ? 1 : 0;
    return {
      DAY: day,
      MONTH: day.slice(0, 7),
      COUNTRY: countries[city] as string,
      CITY: city,
      PRODUCT: random.pick(['ECONOMY', 'COMFORT', 'XL']),
      DRIVER: random.chance(0.1) ? 'NONE' : `D${String(random.integer(1, 40)).padStart(4, '0')}`,
      completed,
      metres: completed === 1 ? BigInt(random.integer(1, 90_000)) : 0n,
      cents: completed === 1 ? 9_007_199_254_740n + BigInt(random.integer(0, 99_999)) : 0n,
    };
  });
}

const all = facts();

const statistics = `query Statistics(
  $from: Date!, $to: Date!, $by: [RideDimension!]!, $cityId: ID, $first: Int! = 500, $after: String
) {
  rideStatistics(from: $from, to: $to, by: $by, cityId: $cityId, first: $first, after: $after) {
    nodes {
      day month country city { id } product driver { id }
      rides completed cancelled distanceKm fares { amount currency } averageFare { amount } averageDistanceKm
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

interface Answer {
  readonly data: {
    readonly rideStatistics: {
      readonly nodes: readonly Record<string, unknown>[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    } | null;
  };
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

/** The same groups, added up here with whole numbers. */
function expected(by: readonly Dimension[], from: string, to: string, cityId?: string): unknown[] {
  const groups = new Map<string, Fact[]>();
  for (const fact of all) {
    if (fact.DAY < from || fact.DAY > to || (cityId !== undefined && fact.CITY !== cityId)) continue;
    const order: Dimension[] = ['DAY', 'MONTH', 'COUNTRY', 'CITY', 'PRODUCT', 'DRIVER'];
    const key = JSON.stringify(order.map((name) => (by.includes(name) ? fact[name] : '')));
    groups.set(key, [...(groups.get(key) ?? []), fact]);
  }
  const keys = [...groups.keys()].sort();
  return keys.map((key) => {
    const [day, month, country, city, product, driver] = JSON.parse(key) as string[];
    const rides = groups.get(key) as Fact[];
    const completed = rides.filter((ride) => ride.completed === 1).length;
    const metres = rides.reduce((sum, ride) => sum + ride.metres, 0n);
    const cents = rides.reduce((sum, ride) => sum + ride.cents, 0n);
    const mean = (sum: bigint) => (sum * 10n) / BigInt(completed);
    const rounded = (tenths: bigint) => (tenths + 5n) / 10n;
    return {
      day: day || null,
      month: month || null,
      country: country || null,
      city: city === '' ? null : { id: city },
      product: product || null,
      driver: driver === '' || driver === 'NONE' ? null : { id: driver },
      rides: rides.length,
      completed,
      cancelled: rides.length - completed,
      distanceKm: pointed(metres, 3),
      fares: { amount: pointed(cents, 2), currency: 'EUR' },
      averageFare: completed === 0 ? null : { amount: pointed(rounded(mean(cents)), 2) },
      averageDistanceKm: completed === 0 ? null : pointed(rounded(mean(metres)), 3),
    };
  });
}

function pointed(value: bigint, digits: number): string {
  const divisor = 10n ** BigInt(digits);
  return `${value / divisor}.${String(value % divisor).padStart(digits, '0')}`;
}

async function fill(warehouse: Database): Promise<void> {
  const days = [...new Set(all.map(({ DAY }) => DAY))];
  const drivers = [...new Set(all.map(({ DRIVER }) => DRIVER))];
  const key = (day: string) => Number(day.replaceAll('-', ''));
  const rows: readonly [string, readonly (readonly Cell[])[]][] = [
    ['dim_date', days.map((day) => [key(day), day, Number(day.slice(0, 4)), day.slice(0, 7), 1])],
    ['dim_city', Object.entries(countries).map(([id, country]) => [id, id, country, 'EUR', 'UTC'])],
    ['dim_product', ['ECONOMY', 'COMFORT', 'XL'].map((id) => [id, id])],
    ['dim_driver', drivers.map((id) => [id, id, 'LIS', '2020-01-01'])],
    [
      'fact_rides',
      all.map(({ DAY, CITY, PRODUCT, DRIVER, completed, metres, cents }, index) => [
        ...[`RIDE-${index}`, 'test', key(DAY), CITY, PRODUCT, DRIVER, completed, `${DAY}T12:00:00Z`],
        ...[metres, cents, 'EUR', cents],
      ]),
    ],
  ];
  await warehouse.transaction(async ({ run }) => {
    for (const [table, cells] of rows) {
      for (let start = 0; start < cells.length; start += 200) {
        const some = cells.slice(start, start + 200);
        const places = some.map((row) => `(${row.map(() => '?').join(', ')})`).join(', ');
        await run(`INSERT INTO ${table} VALUES ${places}`, some.flat());
      }
    }
  });
}

describe.each(['sqlite', 'postgres', 'mariadb'] as const)('rideStatistics, from %s', (kind) => {
  let database: TestDatabase | undefined;
  let rides: Backend;
  let graph: Graph;
  let missing: string | undefined;
  let fleet: TestDatabase;

  beforeAll(async () => {
    const opened = await openTestDatabase(kind);
    if ('missing' in opened) {
      missing = opened.missing;
      return;
    }
    database = opened;
    fleet = (await openTestDatabase('sqlite')) as TestDatabase;
    await (await import('../../backends/fleet/seed.ts')).seedFleet(fleet.url);
    rides = await startBackend('rides');
    await prepareWarehouse(database.url);
    graph = await startGraph({
      RIDES_URL: rides.url,
      FLEET_DATABASE_URL: fleet.url,
      WAREHOUSE_DATABASE_URL: database.url,
    });
  });

  afterAll(async () => {
    await graph?.process.stop();
    await rides?.process.stop();
    await fleet?.drop();
    await database?.drop();
  });

  const ask = async (variables: object): Promise<Answer> => await graph.ask<Answer>(statistics, variables);
  const nodesOf = ({ data, errors }: Answer) => {
    expect(errors).toBeUndefined();
    return data.rideStatistics?.nodes;
  };

  it('is empty while the warehouse is', async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    expect(nodesOf(await ask({ from: '2024-01-01', to: '2024-12-31', by: ['CITY'] }))).toEqual([]);
    const warehouse = await openWarehouse((database as TestDatabase).url);
    await fill(warehouse);
    await warehouse.close();
  });

  it.for<[readonly Dimension[], string, string, string?]>([
    [[], '2025-05-01', '2025-06-30'],
    [['CITY'], '2025-05-01', '2025-06-30'],
    [['DAY'], '2025-05-10', '2025-06-10'],
    [['COUNTRY', 'MONTH'], '2025-05-01', '2025-06-30'],
    [['DRIVER', 'PRODUCT'], '2025-05-01', '2025-06-30', 'OSL'],
    [['DAY', 'CITY', 'PRODUCT'], '2025-05-20', '2025-06-10'],
    [['DRIVER'], '2025-06-30', '2025-06-30'],
  ])('by %j equals what is added up by hand', async ([by, from, to, cityId], { skip }) => {
    if (missing !== undefined) skip(missing);
    expect(nodesOf(await ask({ from, to, by, cityId }))).toEqual(expected(by, from, to, cityId));
  });

  it('comes in pages that together are the whole', async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const range = { from: '2025-05-01', to: '2025-06-30', by: ['DRIVER', 'CITY', 'DAY'] as const };
    const nodes: unknown[] = [];
    let after: string | null = null;
    let pages = 0;
    do {
      const answer: Answer = await ask({ ...range, first: 300, after });
      nodes.push(...(nodesOf(answer) ?? []));
      const info = answer.data.rideStatistics?.pageInfo;
      after = info?.hasNextPage ? info.endCursor : null;
      pages += 1;
    } while (after !== null);
    expect(nodes).toEqual(expected(range.by, range.from, range.to));
    expect(pages).toBe(Math.ceil(nodes.length / 300));
  });

  it.for([
    [{ from: '2025-06-02', to: '2025-06-01' }, '`from` must not be after `to`.'],
    [{ from: '2022-06-01', to: '2025-06-01' }, /may span 1096 days, but they span 1097/],
    [{ from: '2025-06-01', to: '2025-06-01', first: 501 }, '`first` must be from 1 to 500, but is 501.'],
    [{ from: '2025-06-01', to: '2025-06-01', after: 'bm8' }, '`after` is no cursor of this list.'],
    [{ from: '2025-02-30', to: '2025-06-01' }, /Date/],
  ] as const)('refuses %j, and says why', async ([variables, message], { skip }) => {
    if (missing !== undefined) skip(missing);
    const { errors } = await ask({ by: [], ...variables });
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(errors?.[0]?.message).toMatch(message);
  });
});
