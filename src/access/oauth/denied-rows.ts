import { randomUUID } from 'node:crypto';
import type { Database, SqlValue } from '../state/database.ts';

/** No issuer's clock may be off by more: so long a token is good after its end. */
const mostSkewMs = 60_000;

/** A token, by its claims `iss` and `jti`. */
export interface NamedToken {
  readonly issuer: string;
  readonly id: string;
}

/** A token that is refused. Times are milliseconds since the epoch. */
export interface Denial {
  readonly issuer: string;
  /** Its id, the claim `jti`. */
  readonly token: string;
  /** Since when; `undefined` where a release that did not note it denied it. */
  readonly deniedAt: number | undefined;
  /** When it expires, as whoever denied it said. */
  readonly deniedUntil: number;
  /** The administrator; `undefined` where its owner revoked it, or nobody noted who it was. */
  readonly by: string | undefined;
  /** The app that revoked a token of its own by OAuth. */
  readonly app: string | undefined;
}

export interface DenialSearch {
  /** Whose denials. @default everybody's */
  readonly by?: 'administrators' | 'apps' | undefined;
  /** The `next` of the page before. */
  readonly after?: string | undefined;
  /** How many, 1 to 1,000. */
  readonly limit: number;
}

export interface DenialPage {
  readonly denied: readonly Denial[];
  /** Where the next page begins; `undefined` on the last one. */
  readonly next: string | undefined;
}

/** A row with what decides whether it may be taken back. */
export interface DeniedRow extends NamedToken {
  readonly row: string;
  readonly app: string | undefined;
}

export interface NewDenial extends NamedToken {
  readonly until: number;
  readonly app: string | undefined;
  readonly by: string | undefined;
  readonly now: number;
}

/** Until when it is remembered: as long as any replica could take the token. */
export function rememberedUntil(expiresAt: number): number {
  return Math.ceil(expiresAt) + mostSkewMs;
}

/**
 * Adds a denial, or to one that is there: the later end counts, and that its owner revoked it is never forgotten.
 *
 * @returns the id of its row; `undefined` where nothing was new
 */
export async function addDenial(
  transaction: Database,
  { issuer, id, until, app, by, now }: NewDenial,
): Promise<string | undefined> {
  const [kept] = await transaction.all<{ id: string }>(
    `INSERT INTO denied_tokens (id, issuer, token_id, until, app_id, denied_at, denied_by) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (issuer, token_id) DO UPDATE SET
        until = CASE WHEN denied_tokens.until < excluded.until THEN excluded.until ELSE denied_tokens.until END,
        app_id = COALESCE(denied_tokens.app_id, excluded.app_id)
      WHERE denied_tokens.until < excluded.until OR (denied_tokens.app_id IS NULL AND excluded.app_id IS NOT NULL)
      RETURNING id`,
    [randomUUID(), issuer, id, rememberedUntil(until), app ?? null, now, by ?? null],
  );
  return kept?.id;
}

/** The row of a token that is denied at that time. */
export async function findDenial(
  transaction: Database,
  { issuer, id }: NamedToken,
  now: number,
): Promise<DeniedRow | undefined> {
  const [found] = await transaction.all<{ id: string; app_id: string | null }>(
    'SELECT id, app_id FROM denied_tokens WHERE issuer = ? AND token_id = ? AND until >= ?',
    [issuer, id, now],
  );
  return found && { issuer, id, row: found.id, app: found.app_id ?? undefined };
}

// A type, not an interface: rows are records by name.
type ListedRow = {
  readonly id: string;
  readonly issuer: string;
  readonly token_id: string;
  readonly until: number;
  readonly app_id: string | null;
  readonly denied_at: number | null;
  readonly denied_by: string | null;
};

/** What is denied at that time, the newest first, in pages. */
export async function pageOfDenials(
  database: Database,
  { by, after, limit }: DenialSearch,
  now: number,
): Promise<DenialPage> {
  const since = 'COALESCE(denied_at, 0)';
  const whose = by === undefined ? '' : `AND app_id IS ${by === 'apps' ? 'NOT ' : ''}NULL`;
  const [at, row] = placeOf(after);
  const values: SqlValue[] = at === undefined ? [now] : [now, at, at, row];
  const rows = await database.all<ListedRow>(
    `SELECT id, issuer, token_id, until, app_id, denied_at, denied_by FROM denied_tokens WHERE until >= ? ${whose}
      ${at === undefined ? '' : `AND (${since} < ? OR (${since} = ? AND id < ?))`}
      ORDER BY ${since} DESC, id DESC LIMIT ?`,
    [...values, limit + 1],
  );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? `${last.denied_at ?? 0}-${last.id}` : undefined;
  return { denied: shown.map(denialOf), next };
}

/** Two tokens may be denied in one millisecond: a place in the list is the time and the row. */
function placeOf(after: string | undefined): readonly [at: number | undefined, row: string] {
  const [, at, row = ''] = /^(\d{1,15})-(.+)$/s.exec(after ?? '') ?? [];
  return [at === undefined ? undefined : Number(at), row];
}

function denialOf({ issuer, token_id, until, app_id, denied_at, denied_by }: ListedRow): Denial {
  return {
    token: token_id,
    issuer,
    deniedAt: denied_at ?? undefined,
    deniedUntil: until - mostSkewMs,
    by: denied_by ?? undefined,
    app: app_id ?? undefined,
  };
}
