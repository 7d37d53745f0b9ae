import { createHash } from 'node:crypto';
import type { Actor } from '../actor.ts';

/** What is told to the audit log. */
export interface AuditEntry {
  readonly actor: Actor;
  /** `key.revoke`, `plan.change`, `login`. */
  readonly action: string;
  /** The id of what was acted on; never a secret. */
  readonly target: string;
  /** What it was before and what it is after: only a hash is kept of each. */
  readonly before?: unknown;
  readonly after?: unknown;
  /** @default 'ok' */
  readonly result?: 'ok' | 'denied' | 'failed';
  /** When it happened, in milliseconds since the epoch. @default when it is written */
  readonly at?: number;
}

/** A row of the log. `seq` counts up by one; `ts` is in milliseconds since the epoch. */
export type AuditRow = {
  readonly seq: number;
  readonly ts: number;
  readonly actor_type: string;
  readonly actor_id: string;
  readonly actor_address: string;
  readonly actor_agent: string;
  readonly action: string;
  readonly target: string;
  readonly before_hash: string;
  readonly after_hash: string;
  readonly result: string;
  readonly request_id: string;
  /** Of the row before; zeros for the first one. */
  readonly prev_hash: string;
  /** SHA-256 over everything else in the row. */
  readonly hash: string;
};

/** The columns that are hashed, in the order in which they are. */
export const hashedColumns = [
  'seq',
  'ts',
  'actor_type',
  'actor_id',
  'actor_address',
  'actor_agent',
  'action',
  'target',
  'before_hash',
  'after_hash',
  'result',
  'request_id',
  'prev_hash',
] as const satisfies readonly (keyof AuditRow)[];

/** What the first row links to. */
export const noHash = '0'.repeat(64);

export function hashOf(row: Omit<AuditRow, 'hash'>): string {
  const values = hashedColumns.map((column) => row[column]);
  return createHash('sha256').update(JSON.stringify(values)).digest('hex');
}
