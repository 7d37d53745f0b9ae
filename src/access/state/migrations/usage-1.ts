import type { Migration } from '../migration.ts';

/**
 * Events, what they add up to, how far each node's log was shipped, billing periods, and what apps have used of their
 * quotas. Hours and periods are UTC; an hour is a number since the epoch, so that a day is its 24th part.
 */
export const usage1: Migration = {
  name: 'usage-1',
  statements: [
    `CREATE TABLE usage_events (
      id TEXT PRIMARY KEY, at BIGINT NOT NULL, hour INTEGER NOT NULL, node TEXT NOT NULL, seq BIGINT NOT NULL,
      request TEXT NOT NULL, app TEXT NOT NULL, api_key TEXT NOT NULL, caller TEXT NOT NULL, audience TEXT NOT NULL,
      operation TEXT NOT NULL, name TEXT, kind TEXT NOT NULL, outcome TEXT NOT NULL, code TEXT, count INTEGER NOT NULL,
      units BIGINT NOT NULL, bytes BIGINT NOT NULL, micros BIGINT NOT NULL, fields TEXT NOT NULL, upstream TEXT NOT NULL
    )`,
    'CREATE INDEX usage_events_hour ON usage_events (hour, app)',
    `CREATE TABLE usage_rollups (
      app TEXT NOT NULL, api_key TEXT NOT NULL, operation TEXT NOT NULL, hour INTEGER NOT NULL, name TEXT,
      calls BIGINT NOT NULL, billed BIGINT NOT NULL, aborted BIGINT NOT NULL, failed BIGINT NOT NULL, refused BIGINT NOT NULL,
      units BIGINT NOT NULL, bytes BIGINT NOT NULL, micros BIGINT NOT NULL,
      PRIMARY KEY (app, api_key, operation, hour)
    )`,
    'CREATE INDEX usage_rollups_hour ON usage_rollups (hour)',
    `CREATE TABLE usage_details (
      app TEXT NOT NULL, api_key TEXT NOT NULL, operation TEXT NOT NULL, hour INTEGER NOT NULL,
      kind TEXT NOT NULL, name TEXT NOT NULL, count BIGINT NOT NULL,
      PRIMARY KEY (app, api_key, operation, hour, kind, name)
    )`,
    'CREATE INDEX usage_details_hour ON usage_details (hour, kind)',
    'CREATE TABLE usage_cursors (node TEXT PRIMARY KEY, segment INTEGER NOT NULL, position BIGINT NOT NULL, at BIGINT NOT NULL)',
    'CREATE TABLE usage_periods (period TEXT PRIMARY KEY, closed_at BIGINT NOT NULL)',
    `CREATE TABLE usage_invoices (
      period TEXT NOT NULL, app TEXT NOT NULL, api_key TEXT NOT NULL,
      calls BIGINT NOT NULL, aborted BIGINT NOT NULL, units BIGINT NOT NULL,
      PRIMARY KEY (period, app, api_key)
    )`,
    `CREATE TABLE usage_adjustments (
      period TEXT NOT NULL, booked TEXT NOT NULL, app TEXT NOT NULL, api_key TEXT NOT NULL,
      calls BIGINT NOT NULL, aborted BIGINT NOT NULL, units BIGINT NOT NULL,
      PRIMARY KEY (period, booked, app, api_key)
    )`,
    'CREATE TABLE usage_jobs (job TEXT PRIMARY KEY, done_at BIGINT NOT NULL)',
    'CREATE TABLE quota_used (app TEXT NOT NULL, period TEXT NOT NULL, used BIGINT NOT NULL, PRIMARY KEY (app, period))',
  ],
};
