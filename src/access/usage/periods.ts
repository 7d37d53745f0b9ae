import { TributaryError } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { Database } from '../state/database.ts';
import { hoursOf, periodOf } from './billing-period.ts';

/** What an app is billed for one key and period. */
export interface BillingLine {
  /** The period that the operations belong to. */
  readonly period: string;
  readonly app: string;
  readonly key: string;
  /** Billed operations. */
  readonly calls: number;
  /** Of them, those whose client left before the answer. */
  readonly aborted: number;
  readonly units: number;
  /** Whether they came to light after their period was closed, and are billed with a later one. */
  readonly isAdjustment: boolean;
}

interface Row {
  readonly [column: string]: string | number;
  readonly period: string;
  readonly app: string;
  readonly api_key: string;
  readonly calls: number;
  readonly aborted: number;
  readonly units: number;
}

const ofRollups = `SELECT app, api_key, SUM(billed) AS calls, SUM(aborted) AS aborted, SUM(units) AS units
  FROM usage_rollups WHERE hour >= ? AND hour < ? GROUP BY app, api_key HAVING SUM(billed) > 0`;

/**
 * Closes a billing period (`2026-11`): its lines are frozen, and what comes to light later is billed with the first open
 * period, as an adjustment. Closing twice changes nothing. Part of an administrator's transaction.
 *
 * @throws TributaryError, by rejecting: `BAD_USER_INPUT` where the text is no period, `CONFLICT` where it is not over
 */
export async function closePeriod(database: Database, period: string, { now }: Clock): Promise<void> {
  const hours = periodHours(period);
  if (period >= periodOf(now()))
    throw new TributaryError('CONFLICT', `The period \`${period}\` is not over.`);
  await database.transaction(async (transaction) => {
    const closed = await transaction.run(
      'INSERT INTO usage_periods (period, closed_at) VALUES (?, ?) ON CONFLICT (period) DO NOTHING',
      [period, Math.floor(now())],
    );
    if (closed === 0) return;
    for (const { app, api_key, calls, aborted, units } of await transaction.all<Row>(ofRollups, hours))
      await transaction.run(
        'INSERT INTO usage_invoices (period, app, api_key, calls, aborted, units) VALUES (?, ?, ?, ?, ?, ?)',
        [period, app, api_key, calls, aborted, units],
      );
  });
}

/**
 * What a period is billed for, by app and key: frozen where it was closed, else what was counted so far; and the
 * adjustments of earlier periods that are billed with it.
 *
 * @throws TributaryError, by rejecting: `BAD_USER_INPUT` where the text is no period
 */
export async function billingLines(database: Database, period: string): Promise<readonly BillingLine[]> {
  const hours = periodHours(period);
  const [closed] = await database.all('SELECT period FROM usage_periods WHERE period = ?', [period]);
  const lines =
    closed === undefined
      ? await database.all<Row>(ofRollups, hours)
      : await database.all<Row>('SELECT * FROM usage_invoices WHERE period = ?', [period]);
  const adjustments = await database.all<Row>('SELECT * FROM usage_adjustments WHERE booked = ?', [period]);
  return [
    ...lines.map((row) => lineOf({ ...row, period }, false)),
    ...adjustments.map((row) => lineOf(row, true)),
  ].sort((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
}

function lineOf(
  { period, app, api_key: key, calls, aborted, units }: Row,
  isAdjustment: boolean,
): BillingLine {
  return { period, app, key, calls, aborted, units, isAdjustment };
}

function sortKey({ period, app, key, isAdjustment }: BillingLine): string {
  return [app, key, isAdjustment ? 1 : 0, period].join('\n');
}

function periodHours(period: string): [from: number, to: number] {
  const hours = hoursOf(period);
  if (hours === undefined)
    throw new TributaryError('BAD_USER_INPUT', 'A billing period is a year and a month: `2026-11`.');
  return [hours.from, hours.to];
}
