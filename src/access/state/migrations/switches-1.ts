import type { Migration } from '../migration.ts';

/** What is switched off: one row for each thing, gone when it is switched on again. */
export const switches1: Migration = {
  name: 'switches-1',
  statements: [
    `CREATE TABLE switches (
      id TEXT PRIMARY KEY,
      target TEXT NOT NULL,
      name TEXT NOT NULL,
      mode TEXT,
      reason TEXT NOT NULL,
      actor TEXT NOT NULL,
      set_at BIGINT NOT NULL,
      expires_at BIGINT
    )`,
  ],
};
