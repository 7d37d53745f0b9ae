import { type Cell, seedRows } from './data.ts';
import { markerTable, type SeedOutcome } from './tables.ts';
import { type DatabaseKind, databaseKind, maskUrl } from './url.ts';

export interface SeedReport {
  outcome: SeedOutcome;
  /** One line for people; no password in it. */
  message: string;
}

/**
 * Seeds the fleet database if its schema holds no table.
 *
 * @param url `sqlite:…`, `postgres://…`, `mysql://…` or `mariadb://…`.
 * @throws Error with one line for people, without a password, when the URL is none or the database cannot be had.
 */
export async function seedFleet(url: string): Promise<SeedReport> {
  const kind = databaseKind(url);
  const shown = maskUrl(url);
  const rows = seedRows();
  let outcome: SeedOutcome;
  try {
    outcome = await (await seeders[kind]())(url, rows);
  } catch (error) {
    throw new Error(`${shown} was not seeded: ${describe(error)}`);
  }
  return { outcome, message: messages[outcome](shown, rows) };
}

type Seeder = (url: string, rows: Record<string, Cell[][]>) => SeedOutcome | Promise<SeedOutcome>;

/** Loaded when asked for: each brings a driver, and a start needs one of them. */
const seeders: Record<DatabaseKind, () => Promise<Seeder>> = {
  sqlite: async () => (await import('./sqlite.ts')).seedSqlite,
  postgres: async () => (await import('./postgres.ts')).seedPostgres,
  mysql: async () => (await import('./mysql.ts')).seedMysql,
};

const messages: Record<SeedOutcome, (shown: string, rows: Record<string, Cell[][]>) => string> = {
  seeded: (shown, rows) => {
    const counts = Object.entries(rows).map(([name, all]) => `${all.length} ${name}`);
    return `fleet seeded ${shown} (${counts.join(', ')})`;
  },
  kept: (shown) => `fleet left ${shown} as it is: its schema is not empty`,
  unfinished: (shown) =>
    `fleet left ${shown} as it is: an earlier seed did not finish; drop its tables (shifts, vehicles, drivers, ` +
    `${markerTable}) and seed again`,
};

/** Node's connection errors to several addresses have an empty message; their code says it. */
function describe(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || code || 'it cannot be reached';
}
