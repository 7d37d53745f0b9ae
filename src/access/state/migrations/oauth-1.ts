import type { Migration } from '../migration.ts';

/** The keys that tokens are signed with, and the tokens that were revoked. */
export const oauth1: Migration = {
  name: 'oauth-1',
  statements: [
    `CREATE TABLE signing_keys (
      id TEXT PRIMARY KEY,
      public_jwk TEXT NOT NULL,
      sealed_key TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      signs_from BIGINT NOT NULL
    )`,
    `CREATE TABLE denied_tokens (
      id TEXT PRIMARY KEY,
      issuer TEXT NOT NULL,
      token_id TEXT NOT NULL,
      until BIGINT NOT NULL,
      UNIQUE (issuer, token_id)
    )`,
    'CREATE INDEX denied_tokens_by_end ON denied_tokens (until)',
  ],
};
