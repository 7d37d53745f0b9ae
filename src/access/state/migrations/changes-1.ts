import type { Migration } from '../migration.ts';

/** The feed of changes that every replica follows. */
export const changes1: Migration = {
  name: 'changes-1',
  statements: [
    'CREATE TABLE changes (revision BIGINT PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, at BIGINT NOT NULL)',
  ],
};
