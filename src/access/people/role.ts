import { TributaryError } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import type { Database } from '../state/database.ts';

/** What a member of a group may do with its apps; each role may what those before it may. */
export const roles = Object.freeze(['viewer', 'member', 'admin', 'owner'] as const);

/** `viewer` sees; `member` makes and revokes keys; `admin` changes apps and members; `owner` names owners and closes apps. */
export type Role = (typeof roles)[number];

/**
 * Lets an actor pass who may do something to what a group owns; operators and the server always pass.
 *
 * @param groupId `undefined`: what no group owns
 * @param missing what whoever is no member is told
 * @throws TributaryError `NOT_FOUND` for whoever is no member, as if there were no such thing; `FORBIDDEN` where the role is not enough
 */
export async function allow(
  database: Database,
  actor: Actor,
  groupId: string | undefined,
  least: Role,
  missing?: string,
): Promise<void> {
  if (actor.type !== 'user') return;
  const [member] = await database.all<{ role: string }>(
    'SELECT m.role FROM group_members m JOIN users u ON u.user_id = m.user_id WHERE m.group_id = ? AND m.user_id = ? AND u.disabled_at IS NULL',
    [groupId ?? '', actor.id],
  );
  if (member === undefined) throw new TributaryError('NOT_FOUND', missing);
  if (roles.indexOf(member.role as Role) < roles.indexOf(least)) throw new TributaryError('FORBIDDEN');
}

/** Lets nobody pass but operators and the server. */
export function allowOperators(actor: Actor): void {
  if (actor.type === 'user') throw new TributaryError('FORBIDDEN');
}
