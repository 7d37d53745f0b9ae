import type { Database, Row, Transaction } from './warehouse/database.ts';
import { noDriver } from './warehouse/tables.ts';

/** The loader's books in the warehouse: which run this is, how far each source was read, what became of its records. */

export interface Counts {
  readonly read: number;
  readonly loaded: number;
  readonly duplicates: number;
  readonly rejected: number;
}

export interface SourceState {
  /** The cursor that the last page ended with; `''` is the beginning. */
  readonly position: string;
  /** The time of the newest record of the pass under way, and of the last whole pass; `''` where there is none. */
  readonly newest: string;
  readonly watermark: string;
  readonly done: boolean;
  readonly counts: Counts;
}

export const nothing: Counts = { read: 0, loaded: 0, duplicates: 0, rejected: 0 };

/** Somebody else loads the same warehouse: who came last goes on, the others stop. */
export class TakenOver extends Error {
  constructor() {
    super('Another `npm run etl` loads this warehouse; this one stops and has lost nothing.');
  }
}

export interface Run {
  readonly number: number;
  /** Whether this goes on with a run that did not end. */
  readonly resumed: boolean;
  /** One transaction of this run; it ends with `TakenOver` where another loader has begun meanwhile. */
  write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  finish(): Promise<void>;
}

/** Begins a run, or goes on with the one that did not end: then what its sources have behind them stays done. */
export async function openRun(database: Database): Promise<Run> {
  const begun = await database.transaction(async (transaction) => {
    const [last] = await transaction.all('SELECT number, finished, batches FROM etl_run WHERE id = 1');
    const batches = Number(last?.batches ?? 0) + 1;
    const resumed = last !== undefined && Number(last.finished) === 0;
    const number = Number(last?.number ?? 0) + (resumed ? 0 : 1);
    if (last === undefined)
      await transaction.run('INSERT INTO etl_run VALUES (1, ?, 0, ?)', [number, batches]);
    else
      await transaction.run('UPDATE etl_run SET number = ?, finished = 0, batches = ? WHERE id = 1', [
        ...[number, batches],
      ]);
    if (!resumed)
      await transaction.run(
        'UPDATE etl_sources SET done = 0, read_count = 0, loaded_count = 0, duplicate_count = 0, rejected_count = 0',
      );
    await writeConstants(database, transaction);
    return { batches, resumed, number };
  });
  let { batches } = begun;
  const write: Run['write'] = async (work) => {
    const result = await database.transaction(async (transaction) => {
      const mine = await transaction.run(
        'UPDATE etl_run SET batches = batches + 1 WHERE id = 1 AND batches = ?',
        [batches],
      );
      if (mine !== 1) throw new TakenOver();
      return work(transaction);
    });
    batches += 1;
    return result;
  };
  return {
    number: begun.number,
    resumed: begun.resumed,
    write,
    finish: () =>
      write(async ({ run }) => {
        await run('UPDATE etl_run SET finished = 1 WHERE id = 1');
      }),
  };
}

/** The members of dimensions that no record brings. */
async function writeConstants({ upsert }: Database, { run }: Transaction): Promise<void> {
  await run(
    `INSERT INTO dim_product (product_id, name) VALUES (?, ?), (?, ?), (?, ?)${upsert(['product_id'], ['name'])}`,
    ['ECONOMY', 'Economy', 'COMFORT', 'Comfort', 'XL', 'Room for six'],
  );
  await run(
    `INSERT INTO dim_driver (driver_id, name, city_id, joined_on) VALUES (?, ?, ?, ?)${upsert(['driver_id'], ['name'])}`,
    [noDriver, 'No driver', noDriver, '2010-01-01'],
  );
}

export async function sourceState({ all }: Transaction, source: string): Promise<SourceState> {
  const [row] = await all('SELECT * FROM etl_sources WHERE source = ?', [source]);
  return row === undefined
    ? { position: '', newest: '', watermark: '', done: false, counts: nothing }
    : {
        position: String(row.position),
        newest: String(row.newest),
        watermark: String(row.watermark),
        done: Number(row.done) === 1,
        counts: countsOf(row),
      };
}

function countsOf(row: Row): Counts {
  return {
    read: Number(row.read_count),
    loaded: Number(row.loaded_count),
    duplicates: Number(row.duplicate_count),
    rejected: Number(row.rejected_count),
  };
}

export async function writeSourceState(
  { upsert }: Database,
  { run }: Transaction,
  source: string,
  { position, newest, watermark, done, counts }: SourceState,
): Promise<void> {
  const names = ['position', 'newest', 'watermark', 'done'];
  const countNames = ['read_count', 'loaded_count', 'duplicate_count', 'rejected_count'];
  const columns = [...names, ...countNames];
  await run(
    `INSERT INTO etl_sources (source, ${columns.join(', ')}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)${upsert(['source'], columns)}`,
    [
      ...[source, position, newest, watermark, done ? 1 : 0],
      ...[counts.read, counts.loaded, counts.duplicates, counts.rejected],
    ],
  );
}

/** `a` and `b` together. @throws Error where a record of them was neither loaded, nor a duplicate, nor rejected. */
export function added(a: Counts, b: Counts): Counts {
  const sum = {
    read: a.read + b.read,
    loaded: a.loaded + b.loaded,
    duplicates: a.duplicates + b.duplicates,
    rejected: a.rejected + b.rejected,
  };
  if (sum.read !== sum.loaded + sum.duplicates + sum.rejected)
    throw new Error(
      `The books do not balance: ${sum.read} read, but ${sum.loaded} loaded, ${sum.duplicates} duplicates and ${sum.rejected} rejected.`,
    );
  return sum;
}
