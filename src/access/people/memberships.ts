import { LRUCache } from 'lru-cache';
import { TributaryError } from '../../errors.ts';
import type { Changes } from '../state/changes.ts';
import type { Database } from '../state/database.ts';
import { reasonOfFailure } from '../state/sql-errors.ts';
import type { Role } from './role.ts';

/** What somebody may do because of the groups that they are in. */
export interface Membership {
  /** `undefined` where nobody of that address is registered. */
  readonly userId: string | undefined;
  /** Somebody who is disabled is in no group. */
  readonly isDisabled: boolean;
  /** By the group's id. */
  readonly roles: ReadonlyMap<string, Role>;
  /** Of all their groups. */
  readonly scopes: ReadonlySet<string>;
}

/** What people may do, kept in this process and in step with the database. */
export interface Memberships {
  /**
   * By the e-mail address, as it is kept: in lower case. Synchronous for somebody who was asked for before. The same object until
   * something of it changes.
   *
   * @throws TributaryError, or rejects with it: `AUTH_UNAVAILABLE` where the database does not answer, or did not for a minute
   */
  of(email: string): Membership | Promise<Membership>;
  /** Whether that is still what `of` gives, without asking the database. Throws as `of`. */
  isCurrent(email: string, membership: Membership): boolean;
}

const maxKnown = 10_000;
const graceMs = 60_000;

type MembershipRow = {
  readonly user_id: string;
  readonly disabled_at: number | null;
  readonly group_id: string | null;
  readonly role: Role | null;
  readonly scopes: string | null;
};

export async function openMemberships(database: Database, changes: Changes): Promise<Memberships> {
  const known = new LRUCache<string, Membership>({ max: maxKnown });
  let epoch = 0;
  await changes.follow({
    kinds: ['user', 'group'],
    changed(news) {
      epoch += 1;
      const changed = { user: new Set<string>(), group: new Set<string>() };
      for (const { kind, subject } of news)
        if (kind === 'user' || kind === 'group') changed[kind].add(subject);
      for (const [email, { userId, roles }] of known.entries()) {
        // Whoever was nobody may be the one who was registered now.
        const isAbout = userId === undefined ? changed.user.size > 0 : changed.user.has(userId);
        if (isAbout || [...roles.keys()].some((group) => changed.group.has(group))) known.delete(email);
      }
    },
    resync() {
      epoch += 1;
      known.clear();
    },
  });
  const load = async (email: string): Promise<Membership> => {
    for (;;) {
      const before = epoch;
      const rows = await database
        .all<MembershipRow>(
          'SELECT u.user_id, u.disabled_at, m.group_id, m.role, g.scopes FROM users u LEFT JOIN group_members m ON m.user_id = u.user_id LEFT JOIN groups g ON g.group_id = m.group_id WHERE u.email = ?',
          [email],
        )
        .catch((thrown: unknown) => {
          throw new TributaryError('AUTH_UNAVAILABLE', undefined, { detail: reasonOfFailure(thrown) });
        });
      // What was changed meanwhile may be newer than the rows.
      if (before !== epoch) continue;
      const membership = membershipOf(rows);
      known.set(email, membership);
      return membership;
    }
  };
  const proveFresh = (): void => {
    if (changes.staleSince !== undefined && changes.lagMs > graceMs)
      throw new TributaryError('AUTH_UNAVAILABLE');
  };
  return {
    of(email) {
      proveFresh();
      return known.get(email) ?? load(email);
    },
    isCurrent(email, membership) {
      proveFresh();
      return known.get(email) === membership;
    },
  };
}

function membershipOf(rows: readonly MembershipRow[]): Membership {
  const [first] = rows;
  const isDisabled = typeof first?.disabled_at === 'number';
  const roles = new Map<string, Role>();
  const scopes = new Set<string>();
  for (const { group_id, role, scopes: granted } of isDisabled ? [] : rows) {
    if (group_id === null || role === null) continue;
    roles.set(group_id, role);
    for (const scope of JSON.parse(granted ?? '[]') as string[]) scopes.add(scope);
  }
  return Object.freeze({ userId: first?.user_id, isDisabled, roles, scopes });
}
