import { randomUUID } from 'node:crypto';
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

export interface DeniedTokensOptions {
  readonly database: Database;
  readonly changes: Changes;
  readonly audit: Audit;
  readonly clock: Clock;
}

/** A token, by its claims `iss` and `jti`. */
export interface DeniedToken {
  readonly issuer: string;
  readonly id: string;
  /** When it expires, its claim `exp`, in milliseconds since the epoch. */
  readonly until: number;
  /** The app that revokes a token of its own. @default an administrator denies it */
  readonly app?: string;
}

/** No issuer's clock may be off by more: so long a token is good after its end. */
const mostSkewMs = 60_000;

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
type DeniedRow = { readonly issuer: string; readonly token_id: string; readonly until: number };

const columns = 'issuer, token_id, until';

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
    const end = Math.ceil(until) + mostSkewMs;
    if (end < clock.now()) throw badInput('It has expired: it is refused already.');
    const most = app === undefined ? mostDenied : mostOfApps;
    if (this.#denied.size >= most) await this.read().catch(unavailable);
    if (this.#denied.size >= most) throw full('Too many tokens were revoked that have not expired.');
    const row = randomUUID();
    const write = database.transaction(async (transaction) => {
      await transaction.run('DELETE FROM denied_tokens WHERE until < ?', [Math.floor(clock.now())]);
      if (app !== undefined) await proveRoom(transaction, app);
      const added = await transaction.run(
        `INSERT INTO denied_tokens (id, ${columns}, app_id) VALUES (?, ?, ?, ?, ?) ON CONFLICT (issuer, token_id) DO UPDATE SET until = excluded.until WHERE denied_tokens.until < excluded.until`,
        [row, issuer, id, end, app ?? null],
      );
      if (added === 0) return;
      await audit.append(transaction, { actor, action: 'token.revoke', target: id });
      await changes.publish(transaction, 'token', row);
    });
    await write.catch(unavailable);
    this.#denied.add(nameOf(issuer, id));
    await changes.wake();
  }

  async hear(told: readonly Change[]): Promise<void> {
    for (const { subject } of told) {
      const rows = await this.#options.database.all<DeniedRow>(
        `SELECT ${columns} FROM denied_tokens WHERE id = ?`,
        [subject],
      );
      for (const { issuer, token_id } of rows) this.#denied.add(nameOf(issuer, token_id));
    }
    if (this.#denied.size > mostDenied) await this.read();
  }

  /** What has expired is refused without it. */
  async read(): Promise<void> {
    const rows = await this.#options.database.all<DeniedRow>(
      `SELECT ${columns} FROM denied_tokens WHERE until >= ?`,
      [Math.floor(this.#options.clock.now())],
    );
    this.#denied = new Set(rows.map(({ issuer, token_id }) => nameOf(issuer, token_id)));
  }
}

async function proveRoom(transaction: Database, app: string): Promise<void> {
  const [row] = await transaction.all<{ count: number }>(
    'SELECT COUNT(*) AS count FROM denied_tokens WHERE app_id = ?',
    [app],
  );
  if ((row?.count ?? 0) >= mostOfApp)
    throw full(
      'The app has revoked too many tokens that have not expired. Revoking its secret revokes all of them.',
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
