import { isTributaryError, TributaryError } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { Actor } from '../actor.ts';
import type { Audit } from '../audit/audit.ts';
import type { DenyList } from '../identity/deny-list.ts';
import { badInput } from '../inputs.ts';
import { allowOperators } from '../people/role.ts';
import type { Change, Changes } from '../state/changes.ts';
import type { Database } from '../state/database.ts';
import { reasonOfFailure } from '../state/sql-errors.ts';
import {
  addDenial,
  type DenialPage,
  type DenialSearch,
  findDenial,
  type NamedToken,
  pageOfDenials,
  rememberedUntil,
} from './denied-rows.ts';

export interface DeniedTokensOptions {
  readonly database: Database;
  readonly changes: Changes;
  readonly audit: Audit;
  readonly clock: Clock;
}

export interface DeniedToken extends NamedToken {
  /** When it expires, its claim `exp`, in milliseconds since the epoch. */
  readonly until: number;
  /** The app that revokes a token of its own. @default an administrator denies it */
  readonly app?: string;
}

/** How long a replica that hears of no changes believes what it has. */
const blindAfterMs = 60_000;
const mostDenied = 100_000;
/** What is left is for administrators. */
const mostOfApps = 90_000;
/** Twice as many as an app gets in the life of a token, by default: whoever revokes in a loop fills nobody else's part. */
const mostOfApp = 2_000;

/** The deny list in the state database; every replica has all of it, a second after it was written at the latest. */
export interface DeniedTokens extends DenyList {
  /**
   * Refuses a token from now on, until it expires; a later end than it was denied with before counts. Resolves when this replica
   * does; the others do within a second.
   *
   * @throws rejects with `FORBIDDEN` (people are no operators), `BAD_USER_INPUT` where it has expired, `OVERLOADED` where the list is full, `AUTH_UNAVAILABLE` where the database does not answer
   */
  deny(token: DeniedToken, actor: Actor): Promise<void>;
  /**
   * Takes an administrator's denial back: the token is good again until it expires. Resolves when this replica takes it; the others
   * do within a second. Done twice, it is refused as not denied, and changes nothing.
   *
   * @throws rejects with `FORBIDDEN` (people are no operators), `NOT_FOUND` where it is not denied, `CONFLICT` where its owner revoked
   *   it (RFC 7009: who revoked a token relies on it), `AUTH_UNAVAILABLE` where the database does not answer
   */
  allow(token: NamedToken, actor: Actor): Promise<void>;
  /** What is denied and has not expired, the newest first. Rejects with `FORBIDDEN` and `AUTH_UNAVAILABLE` as `deny` does. */
  list(actor: Actor, search: DenialSearch): Promise<DenialPage>;
}

export async function openDeniedTokens(options: DeniedTokensOptions): Promise<DeniedTokens> {
  const { changes } = options;
  const list = new StoredDenyList(options);
  await changes.follow({
    kinds: ['token'],
    changed: (told) => list.hear(told),
    resync: () => list.read(),
  });
  return list;
}

// A type, not an interface: rows are records by name.
type NameRow = { readonly issuer: string; readonly token_id: string };

class StoredDenyList implements DeniedTokens {
  readonly #options: DeniedTokensOptions;
  #denied = new Set<string>();

  constructor(options: DeniedTokensOptions) {
    this.#options = options;
  }

  has(issuer: string, id: string): boolean {
    return this.#denied.has(nameOf(issuer, id));
  }

  isBlind(): boolean {
    const { staleSince } = this.#options.changes;
    return staleSince !== undefined && this.#options.clock.now() - staleSince > blindAfterMs;
  }

  async deny({ issuer, id, until, app }: DeniedToken, actor: Actor): Promise<void> {
    allowOperators(actor);
    const { database, changes, audit, clock } = this.#options;
    const now = Math.floor(clock.now());
    if (rememberedUntil(until) < now) throw badInput('It has expired: it is refused already.');
    const most = app === undefined ? mostDenied : mostOfApps;
    if (!this.has(issuer, id)) {
      if (this.#denied.size >= most) await this.read().catch(unavailable);
      if (this.#denied.size >= most) throw full('Too many tokens were revoked that have not expired.');
    }
    const by = app === undefined ? actor.id : undefined;
    const write = database.transaction(async (transaction) => {
      await transaction.run('DELETE FROM denied_tokens WHERE until < ?', [now]);
      const row = await addDenial(transaction, { issuer, id, until, app, by, now });
      if (row === undefined) return;
      if (app !== undefined) await proveRoom(transaction, app);
      await audit.append(transaction, { actor, action: 'token.revoke', target: id });
      await changes.publish(transaction, 'token', row);
    });
    await write.catch(unavailable);
    this.#denied.add(nameOf(issuer, id));
    await changes.wake();
  }

  async allow({ issuer, id }: NamedToken, actor: Actor): Promise<void> {
    allowOperators(actor);
    const { database, changes, audit, clock } = this.#options;
    const write = database.transaction(async (transaction) => {
      const found = await findDenial(transaction, { issuer, id }, Math.floor(clock.now()));
      if (found === undefined)
        throw new TributaryError('NOT_FOUND', 'No such token of that issuer is denied.');
      if (found.app !== undefined) throw revokedBy(found.app);
      await transaction.run('DELETE FROM denied_tokens WHERE id = ?', [found.row]);
      await audit.append(transaction, { actor, action: 'token.allow', target: id, before: { issuer, id } });
      await changes.publish(transaction, 'token', found.row);
    });
    await write.catch(unavailable);
    await changes.wake();
  }

  async list(actor: Actor, search: DenialSearch): Promise<DenialPage> {
    allowOperators(actor);
    const { database, clock } = this.#options;
    return await pageOfDenials(database, search, Math.floor(clock.now())).catch(unavailable);
  }

  async hear(told: readonly Change[]): Promise<void> {
    let isGone = false;
    for (const { subject } of told) {
      const rows = await this.#options.database.all<NameRow>(
        'SELECT issuer, token_id FROM denied_tokens WHERE id = ?',
        [subject],
      );
      for (const { issuer, token_id } of rows) this.#denied.add(nameOf(issuer, token_id));
      isGone ||= rows.length === 0;
    }
    // A row that is gone was taken back, and no longer says whose it was.
    if (isGone || this.#denied.size > mostDenied) await this.read();
  }

  /** What has expired is refused without it. */
  async read(): Promise<void> {
    const rows = await this.#options.database.all<NameRow>(
      'SELECT issuer, token_id FROM denied_tokens WHERE until >= ?',
      [Math.floor(this.#options.clock.now())],
    );
    this.#denied = new Set(rows.map(({ issuer, token_id }) => nameOf(issuer, token_id)));
  }
}

/** Counts the one that was just added. */
async function proveRoom(transaction: Database, app: string): Promise<void> {
  const [row] = await transaction.all<{ count: number }>(
    'SELECT COUNT(*) AS count FROM denied_tokens WHERE app_id = ?',
    [app],
  );
  if ((row?.count ?? 0) > mostOfApp)
    throw full(
      'The app has revoked too many tokens that have not expired. Revoking its secret revokes all of them.',
    );
}

function revokedBy(app: string): TributaryError {
  return new TributaryError(
    'CONFLICT',
    `Its owner, the app \`${app}\`, has revoked that token by OAuth: only what an administrator denied can be allowed again.`,
  );
}

function full(message: string): TributaryError {
  return new TributaryError('OVERLOADED', message);
}

function unavailable(thrown: unknown): never {
  if (isTributaryError(thrown)) throw thrown;
  throw new TributaryError('AUTH_UNAVAILABLE', undefined, { detail: reasonOfFailure(thrown) });
}

/** No issuer holds a line break. */
function nameOf(issuer: string, id: string): string {
  return `${issuer}\n${id}`;
}
