import type { Migration } from '../migration.ts';

/** Whose own tokens were revoked: an app may fill a part of the list alone. */
export const oauth2: Migration = {
  name: 'oauth-2',
  statements: [
    'ALTER TABLE denied_tokens ADD COLUMN app_id TEXT',
    'CREATE INDEX denied_tokens_by_app ON denied_tokens (app_id)',
  ],
};
