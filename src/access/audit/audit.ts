import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../../telemetry/log.ts';
import { canonical } from '../../util/canonical.ts';
import type { Clock } from '../../util/clock.ts';
import type { Database, SqlValue } from '../state/database.ts';
import { type AuditEntry, type AuditRow, hashedColumns, hashOf, noHash } from './audit-entry.ts';

/** The end of the log at some time, kept outside of the database: what was there then must be there still. */
export interface AuditAnchor {
  readonly seq: number;
  readonly hash: string;
}

export type AuditVerdict =
  | { readonly intact: true; readonly head: AuditAnchor }
  | {
      readonly intact: false;
      /** The first row that is not as it was written. */
      readonly seq: number;
      readonly reason: 'edited' | 'missing' | 'unlinked' | 'cut';
    };

export interface AuditSearch {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  /** Milliseconds since the epoch; from is included, until is not. */
  readonly from?: number;
  readonly until?: number;
  /** Only rows before this one: the `next` of the page before. */
  readonly before?: number;
  /** @default 100, at most 1000 */
  readonly limit?: number;
}

export interface Audit {
  /** Adds a row in the transaction that does what the row tells. Where it fails, nothing is done: the log is never skipped. */
  append(transaction: Database, entry: AuditEntry): Promise<void>;
  /** Reads the whole log and finds the first broken link, with anchors also whether its end was cut off or all of it rewritten. */
  verify(anchors?: readonly AuditAnchor[]): Promise<AuditVerdict>;
  /** The newest first, in pages. */
  search(
    search: AuditSearch,
  ): Promise<{ readonly rows: readonly AuditRow[]; readonly next: number | undefined }>;
  /** Writes the end of the log to the server's log, unless it is empty, and answers it. */
  anchor(): Promise<AuditAnchor>;
  close(): void;
}

export interface AuditOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
}

const page = 1_000;
const dayMs = 86_400_000;
const maxTextLength = 300;

/** Opens the audit log: append-only, each row linked to the one before by a hash, its end told to the server's log every day. */
export function openAudit({ database, clock, log }: AuditOptions): Audit {
  const audit: Audit = {
    async append(transaction, entry) {
      const [last] = await transaction.all<AuditRow>('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1');
      const row = rowOf(entry, last ?? { seq: 0, hash: noHash }, clock.now());
      const values: SqlValue[] = [...hashedColumns.map((column) => row[column]), hashOf(row)];
      await transaction.run(
        `INSERT INTO audit (${hashedColumns.join(', ')}, hash) VALUES (${values.map(() => '?').join(', ')})`,
        values,
      );
    },
    verify: (anchors = []) => verify(database, anchors),
    search: (search) => searchRows(database, search),
    async anchor() {
      const [last] = await database.all<AuditRow>('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1');
      const anchor = { seq: last?.seq ?? 0, hash: last?.hash ?? noHash };
      // An empty log has no end that anyone could cut off, and a first start has enough to say.
      if (last !== undefined)
        log.info(
          { audit: anchor },
          'The end of the audit log: keep it, to prove later that nothing was cut off.',
        );
      return anchor;
    },
    close: () => clearInterval(timer),
  };
  const timer = setInterval(() => {
    audit.anchor().catch(() => log.warn({}, 'The end of the audit log could not be read.'));
  }, dayMs).unref();
  return audit;
}

function rowOf(entry: AuditEntry, last: AuditAnchor, now: number): Omit<AuditRow, 'hash'> {
  const { actor } = entry;
  return {
    seq: last.seq + 1,
    ts: Math.floor(entry.at ?? now),
    actor_type: actor.type,
    actor_id: bounded(actor.id),
    actor_address: bounded(actor.address),
    actor_agent: bounded(actor.agent),
    action: bounded(entry.action),
    target: bounded(entry.target),
    before_hash: hashOfValue(entry.before),
    after_hash: hashOfValue(entry.after),
    result: entry.result ?? 'ok',
    request_id: bounded(actor.requestId),
    prev_hash: last.hash,
  };
}

/** Postgres keeps no NUL and no half of a pair, and what a client says of itself may be long. */
function bounded(text = ''): string {
  return Buffer.from(text.slice(0, maxTextLength).replaceAll('\0', '')).toString();
}

function hashOfValue(value: unknown): string {
  return value === undefined ? '' : createHash('sha256').update(canonical(value)).digest('hex');
}

async function verify(database: Database, anchors: readonly AuditAnchor[]): Promise<AuditVerdict> {
  const expected = new Map(anchors.map(({ seq, hash }) => [seq, hash]));
  let head: AuditAnchor = { seq: 0, hash: noHash };
  for (;;) {
    const rows = await database.all<AuditRow>(
      `SELECT ${hashedColumns.join(', ')}, hash FROM audit WHERE seq > ? ORDER BY seq LIMIT ${page}`,
      [head.seq],
    );
    for (const row of rows) {
      const reason = brokenLink(row, head, expected);
      if (reason !== undefined) return { intact: false, seq: head.seq + 1, reason };
      head = { seq: row.seq, hash: row.hash };
    }
    if (rows.length < page) break;
    await nextTurn();
  }
  const cut = anchors.some(({ seq }) => seq > head.seq);
  return cut ? { intact: false, seq: head.seq + 1, reason: 'cut' } : { intact: true, head };
}

function brokenLink(
  row: AuditRow,
  head: AuditAnchor,
  expected: ReadonlyMap<number, string>,
): 'edited' | 'missing' | 'unlinked' | undefined {
  if (row.seq !== head.seq + 1) return 'missing';
  if (row.prev_hash !== head.hash) return 'unlinked';
  const anchored = expected.get(row.seq) ?? row.hash;
  return row.hash === hashOf(row) && row.hash === anchored ? undefined : 'edited';
}

async function searchRows(
  database: Database,
  { actor, action, target, from, until, before, limit = 100 }: AuditSearch,
): Promise<{ readonly rows: readonly AuditRow[]; readonly next: number | undefined }> {
  const size = Math.max(1, Math.min(page, Math.floor(limit)));
  const conditions: readonly (readonly [string, SqlValue | undefined])[] = [
    ['actor_id = ?', actor],
    ['action = ?', action],
    ['target = ?', target],
    ['ts >= ?', from],
    ['ts < ?', until],
    ['seq < ?', before],
  ];
  const asked = conditions.filter(([, value]) => value !== undefined);
  const where = asked.length === 0 ? '' : `WHERE ${asked.map(([condition]) => condition).join(' AND ')}`;
  const rows = await database.all<AuditRow>(
    `SELECT ${hashedColumns.join(', ')}, hash FROM audit ${where} ORDER BY seq DESC LIMIT ?`,
    [...asked.map(([, value]) => value as SqlValue), size + 1],
  );
  const more = rows.length > size;
  return { rows: more ? rows.slice(0, size) : rows, next: more ? rows[size - 1]?.seq : undefined };
}
