import type { Log } from '../../telemetry/log.ts';
import type { Clock } from '../../util/clock.ts';
import type { Database } from '../state/database.ts';
import { hourOf } from './billing-period.ts';
import { reconcile } from './reconcile.ts';

export interface JobOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly retentionMs: number;
}

const dayMs = 86_400_000;
const hoursOfDay = 24;
/** Few at a time: others wait for the same database. */
const rowsAtOnce = 1_000;
const mostPieces = 200;

/**
 * Once a day, on one replica: compares what rollups say with what the events say, and forgets raw events that are older
 * than they are kept. Rollups, invoices and adjustments stay.
 */
export async function runJobs(options: JobOptions): Promise<void> {
  const { database, clock, log, retentionMs } = options;
  const now = clock.now();
  if (!(await take(database, 'daily', now))) return;
  const oldest = hourOf(now - retentionMs) + 1;
  const to = hourOf(now);
  const found = await reconcile(database, { from: Math.max(oldest, to - 2 * hoursOfDay), to });
  for (const mismatch of found)
    log.error({ ...mismatch }, 'Rollups of usage are not what its events add up to.');
  await forget(database, oldest - 1, now - retentionMs);
}

/** Whether the job is due, and ours. */
async function take(database: Database, job: string, now: number): Promise<boolean> {
  const changed = await database.run(
    `INSERT INTO usage_jobs (job, done_at) VALUES (?, ?)
     ON CONFLICT (job) DO UPDATE SET done_at = excluded.done_at WHERE usage_jobs.done_at <= excluded.done_at - ${dayMs}`,
    [job, Math.floor(now)],
  );
  return changed > 0;
}

/** Removes the events of hours before one, and the cursors of nodes that have not shipped since. */
async function forget(database: Database, beforeHour: number, before: number): Promise<void> {
  for (let piece = 0; piece < mostPieces; piece++) {
    const removed = await database.run(
      'DELETE FROM usage_events WHERE id IN (SELECT id FROM usage_events WHERE hour < ? ORDER BY hour LIMIT ?)',
      [beforeHour, rowsAtOnce],
    );
    if (removed < rowsAtOnce) break;
  }
  await database.run('DELETE FROM usage_cursors WHERE at < ?', [Math.floor(before)]);
}
