import { TributaryError } from '../../errors.ts';
import type { Database, SqlValue } from '../state/database.ts';
import { hourOf } from './billing-period.ts';
import { latencyBounds } from './rollup.ts';

/** What statistics can be grouped by. `hour` and `day` are by UTC. */
export type UsageGroup = 'hour' | 'day' | 'app' | 'key' | 'operation';

/** Which operations count. */
export interface UsageFilter {
  /** Milliseconds since the epoch; whole hours count, the first with what is in it. */
  readonly from: number;
  /** The hour that this is in counts too. */
  readonly to: number;
  readonly app?: string | undefined;
  readonly key?: string | undefined;
  /** SHA-256 of a document. */
  readonly operation?: string | undefined;
}

/** What the operations of a group add up to. */
export interface UsageLine {
  /** The beginning of the hour or day: milliseconds since the epoch. */
  readonly at?: number;
  readonly app?: string;
  readonly key?: string;
  readonly operation?: string;
  /** The name of the operation, where it is grouped by operation and has one. */
  readonly name?: string;
  readonly calls: number;
  readonly billed: number;
  readonly aborted: number;
  readonly failed: number;
  readonly refused: number;
  readonly units: number;
  readonly bytes: number;
  readonly averageMs: number;
  /** Upper bounds: 95 of a hundred took no longer than `p95Ms`. Absent where nothing was measured, or took longer than all bounds. */
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
}

/** How many of one thing: errors by code, failures by field, requests to backends by datasource. */
export interface UsageDetail {
  readonly name: string;
  readonly count: number;
}

export type UsageDetailKind = 'code' | 'field' | 'upstream';

const mostLines = 10_000;
const hourMs = 3_600_000;
const columnsOf: Readonly<Record<UsageGroup, string>> = {
  hour: 'hour',
  day: 'hour / 24',
  app: 'app',
  key: 'api_key',
  operation: 'operation',
};

type Row = Readonly<Record<string, string | number>>;

/**
 * What was used, by the groups that are asked for, in their order; 10,000 lines at most.
 *
 * @throws TributaryError, by rejecting: `BAD_USER_INPUT` where there would be more lines
 * @example usageLines(database, { from, to, app }, ['day', 'key'])
 */
export async function usageLines(
  database: Database,
  filter: UsageFilter,
  groups: readonly UsageGroup[],
): Promise<readonly UsageLine[]> {
  const { where, values } = conditionsOf(filter);
  const groupBy = groupingOf(groups);
  const named = groups.map((group) => `${columnsOf[group]} AS ${group}_`);
  const select = (columns: readonly string[]): string => [...named, ...columns].join(', ');
  const rows = await database.all<Row>(
    `SELECT ${select(sums)} FROM usage_rollups WHERE ${where}${groupBy} LIMIT ${mostLines + 1}`,
    values,
  );
  if (rows.length > mostLines)
    throw new TributaryError(
      'BAD_USER_INPUT',
      `These are more than ${mostLines} lines; ask for a shorter time.`,
    );
  const latencies = await database.all<Row>(
    `SELECT ${select(['name AS bucket', 'SUM(count) AS count'])} FROM usage_details
     WHERE kind = 'latency' AND ${where}${groupingOf(groups, 'name')}`,
    values,
  );
  const bucketsOf = groupLatencies(groups, latencies);
  // Sums without a group are one row, be there nothing to sum.
  return rows
    .filter((row) => Number(row.rows_) > 0)
    .map((row) => lineOf(groups, row, bucketsOf.get(placeOf(groups, row)) ?? new Map()));
}

/** How many of each: the most frequent first, a thousand at most. */
export async function usageDetails(
  database: Database,
  filter: UsageFilter,
  kind: UsageDetailKind,
): Promise<readonly UsageDetail[]> {
  const { where, values } = conditionsOf(filter);
  const rows = await database.all<Row>(
    `SELECT name, SUM(count) AS count FROM usage_details WHERE kind = ? AND ${where}
     GROUP BY name ORDER BY SUM(count) DESC, name LIMIT 1000`,
    [kind, ...values],
  );
  return rows.map(({ name, count }) => ({ name: String(name), count: Number(count) }));
}

const sums = [
  'COUNT(*) AS rows_',
  'MAX(name) AS name',
  ...['calls', 'billed', 'aborted', 'failed', 'refused', 'units', 'bytes', 'micros'].map(
    (column) => `SUM(${column}) AS ${column}`,
  ),
];

function conditionsOf({ from, to, app, key, operation }: UsageFilter): {
  readonly where: string;
  readonly values: readonly SqlValue[];
} {
  const given = [
    ['app', app],
    ['api_key', key],
    ['operation', operation],
  ].filter(([, value]) => value !== undefined) as [string, string][];
  return {
    where: ['hour >= ?', 'hour <= ?', ...given.map(([column]) => `${column} = ?`)].join(' AND '),
    values: [hourOf(from), hourOf(to), ...given.map(([, value]) => value)],
  };
}

function groupingOf(groups: readonly UsageGroup[], ...further: readonly string[]): string {
  const ofGroups = groups.map((group) => columnsOf[group]);
  const columns = [...ofGroups, ...further];
  return columns.length === 0 ? '' : ` GROUP BY ${columns.join(', ')} ORDER BY ${columns.join(', ')}`;
}

function placeOf(groups: readonly UsageGroup[], row: Row): string {
  return groups.map((group) => row[`${group}_`]).join('\n');
}

function groupLatencies(
  groups: readonly UsageGroup[],
  rows: readonly Row[],
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const places = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const place = placeOf(groups, row);
    const buckets = places.get(place) ?? new Map<string, number>();
    buckets.set(String(row.bucket), Number(row.count));
    places.set(place, buckets);
  }
  return places;
}

function lineOf(groups: readonly UsageGroup[], row: Row, buckets: ReadonlyMap<string, number>): UsageLine {
  const number = (column: string): number => Number(row[column] ?? 0);
  const calls = number('calls');
  const quantiles = { p50Ms: 0.5, p95Ms: 0.95, p99Ms: 0.99 };
  return {
    ...Object.assign({}, ...groups.map((group) => memberOf(group, row))),
    calls,
    billed: number('billed'),
    aborted: number('aborted'),
    failed: number('failed'),
    refused: number('refused'),
    units: number('units'),
    bytes: number('bytes'),
    averageMs: calls === 0 ? 0 : Math.round(number('micros') / calls) / 1_000,
    ...Object.fromEntries(
      Object.entries(quantiles)
        .map(([name, share]) => [name, quantileOf(buckets, share)])
        .filter(([, bound]) => bound !== undefined),
    ),
  };
}

function memberOf(group: UsageGroup, row: Row): Partial<UsageLine> {
  const value = row[`${group}_`];
  if (group === 'hour') return { at: Number(value) * hourMs };
  if (group === 'day') return { at: Number(value) * 24 * hourMs };
  if (group === 'operation' && row.name != null) return { operation: String(value), name: String(row.name) };
  return { [group]: String(value) };
}

/** The bound below which so great a share of all lies. */
function quantileOf(buckets: ReadonlyMap<string, number>, share: number): number | undefined {
  let all = 0;
  for (const count of buckets.values()) all += count;
  let below = 0;
  for (const bound of latencyBounds) {
    below += buckets.get(String(bound)) ?? 0;
    if (all > 0 && below >= all * share) return bound;
  }
  return undefined;
}
