import type { Migration } from '../migration.ts';

/** Since when a token is denied, and which administrator denied it: nothing where a release before this one did. */
export const oauth3: Migration = {
  name: 'oauth-3',
  statements: [
    'ALTER TABLE denied_tokens ADD COLUMN denied_at BIGINT',
    'ALTER TABLE denied_tokens ADD COLUMN denied_by TEXT',
  ],
};
