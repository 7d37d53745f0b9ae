import { LRUCache } from 'lru-cache';
import { TributaryError } from '../../errors.ts';
import type { Changes } from '../state/changes.ts';
import type { Database } from '../state/database.ts';
import { reasonOfFailure } from '../state/sql-errors.ts';
import type { Role } from './role.ts';

/** What somebody may do because of the groups that they are in. */
export interface Membership {
  /** By the group's id. */
  readonly roles: ReadonlyMap<string, Role>;
  /** Of all their groups. */
  readonly scopes: ReadonlySet<string>;
}

/** What users may do, kept in this process and in step with the database. */
export interface Memberships {
  /**
   * Synchronous for somebody who asked before. The same object until something of it changes. Nobody who is not known, or disabled, is
   * in any group.
   *
   * @throws TributaryError, or rejects with it: `AUTH_UNAVAILABLE` where the database does not answer, or did not for a minute
   */
  of(userId: string): Membership | Promise<Membership>;
}

const maxKnown = 10_000;
const graceMs = 60_000;

type MembershipRow = { readonly group_id: string; readonly role: Role; readonly scopes: string };

export async function openMemberships(database: Database, changes: Changes): Promise<Memberships> {
  const known = new LRUCache<string, Membership>({ max: maxKnown });
  let epoch = 0;
  await changes.follow({
    kinds: ['user', 'group'],
    changed(news) {
      epoch += 1;
      for (const { kind, subject } of news)
        if (kind === 'user') known.delete(subject);
        else for (const [userId, { roles }] of known.entries()) if (roles.has(subject)) known.delete(userId);
    },
    resync() {
      epoch += 1;
      known.clear();
    },
  });
  const load = async (userId: string): Promise<Membership> => {
    for (;;) {
      const before = epoch;
      const rows = await database
        .all<MembershipRow>(
          'SELECT g.group_id, m.role, g.scopes FROM group_members m JOIN groups g ON g.group_id = m.group_id JOIN users u ON u.user_id = m.user_id WHERE m.user_id = ? AND u.disabled_at IS NULL',
          [userId],
        )
        .catch((thrown: unknown) => {
          throw new TributaryError('AUTH_UNAVAILABLE', undefined, { detail: reasonOfFailure(thrown) });
        });
      // What was changed meanwhile may be newer than the rows.
      if (before !== epoch) continue;
      const membership = membershipOf(rows);
      known.set(userId, membership);
      return membership;
    }
  };
  return {
    of(userId) {
      if (changes.staleSince !== undefined && changes.lagMs > graceMs)
        throw new TributaryError('AUTH_UNAVAILABLE');
      return known.get(userId) ?? load(userId);
    },
  };
}

function membershipOf(rows: readonly MembershipRow[]): Membership {
  return Object.freeze({
    roles: new Map(rows.map(({ group_id, role }) => [group_id, role])),
    scopes: new Set(rows.flatMap(({ scopes }) => JSON.parse(scopes) as string[])),
  });
}
