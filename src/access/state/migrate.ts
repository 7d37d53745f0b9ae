import type { Problem } from '../../config/problems.ts';
import type { Database } from './database.ts';
import { checksumOf, type Migration, statementsOf } from './migration.ts';

/**
 * Applies the migrations that the database has not taken, all or none, while no other replica does.
 *
 * @returns what keeps this release from using the database: it is newer, or a migration is not what it was. Nothing was
 * changed then
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[],
  now: number,
): Promise<readonly Problem[]> {
  return await database.transaction(async (transaction) => {
    await transaction.run(
      'CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)',
    );
    const applied = await transaction.all<{ name: string; checksum: string }>(
      'SELECT name, checksum FROM migrations ORDER BY name',
    );
    const problems = problemsOf(migrations, applied);
    if (problems.length > 0) return problems;
    const taken = new Set(applied.map(({ name }) => name));
    for (const migration of migrations)
      if (!taken.has(migration.name)) await apply(transaction, migration, now);
    return [];
  });
}

async function apply(transaction: Database, migration: Migration, now: number): Promise<void> {
  for (const statement of statementsOf(migration, transaction.dialect)) await transaction.run(statement);
  await transaction.run('INSERT INTO migrations (name, checksum, applied_at) VALUES (?, ?, ?)', [
    migration.name,
    checksumOf(migration),
    Math.floor(now),
  ]);
}

function problemsOf(
  migrations: readonly Migration[],
  applied: readonly { readonly name: string; readonly checksum: string }[],
): readonly Problem[] {
  const known = new Map(migrations.map((migration) => [migration.name, checksumOf(migration)]));
  const newer = applied.filter(({ name }) => !known.has(name)).map(({ name }) => `\`${name}\``);
  const edited = applied.filter(({ name, checksum }) => known.has(name) && known.get(name) !== checksum);
  return [
    ...(newer.length === 0 ? [] : [newerDatabase(newer)]),
    ...edited.map(({ name }) => editedMigration(name)),
  ];
}

function newerDatabase(names: readonly string[]): Problem {
  return {
    place: 'access.stateUrl',
    message: `The state database was made by a newer release: it has taken ${names.join(', ')}, which this one does not know.`,
    mend: 'Start that release or a later one, or restore the copy of the database from before it.',
  };
}

function editedMigration(name: string): Problem {
  return {
    place: 'access.stateUrl',
    subject: name,
    message: 'The state database has taken this migration in another form than the release has it.',
    mend: 'Start the release that the database was made by; a migration that was released is never edited.',
  };
}
