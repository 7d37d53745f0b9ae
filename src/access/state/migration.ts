import { createHash } from 'node:crypto';
import type { Database } from './database.ts';

/**
 * One step in the making of the tables. Once released it is never edited: databases that have taken it would differ from
 * those that take it later. Statements are for both dialects, but for what only one of them has.
 */
export interface Migration {
  /** Unique: `keys-1`. */
  readonly name: string;
  readonly statements: readonly MigrationStatement[];
}

export type MigrationStatement = string | Readonly<Record<Database['dialect'], readonly string[]>>;

export function statementsOf({ statements }: Migration, dialect: Database['dialect']): readonly string[] {
  return statements.flatMap((statement) => (typeof statement === 'string' ? statement : statement[dialect]));
}

/** Tells whether a migration is still what it was when it was applied. */
export function checksumOf(migration: Migration): string {
  return createHash('sha256').update(JSON.stringify(migration.statements)).digest('hex');
}
