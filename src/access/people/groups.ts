import { ulid } from 'ulid';
import { TributaryError } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { badInput, checkedScopes, checkedText } from '../inputs.ts';
import type { Database } from '../state/database.ts';
import type { Step, Writer } from '../writer.ts';
import { allow, allowOperators, type Role, roles } from './role.ts';

/** People who share apps. */
export interface Group {
  readonly groupId: string;
  readonly name: string;
  /** What every member is granted when they ask with a token of their own. */
  readonly scopes: readonly string[];
  readonly createdAt: number;
}

export interface Member {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
}

/** Groups and who is in them. What is changed counts within a second on every replica. */
export interface Groups {
  /** For operators. Rejects with `FORBIDDEN`, `BAD_USER_INPUT`. */
  create(actor: Actor, group: { name: string; scopes?: readonly string[] }): Promise<Group>;
  /** For operators. */
  change(
    actor: Actor,
    groupId: string,
    change: { name?: string; scopes?: readonly string[] },
  ): Promise<Group>;
  /**
   * Adds a member, or gives one another role. Admins of the group may; only owners make owners and change what one may.
   *
   * @throws TributaryError `NOT_FOUND` (the group or the user), `FORBIDDEN`, `CONFLICT` (the last owner)
   */
  setMember(actor: Actor, groupId: string, userId: string, role: Role): Promise<void>;
  /** As `setMember`; members may leave by themselves. */
  removeMember(actor: Actor, groupId: string, userId: string): Promise<void>;
  members(actor: Actor, groupId: string): Promise<readonly Member[]>;
  /** Those of the actor; all for operators. At most 1000, after `after`, a group's id. */
  list(actor: Actor, after?: string, limit?: number): Promise<readonly Group[]>;
}

const maxMembers = 500;

export function openGroups(database: Database, writer: Writer): Groups {
  return {
    create: (actor, { name, scopes = [] }) =>
      writer.write({ actor, action: 'group.create' }, async (step) => {
        allowOperators(actor);
        const group = await createGroup(step, name, scopes);
        return { result: group, target: group.groupId, after: group };
      }),
    change: (actor, groupId, change) =>
      writer.write({ actor, action: 'group.change', target: groupId }, async (step) => {
        allowOperators(actor);
        const before = await readGroup(step.database, groupId);
        const after: Group = {
          ...before,
          name: checkedText('The name of a group', change.name ?? before.name),
          scopes: checkedScopes(change.scopes ?? before.scopes),
        };
        await step.database.run('UPDATE groups SET name = ?, scopes = ? WHERE group_id = ?', [
          after.name,
          JSON.stringify(after.scopes),
          groupId,
        ]);
        await step.publish('group', groupId);
        return { result: after, before, after };
      }),
    setMember: (actor, groupId, userId, role) =>
      writer.write({ actor, action: 'group.member', target: groupId }, async (step) => {
        if (!roles.includes(role)) throw badInput(`A role is one of ${roles.join(', ')}.`);
        const before = await roleOf(step.database, groupId, userId);
        await allow(
          step.database,
          actor,
          groupId,
          role === 'owner' || before === 'owner' ? 'owner' : 'admin',
        );
        await readGroup(step.database, groupId);
        await addMember(step, groupId, userId, role);
        if (before === 'owner') await proveOwner(step.database, groupId);
        return { result: undefined, before: { userId, role: before }, after: { userId, role } };
      }),
    removeMember: (actor, groupId, userId) =>
      writer.write({ actor, action: 'group.leave', target: groupId }, async (step) => {
        const before = await roleOf(step.database, groupId, userId);
        const least = actor.id === userId ? 'viewer' : before === 'owner' ? 'owner' : 'admin';
        await allow(step.database, actor, groupId, least);
        if (before === undefined) throw new TributaryError('NOT_FOUND');
        await step.database.run('DELETE FROM group_members WHERE group_id = ? AND user_id = ?', [
          groupId,
          userId,
        ]);
        if (before === 'owner') await proveOwner(step.database, groupId);
        await step.publish('user', userId);
        return { result: undefined, before: { userId, role: before } };
      }),
    async members(actor, groupId) {
      await allow(database, actor, groupId, 'viewer');
      const rows = await database.all<{ user_id: string; email: string; name: string; role: Role }>(
        'SELECT u.user_id, u.email, u.name, m.role FROM group_members m JOIN users u ON u.user_id = m.user_id WHERE m.group_id = ? ORDER BY u.email',
        [groupId],
      );
      return rows.map(({ user_id, ...row }) => ({ userId: user_id, ...row }));
    },
    async list(actor, after = '', limit = 1_000) {
      const own = 'AND group_id IN (SELECT group_id FROM group_members WHERE user_id = ?)';
      const rows = await database.all<GroupRow>(
        `SELECT * FROM groups WHERE group_id > ? ${actor.type === 'user' ? own : ''} ORDER BY group_id LIMIT ?`,
        actor.type === 'user' ? [after, actor.id, limit] : [after, limit],
      );
      return rows.map(groupOf);
    },
  };
}

/** Makes a group within a write of its own or of somebody else's. */
export async function createGroup(step: Step, name: string, scopes: readonly string[] = []): Promise<Group> {
  const group: Group = {
    groupId: ulid(step.now),
    name: checkedText('The name of a group', name),
    scopes: checkedScopes(scopes),
    createdAt: step.now,
  };
  await step.database.run('INSERT INTO groups (group_id, name, scopes, created_at) VALUES (?, ?, ?, ?)', [
    group.groupId,
    group.name,
    JSON.stringify(group.scopes),
    group.createdAt,
  ]);
  await step.publish('group', group.groupId);
  return group;
}

/** Adds a member within a write of its own or of somebody else's. */
export async function addMember(step: Step, groupId: string, userId: string, role: Role): Promise<void> {
  const [known] = await step.database.all<{ members: number }>(
    'SELECT (SELECT COUNT(*) FROM group_members WHERE group_id = ? AND user_id <> ?) AS members FROM users WHERE user_id = ?',
    [groupId, userId, userId],
  );
  if (known === undefined) throw new TributaryError('NOT_FOUND', 'There is no person of that id.');
  if (known.members >= maxMembers)
    throw new TributaryError('CONFLICT', `A group has at most ${maxMembers} members.`);
  await step.database.run(
    'INSERT INTO group_members (group_id, user_id, role) VALUES (?, ?, ?) ON CONFLICT (group_id, user_id) DO UPDATE SET role = excluded.role',
    [groupId, userId, role],
  );
  await step.publish('user', userId);
}

type GroupRow = {
  readonly group_id: string;
  readonly name: string;
  readonly scopes: string;
  readonly created_at: number;
};

function groupOf(row: GroupRow): Group {
  return {
    groupId: row.group_id,
    name: row.name,
    scopes: JSON.parse(row.scopes) as string[],
    createdAt: row.created_at,
  };
}

async function readGroup(database: Database, groupId: string): Promise<Group> {
  const [row] = await database.all<GroupRow>('SELECT * FROM groups WHERE group_id = ?', [groupId]);
  if (row === undefined) throw new TributaryError('NOT_FOUND');
  return groupOf(row);
}

async function roleOf(database: Database, groupId: string, userId: string): Promise<Role | undefined> {
  const [row] = await database.all<{ role: Role }>(
    'SELECT role FROM group_members WHERE group_id = ? AND user_id = ?',
    [groupId, userId],
  );
  return row?.role;
}

/** Nobody could name another one. */
async function proveOwner(database: Database, groupId: string): Promise<void> {
  const [row] = await database.all(
    "SELECT 1 AS one FROM group_members WHERE group_id = ? AND role = 'owner'",
    [groupId],
  );
  if (row === undefined) throw new TributaryError('CONFLICT', 'A group has one owner at least.');
}
