import { added, type Counts, nothing, openRun, sourceState } from './books.ts';
import { extractPage } from './extract.ts';
import type { Graph } from './graph.ts';
import { loadPage } from './load.ts';
import type { Progress } from './progress.ts';
import type { Known, Source } from './source.ts';
import { cities, drivers, weather } from './sources/dimensions.ts';
import { importedTrips } from './sources/imported-trips.ts';
import { cancelledRides, completedRides } from './sources/rides.ts';
import type { Database, Transaction } from './warehouse/database.ts';
import { noDriver } from './warehouse/tables.ts';

/** In the order in which the rows of one need those of another; rides before trips that may have become rides. */
const sources: readonly Source[] = [cities, weather, drivers, completedRides, cancelledRides, importedTrips];

export interface Outcome {
  readonly number: number;
  readonly resumed: boolean;
  readonly counts: ReadonlyMap<string, Counts>;
  readonly total: Counts;
}

/**
 * Collects everything that is new from the graph and loads it into the warehouse, page by page; a run that was killed is
 * gone on with.
 *
 * @param options.pageSize records of one page, from 1 to 200: so many fares are one request of the tariffs
 * @throws GraphError, or `TakenOver` where another run has begun; what was loaded until then stays
 */
export async function runEtl(
  graph: Graph,
  database: Database,
  progress: Progress,
  { pageSize, now = new Date() }: { pageSize: number; now?: Date },
): Promise<Outcome> {
  await database.prepare();
  const run = await openRun(database);
  const counts = new Map<string, Counts>();
  for (const source of sources) {
    let state = await database.transaction((transaction) => sourceState(transaction, source.name));
    const known = await database.transaction((transaction) => knownBy(transaction, now));
    while (!state.done) {
      const page = await extractPage(graph, source, state.position, pageSize);
      state = await loadPage(database, run, source, known, page, state);
      progress.page(source.name, state.counts);
    }
    counts.set(source.name, state.counts);
  }
  await run.finish();
  const total = [...counts.values()].reduce(added, nothing);
  return { number: run.number, resumed: run.resumed, counts, total };
}

async function knownBy({ all }: Transaction, now: Date): Promise<Known> {
  const cityRows = await all('SELECT city_id, name, currency, time_zone FROM dim_city');
  const driverRows = await all('SELECT driver_id FROM dim_driver WHERE driver_id <> ?', [noDriver]);
  return {
    cities: new Map(
      cityRows.map((row) => [
        String(row.city_id),
        {
          id: String(row.city_id),
          name: String(row.name),
          currency: String(row.currency),
          timeZone: String(row.time_zone),
        },
      ]),
    ),
    drivers: new Set(driverRows.map((row) => String(row.driver_id))),
    now,
  };
}
