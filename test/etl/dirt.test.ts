import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../etl/graph.ts';
import { progressTo } from '../../etl/progress.ts';
import { writeRejectedFile } from '../../etl/rejected-file.ts';
import { runEtl } from '../../etl/run.ts';
import { openWarehouse } from '../../etl/warehouse/open.ts';
import { openTestDatabase } from '../support/databases.ts';

const berlin = { id: 'BER', name: 'Berlin', country: 'DE', currency: 'EUR', timeZone: 'Europe/Berlin' };
const driver = { id: 'D0001', name: 'Ada', joinedOn: '2020-01-01', city: { id: 'BER' } };
const trip = {
  record: 'r0',
  tripNumber: 'T0',
  migratedTo: null,
  city: 'Berlin',
  driver: 'D0001',
  product: 'eco',
  startedAt: '2025-06-30T10:00:00Z',
  distance: '1',
  distanceUnit: 'km',
  fare: '2',
  currency: 'EUR',
  outcome: 'done',
};

/** A graph that has a city, a driver and these trips of the old system. */
function graphWith(trips: readonly object[]): Graph {
  const page = (nodes: readonly object[]) => ({ nodes, pageInfo: { hasNextPage: false, endCursor: 'c1' } });
  const answers: readonly (readonly [string, object])[] = [
    ['CollectCities', { cities: [berlin] }],
    ['CollectWeather', { cities: [] }],
    ['CollectDrivers', { drivers: page([driver]) }],
    ['CollectRides', { rides: page([]) }],
    ['CollectImportedTrips', { importedTrips: page(trips) }],
  ];
  return {
    ask: async (query) => answers.find(([name]) => query.includes(name))?.[1] as Record<string, unknown>,
  };
}

describe.each(['sqlite', 'postgres', 'mariadb'] as const)('dirt, on its way into %s', (kind) => {
  it('never stops a load and never vanishes', async ({ skip }) => {
    const database = await openTestDatabase(kind);
    if ('missing' in database) return skip(database.missing);
    const folder = await mkdtemp(join(tmpdir(), 'tributary-dirt-'));
    const long = 'r'.repeat(200);
    const wrong = [
      [{ migratedTo: 'x'.repeat(300) }, 'BAD_TEXT'],
      [{ migratedTo: 'RIDE\0' }, 'BAD_TEXT'],
      [{ migratedTo: ' ' }, 'MISSING_FIELD'],
      [{ tripNumber: 'T\ud800' }, 'BAD_TEXT'],
      // What the warehouse calls a ride without a driver is no driver.
      [{ driver: 'none' }, 'UNKNOWN_DRIVER'],
      [{ startedAt: '2025-06-30T10:00:00+99:99' }, 'BAD_TIME'],
      // Their ids are equal as far as a key may be long.
      [{ record: `${long}1`, city: null }, 'MISSING_FIELD'],
      [{ record: `${long}2`, city: null }, 'MISSING_FIELD'],
      [{ record: 'r\0', city: null }, 'MISSING_FIELD'],
    ] as const;
    const trips = wrong.map(([change], index) => ({
      ...trip,
      record: `w${index}`,
      tripNumber: `W${index}`,
      ...change,
    }));
    const warehouse = await openWarehouse(database.url);
    try {
      const { total } = await runEtl(
        graphWith([trip, ...trips]),
        warehouse,
        progressTo(() => {}),
        { pageSize: 200 },
      );
      expect(total).toEqual({ read: 3 + wrong.length, loaded: 3, duplicates: 0, rejected: wrong.length });
      const file = join(folder, 'rejected.ndjson');
      await writeRejectedFile(warehouse, file);
      const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
      const found = lines.map((line) => JSON.parse(line) as { reason: string; record: { record: string } });
      expect(found.map(({ reason, record }) => [record.record, reason]).sort()).toEqual(
        trips.map(({ record }, index) => [record, wrong[index]?.[1]]).sort(),
      );
    } finally {
      await warehouse.close();
      await database.drop();
      await rm(folder, { recursive: true });
    }
  });
});
