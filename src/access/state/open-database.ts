import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Problem, ProblemsError } from '../../config/problems.ts';
import { type Clock, steadyClock } from '../../util/clock.ts';
import type { Database } from './database.ts';
import { migrate } from './migrate.ts';
import type { Migration } from './migration.ts';
import { migrations as allMigrations } from './migrations.ts';
import { openPostgres } from './postgres-database.ts';
import { mayPass, reasonOfFailure } from './sql-errors.ts';
import { openSqlite } from './sqlite-database.ts';

export interface OpenDatabaseOptions {
  /** What a path in a `sqlite:` address is relative to. @default the working directory */
  readonly directory?: string;
  /** How long a database may be down or locked at the start, in milliseconds. @default 10000 */
  readonly startLimitMs?: number;
  /** @default steadyClock */
  readonly clock?: Clock;
  /** @default those of this release */
  readonly migrations?: readonly Migration[];
}

const firstPauseMs = 50;
const longestPauseMs = 1_000;
/** How long a write waits for another process, once the server runs. */
const lockLimitMs = 5_000;

/**
 * Opens the state database and brings its tables up to date. A database that is down is tried again for a while: at a start
 * of everything at once it may come later.
 *
 * @param url `sqlite:path` or `postgres://…`
 * @throws ProblemsError: it cannot be reached, opened or written, or a newer release has made it. No address, no password
 */
export async function openDatabase(url: string, options: OpenDatabaseOptions = {}): Promise<Database> {
  const end = performance.now() + (options.startLimitMs ?? 10_000);
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    try {
      return await openOnce(url, options, Math.min(lockLimitMs, options.startLimitMs ?? lockLimitMs));
    } catch (thrown) {
      if (thrown instanceof ProblemsError) throw thrown;
      if (!mayPass(thrown) || performance.now() + pauseMs > end)
        throw new ProblemsError([unusable(url, thrown)]);
    }
    await pause(pauseMs);
  }
}

async function openOnce(url: string, options: OpenDatabaseOptions, lockLimitMs: number): Promise<Database> {
  const database = connect(url, options.directory ?? '.', lockLimitMs);
  try {
    const now = (options.clock ?? steadyClock).now();
    const problems = await migrate(database, options.migrations ?? allMigrations, now);
    if (problems.length > 0) throw new ProblemsError(problems);
    return database;
  } catch (thrown) {
    await database.close();
    throw thrown;
  }
}

function connect(url: string, directory: string, lockLimitMs: number): Database {
  if (!url.startsWith('sqlite:')) return openPostgres(url);
  const path = url.slice('sqlite:'.length).replace(/^\/\//, '');
  if (path === ':memory:') throw new ProblemsError([noFile]);
  return openSqlite(resolve(directory, path), { lockLimitMs });
}

function unusable(url: string, thrown: unknown): Problem {
  const isFile = url.startsWith('sqlite:');
  return {
    place: 'access.stateUrl',
    message: `The state database ${isFile ? '(a SQLite file)' : '(Postgres)'} cannot be used: ${reasonOfFailure(thrown)}.`,
    mend: isFile
      ? 'Give `access.stateUrl` or STATE_URL a path that this process may write, and that no other program keeps locked.'
      : 'Start it, or give `access.stateUrl` or STATE_URL its address, with a role that may create tables.',
  };
}

const noFile: Problem = {
  place: 'access.stateUrl',
  message: 'A database in memory forgets every key and every audit record when the server stops.',
  mend: 'Write `sqlite:` and a path, `sqlite:.data/state.db` for example.',
};
