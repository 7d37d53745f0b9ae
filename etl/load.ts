import { createHash } from 'node:crypto';
import { added, type Counts, type Run, type SourceState, writeSourceState } from './books.ts';
import { type Candidate, deduplicate } from './deduplicate.ts';
import type { Known, Page, Source } from './source.ts';
import { isProblems, type Problem } from './validate.ts';
import type { Cell, Database, Row, Transaction } from './warehouse/database.ts';
import { star, type Table } from './warehouse/tables.ts';

interface Refused {
  readonly record: unknown;
  readonly problems: readonly Problem[];
}

/**
 * Loads one page: its rows, its rejected records and the place where the next page begins, in one transaction. Killed at
 * any moment, all of it is in the warehouse or nothing.
 *
 * @returns the source's state as it was written
 */
export async function loadPage(
  database: Database,
  run: Run,
  source: Source,
  known: Known,
  page: Page,
  state: SourceState,
): Promise<SourceState> {
  const candidates: Candidate[] = [];
  const unreadable: Refused[] = [];
  for (const record of page.records) {
    const read = source.read(record, known);
    if (isProblems(read)) unreadable.push({ record, problems: read });
    else candidates.push({ record, row: read as readonly Cell[] });
  }
  return await run.write(async (transaction) => {
    const there = await rowsThere(
      transaction,
      source.table,
      candidates.map(({ row }) => row),
    );
    const { rows, loaded, duplicates, rejected } = deduplicate(source, candidates, there);
    const conflicts = rejected.map(({ record, problem }) => ({ record, problems: [problem] }));
    const refused = [...unreadable, ...conflicts];
    if (source.table === star.rides) await writeDates(database, transaction, rows);
    await writeRows(database, transaction, source.table, rows);
    await writeRefused(database, transaction, source, page, refused);
    const counts: Counts = { read: page.records.length, loaded, duplicates, rejected: refused.length };
    const next = stateAfter(source, page, state, counts);
    await writeSourceState(database, transaction, source.name, next);
    return next;
  });
}

/** How far behind what the last run had seen the next one looks again: a ride may end so long after it was asked for. */
const lookBackMs = 48 * 3_600_000;

function stateAfter({ order, timeOf }: Source, page: Page, state: SourceState, counts: Counts): SourceState {
  const sum = added(state.counts, counts);
  const position = page.endCursor ?? state.position;
  if (order === 'appended') return { ...state, position, done: !page.hasNextPage, counts: sum };
  if (order === 'whole' || timeOf === undefined)
    return { ...state, position: page.hasNextPage ? position : '', done: !page.hasNextPage, counts: sum };
  const [first, last] = [page.records[0], page.records.at(-1)];
  const newest = state.newest !== '' || first === undefined ? state.newest : timeOf(first);
  const enough =
    last !== undefined &&
    state.watermark !== '' &&
    Date.parse(timeOf(last)) < Date.parse(state.watermark) - lookBackMs;
  if (page.hasNextPage && !enough) return { ...state, position, newest, counts: sum };
  return { position: '', newest: '', watermark: newest || state.watermark, done: true, counts: sum };
}

async function rowsThere(
  { all }: Transaction,
  { name, columns, keyWidth }: Table,
  rows: readonly (readonly Cell[])[],
): Promise<readonly Row[]> {
  if (rows.length === 0) return [];
  const key = columns.slice(0, keyWidth).map((column) => `${column.name} = ?`);
  const keys = rows.map((row) => row.slice(0, keyWidth));
  const condition =
    keyWidth === 1
      ? `${columns[0]?.name} IN (${keys.map(() => '?').join(', ')})`
      : keys.map(() => `(${key.join(' AND ')})`).join(' OR ');
  return await all(`SELECT * FROM ${name} WHERE ${condition}`, keys.flat());
}

async function writeRows(
  { upsert }: Database,
  { run }: Transaction,
  { name, columns, keyWidth }: Table,
  rows: readonly (readonly Cell[])[],
): Promise<void> {
  if (rows.length === 0) return;
  const names = columns.map((column) => column.name);
  const places = `(${names.map(() => '?').join(', ')})`;
  await run(
    `INSERT INTO ${name} (${names.join(', ')}) VALUES ${rows.map(() => places).join(', ')}` +
      upsert(names.slice(0, keyWidth), names.slice(keyWidth)),
    rows.flat(),
  );
}

const dateColumn = star.rides.columns.findIndex(({ name }) => name === 'date_key');

/** The days of the rides. */
async function writeDates(
  database: Database,
  transaction: Transaction,
  rides: readonly (readonly Cell[])[],
): Promise<void> {
  const keys = [...new Set(rides.map((row) => Number(row[dateColumn])))];
  const rows = keys.map((key) => {
    const day = String(key).replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
    // Monday is 1.
    const weekday = new Date(`${day}T00:00:00Z`).getUTCDay() || 7;
    return [key, day, Number(day.slice(0, 4)), day.slice(0, 7), weekday];
  });
  await writeRows(database, transaction, star.dates, rows);
}

/** Keeps the records of the page that were refused, and forgets those that were refused once and are fine now. */
async function writeRefused(
  { upsert }: Database,
  { run }: Transaction,
  source: Source,
  page: Page,
  refused: readonly Refused[],
): Promise<void> {
  if (page.records.length === 0) return;
  const ids = page.records.map((record) => recordKey(source.idOf(record)));
  await run(`DELETE FROM etl_rejected WHERE source = ? AND record_id IN (${ids.map(() => '?').join(', ')})`, [
    ...[source.name, ...ids],
  ]);
  const columns = ['reason', 'detail', 'record'];
  for (const { record, problems } of refused) {
    const detail = problems.map(({ text }) => text).join(' ');
    await run(
      `INSERT INTO etl_rejected (source, record_id, ${columns.join(', ')}) VALUES (?, ?, ?, ?, ?)${upsert(['source', 'record_id'], columns)}`,
      [
        ...[source.name, recordKey(source.idOf(record)), problems[0]?.reason ?? ''],
        ...[detail, JSON.stringify(record)],
      ],
    );
  }
}

/** As long as a key may be in every database. */
const maxIdLength = 100;

/** The id of a record as a key: what is too long for one, or holds what no key may, is told apart by its hash. */
function recordKey(id: string): string {
  if (id.length <= maxIdLength && !/[\0\p{Surrogate}]/u.test(id)) return id;
  const hash = createHash('sha256').update(JSON.stringify(id)).digest('hex').slice(0, 16);
  return `${id.slice(0, 50).replaceAll(/[\0\p{Surrogate}]/gu, '\ufffd')}…${hash}`;
}
