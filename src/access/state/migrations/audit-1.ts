import type { Migration } from '../migration.ts';

/**
 * The audit log. The triggers keep programs from editing it by mistake and make whoever does it on purpose leave more traces; what
 * proves it is the chain of hashes.
 */
export const audit1: Migration = {
  name: 'audit-1',
  statements: [
    `CREATE TABLE audit (
      seq BIGINT PRIMARY KEY,
      ts BIGINT NOT NULL,
      actor_type TEXT NOT NULL,
      actor_id TEXT NOT NULL,
      actor_address TEXT NOT NULL,
      actor_agent TEXT NOT NULL,
      action TEXT NOT NULL,
      target TEXT NOT NULL,
      before_hash TEXT NOT NULL,
      after_hash TEXT NOT NULL,
      result TEXT NOT NULL,
      request_id TEXT NOT NULL,
      prev_hash TEXT NOT NULL,
      hash TEXT NOT NULL
    )`,
    'CREATE INDEX audit_by_actor ON audit (actor_id, seq)',
    'CREATE INDEX audit_by_target ON audit (target, seq)',
    'CREATE INDEX audit_by_action ON audit (action, seq)',
    'CREATE INDEX audit_by_time ON audit (ts, seq)',
    {
      sqlite: ['UPDATE', 'DELETE'].map(
        (verb) =>
          `CREATE TRIGGER audit_no_${verb.toLowerCase()} BEFORE ${verb} ON audit BEGIN SELECT RAISE(ABORT, 'The audit log is append-only.'); END`,
      ),
      postgres: [
        `CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN RAISE EXCEPTION 'The audit log is append-only.'; END $$`,
        'CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()',
      ],
    },
  ],
};
