import type { Database } from '../state/database.ts';

/** Hours since the epoch: the first, and the first after the last. */
export interface Hours {
  readonly from: number;
  readonly to: number;
}

/** Where rollups and events differ. */
export interface Mismatch {
  readonly hour: number;
  readonly app: string;
  readonly key: string;
  readonly calls: Compared;
  readonly units: Compared;
}

interface Compared {
  readonly events: number;
  readonly rollups: number;
}

interface Row {
  readonly [column: string]: string | number;
  readonly hour: number;
  readonly app: string;
  readonly api_key: string;
  readonly calls: number;
  readonly units: number;
}

const ofEvents = `SELECT hour, app, api_key,
    SUM(CASE WHEN outcome = 'refused' THEN 0 ELSE count END) AS calls,
    SUM(CASE WHEN outcome IN ('ok', 'partial', 'aborted') THEN units ELSE 0 END) AS units
  FROM usage_events WHERE hour >= ? AND hour < ? GROUP BY hour, app, api_key`;
const ofRollups = `SELECT hour, app, api_key, SUM(calls) AS calls, SUM(units) AS units
  FROM usage_rollups WHERE hour >= ? AND hour < ? GROUP BY hour, app, api_key`;

/** Adds the events of some hours up anew, and compares them with the rollups. Both are read in one transaction. */
export async function reconcile(database: Database, { from, to }: Hours): Promise<readonly Mismatch[]> {
  const [events, rollups] = await database.transaction(async (transaction) => [
    await transaction.all<Row>(ofEvents, [from, to]),
    await transaction.all<Row>(ofRollups, [from, to]),
  ]);
  const rows = new Map<string, { readonly row: Row; events?: Row; rollups?: Row }>();
  const place = (row: Row, side: 'events' | 'rollups'): void => {
    const name = `${row.hour}\n${row.app}\n${row.api_key}`;
    const known = rows.get(name) ?? { row };
    known[side] = row;
    rows.set(name, known);
  };
  for (const row of events ?? []) place(row, 'events');
  for (const row of rollups ?? []) place(row, 'rollups');
  return [...rows.values()]
    .sort(({ row: one }, { row: other }) => one.hour - other.hour)
    .map(({ row, events, rollups }) => ({
      hour: row.hour,
      app: row.app,
      key: row.api_key,
      calls: { events: Number(events?.calls ?? 0), rollups: Number(rollups?.calls ?? 0) },
      units: { events: Number(events?.units ?? 0), rollups: Number(rollups?.units ?? 0) },
    }))
    .filter(({ calls, units }) => calls.events !== calls.rollups || units.events !== units.rollups);
}
