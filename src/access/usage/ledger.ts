import { setImmediate as turn } from 'node:timers/promises';
import type { Database, SqlValue } from '../state/database.ts';
import { periodAfter, periodOf, periodOfHour } from './billing-period.ts';
import { bookedHour, type Rollup, rollUp } from './rollup.ts';
import type { UsageEvent } from './usage-event.ts';

/** A place in the log of a node: everything before it was shipped. */
export interface Cursor {
  readonly segment: number;
  readonly position: number;
}

/** A piece of a node's log. */
export interface Batch {
  readonly node: string;
  readonly events: readonly UsageEvent[];
  readonly from: Cursor;
  readonly to: Cursor;
  /** What was counted before this time may have been forgotten since, so it is not counted again: milliseconds. */
  readonly notBefore: number;
}

export interface Booked {
  /** How many events were new. */
  readonly counted: number;
  /** How many were older than raw events are kept. */
  readonly tooOld: number;
}

const eventColumns =
  'id, at, hour, node, seq, request, app, api_key, caller, audience, operation, name, kind, outcome, code, count, units, bytes, micros, fields, upstream';
const rollupColumns =
  'app, api_key, operation, hour, name, calls, billed, aborted, failed, refused, units, bytes, micros';
const sums = ['calls', 'billed', 'aborted', 'failed', 'refused', 'units', 'bytes', 'micros'] as const;
/** Statements of few forms, so that each is prepared once. */
const rowsAtOnce = 100;

/** How far the log of a node was shipped; `undefined` where nothing of it was. */
export async function cursorOf(database: Database, node: string): Promise<Cursor | undefined> {
  const [row] = await database.all<{ segment: number; position: number }>(
    'SELECT segment, position FROM usage_cursors WHERE node = ?',
    [node],
  );
  return row;
}

/**
 * Books a piece of a log: new events, what they add to the rollups, and how far the log was shipped, in one transaction.
 * An event that is there already adds nothing, and a piece that somebody else has booked meanwhile is left alone.
 *
 * @returns `undefined` where the cursor was not where the piece begins
 */
export async function book(database: Database, batch: Batch, now: number): Promise<Booked | undefined> {
  return await database.transaction(async (transaction) => {
    const cursor = await cursorOf(transaction, batch.node);
    if (cursor !== undefined && !isSame(cursor, batch.from)) return undefined;
    const events = batch.events.filter(({ at }) => at >= batch.notBefore);
    const isNew = await insertEvents(transaction, events, now);
    const counted = events
      .filter(({ id }) => isNew.delete(id))
      .map((event) => [event, bookedHour(event, now)] as const);
    const rollups = rollUp(counted);
    await addRollups(transaction, rollups);
    await addDetails(transaction, rollups);
    await adjustClosedPeriods(transaction, rollups, now);
    await transaction.run(
      `INSERT INTO usage_cursors (node, segment, position, at) VALUES (?, ?, ?, ?)
       ON CONFLICT (node) DO UPDATE SET segment = excluded.segment, position = excluded.position, at = excluded.at`,
      [batch.node, batch.to.segment, batch.to.position, Math.floor(now)],
    );
    return { counted: counted.length, tooOld: batch.events.length - events.length };
  });
}

function isSame(cursor: Cursor, from: Cursor): boolean {
  if (cursor.segment === from.segment) return cursor.position === from.position;
  return cursor.segment < from.segment && from.position === 0;
}

/** @returns the ids of those that were not there */
async function insertEvents(
  transaction: Database,
  events: readonly UsageEvent[],
  now: number,
): Promise<Set<string>> {
  const isNew = new Set<string>();
  for (const some of inPieces(events)) {
    const rows = await transaction.all<{ id: string }>(
      `INSERT INTO usage_events (${eventColumns}) VALUES ${places(some.length, 21)} ON CONFLICT (id) DO NOTHING RETURNING id`,
      some.flatMap((event) => valuesOf(event, now)),
    );
    for (const { id } of rows) isNew.add(id);
    // SQLite works in this thread: requests get their turn in between.
    await turn();
  }
  return isNew;
}

function valuesOf(event: UsageEvent, now: number): SqlValue[] {
  const { id, at, node, seq, request, app, key, caller, audience, operation } = event;
  const { kind, outcome, count, units, bytes, micros, fields, upstream } = event;
  return [
    ...[
      id,
      Math.floor(at),
      bookedHour(event, now),
      node,
      seq,
      request,
      app,
      key,
      // One event that Postgres cannot keep would hold up all that come after it.
      caller.replaceAll('\0', ''),
      audience,
      operation,
    ],
    ...[event.name ?? null, kind, outcome, event.code ?? null, count, units, bytes, micros],
    ...[JSON.stringify(fields), JSON.stringify(upstream)],
  ];
}

async function addRollups(transaction: Database, rollups: readonly Rollup[]): Promise<void> {
  for (const some of inPieces(rollups))
    await transaction.run(
      `INSERT INTO usage_rollups (${rollupColumns}) VALUES ${places(some.length, 13)}
       ON CONFLICT (app, api_key, operation, hour) DO UPDATE SET ${added('usage_rollups', sums)}`,
      some.flatMap((rollup) => [
        ...[rollup.app, rollup.key, rollup.operation, rollup.hour, rollup.name],
        ...sums.map((sum) => rollup[sum]),
      ]),
    );
}

async function addDetails(transaction: Database, rollups: readonly Rollup[]): Promise<void> {
  const rows = rollups.flatMap(({ app, key, operation, hour, details }) =>
    [...details].map(([place, count]) => {
      const [kind = '', name = ''] = place.split('\n');
      return [app, key, operation, hour, kind, name, count];
    }),
  );
  for (const some of inPieces(rows))
    await transaction.run(
      `INSERT INTO usage_details (app, api_key, operation, hour, kind, name, count) VALUES ${places(some.length, 7)}
       ON CONFLICT (app, api_key, operation, hour, kind, name) DO UPDATE SET ${added('usage_details', ['count'])}`,
      some.flat(),
    );
}

/** What comes late for a period that was billed is billed with the first that is open, and says which it belongs to. */
async function adjustClosedPeriods(
  transaction: Database,
  rollups: readonly Rollup[],
  now: number,
): Promise<void> {
  const closed = new Set(
    (await transaction.all<{ period: string }>('SELECT period FROM usage_periods')).map(
      ({ period }) => period,
    ),
  );
  if (closed.size === 0) return;
  let booked = periodOf(now);
  while (closed.has(booked)) booked = periodAfter(booked);
  for (const { app, key, hour, billed, aborted, units } of rollups) {
    const period = periodOfHour(hour);
    if (!closed.has(period) || billed === 0) continue;
    await transaction.run(
      `INSERT INTO usage_adjustments (period, booked, app, api_key, calls, aborted, units) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (period, booked, app, api_key) DO UPDATE SET ${added('usage_adjustments', ['calls', 'aborted', 'units'])}`,
      [period, booked, app, key, billed, aborted, units],
    );
  }
}

function added(table: string, columns: readonly string[]): string {
  return columns.map((column) => `${column} = ${table}.${column} + excluded.${column}`).join(', ');
}

function places(rows: number, columns: number): string {
  const row = `(${new Array(columns).fill('?').join(', ')})`;
  return new Array(rows).fill(row).join(', ');
}

/** Pieces of a hundred, then of ten, then of one: statements of three forms. */
function* inPieces<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  let done = 0;
  for (const size of [rowsAtOnce, rowsAtOnce / 10, 1])
    for (; items.length - done >= size; done += size) yield items.slice(done, done + size);
}
