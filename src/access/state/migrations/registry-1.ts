import type { Migration } from '../migration.ts';

/** People and their groups, plans, apps, and the keys of apps. Lists and maps are JSON; digests are hexadecimal. */
export const registry1: Migration = {
  name: 'registry-1',
  statements: [
    'CREATE TABLE peppers (version BIGINT PRIMARY KEY, fingerprint TEXT NOT NULL)',
    `CREATE TABLE users (
      user_id TEXT PRIMARY KEY,
      email TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      password TEXT,
      created_at BIGINT NOT NULL,
      disabled_at BIGINT
    )`,
    `CREATE TABLE groups (
      group_id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      scopes TEXT NOT NULL,
      created_at BIGINT NOT NULL
    )`,
    `CREATE TABLE group_members (
      group_id TEXT NOT NULL REFERENCES groups (group_id),
      user_id TEXT NOT NULL REFERENCES users (user_id),
      role TEXT NOT NULL,
      PRIMARY KEY (group_id, user_id)
    )`,
    'CREATE INDEX group_members_by_user ON group_members (user_id)',
    `CREATE TABLE plans (
      name TEXT PRIMARY KEY,
      audience TEXT NOT NULL,
      scopes TEXT NOT NULL,
      limit_per_minute BIGINT,
      burst BIGINT,
      concurrency BIGINT,
      quota_units BIGINT,
      quota_period TEXT,
      max_cost BIGINT,
      registered_only BIGINT NOT NULL,
      locations TEXT NOT NULL
    )`,
    `INSERT INTO plans (name, audience, scopes, limit_per_minute, burst, concurrency, quota_units, quota_period, max_cost, registered_only, locations) VALUES
      ('open', 'OPEN', '[]', 60, 20, 5, 10000, 'day', 1000, 0, '["header","query","body"]'),
      ('partner', 'PARTNER', '[]', 600, 100, 20, 1000000, 'month', 5000, 0, '["header"]'),
      ('internal', 'INTERNAL', '[]', 6000, 1000, 100, NULL, NULL, NULL, 0, '["header"]')`,
    `CREATE TABLE apps (
      app_id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      group_id TEXT REFERENCES groups (group_id),
      plan TEXT NOT NULL REFERENCES plans (name),
      tenant TEXT,
      scopes TEXT NOT NULL,
      claims TEXT NOT NULL,
      max_keys BIGINT NOT NULL,
      created_at BIGINT NOT NULL,
      closed_at BIGINT
    )`,
    'CREATE INDEX apps_by_group ON apps (group_id)',
    `CREATE TABLE keys (
      key_id TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      app_id TEXT NOT NULL REFERENCES apps (app_id),
      environment TEXT NOT NULL,
      name TEXT NOT NULL,
      digest TEXT NOT NULL,
      pepper_version BIGINT NOT NULL,
      last_four TEXT NOT NULL,
      scopes TEXT,
      locations TEXT,
      addresses TEXT NOT NULL,
      origins TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      created_by TEXT NOT NULL,
      expires_at BIGINT,
      grace_until BIGINT,
      revoked_at BIGINT,
      revoked_reason TEXT,
      replaces_key_id TEXT UNIQUE
    )`,
    'CREATE INDEX keys_by_app ON keys (app_id, created_at)',
    'CREATE TABLE key_uses (key_id TEXT PRIMARY KEY, used_at BIGINT NOT NULL, address TEXT NOT NULL, agent TEXT NOT NULL)',
    `CREATE TABLE confirmations (
      token_hash TEXT PRIMARY KEY,
      email TEXT NOT NULL,
      name TEXT NOT NULL,
      created_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL
    )`,
    'CREATE INDEX confirmations_by_time ON confirmations (expires_at)',
  ],
};
