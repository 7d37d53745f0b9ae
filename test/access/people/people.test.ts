import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../../../src/access/actor.ts';
import type { Group } from '../../../src/access/people/groups.ts';
import { hashPassword, isPassword } from '../../../src/access/people/passwords.ts';
import type { User } from '../../../src/access/people/users.ts';
import { codeOf } from '../../../src/errors.ts';
import { until } from '../../support/redis-server.ts';
import { openReplica, operator, type TestReplica } from '../../support/registry.ts';
import { describeWithState, type TestState } from '../../support/state.ts';

const as = ({ userId }: User): Actor => ({ type: 'user', id: userId });

/** `done`, or the code with which it is refused. */
const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => codeOf(error),
  );

await describeWithState('people', (open) => {
  let state: TestState;
  let replica: TestReplica;
  let group: Group;
  let people: Record<'owner' | 'admin' | 'member' | 'viewer' | 'stranger', User>;

  beforeEach(async () => {
    state = await open();
    replica = await openReplica(state);
    const { users, groups } = replica.registry;
    group = await groups.create(operator, { name: 'Riders Ltd', scopes: ['rides:read'] });
    const make = (name: string): Promise<User> =>
      users.create(operator, { email: `${name}@example.org`, name });
    people = {
      owner: await make('owner'),
      admin: await make('admin'),
      member: await make('member'),
      viewer: await make('viewer'),
      stranger: await make('stranger'),
    };
    for (const role of ['owner', 'admin', 'member', 'viewer'] as const)
      await groups.setMember(operator, group.groupId, people[role].userId, role);
  });
  afterEach(async () => {
    await replica.close();
    await state.drop();
  });

  it('A20: may do what their role lets them, and strangers see that there is nothing', async () => {
    const { apps, keys } = replica.registry;
    const app = await apps.create(as(people.admin), { name: 'Ours', groupId: group.groupId });
    const key = { appId: app.appId, environment: 'live', name: 'k' } as const;
    const made = await keys.create(as(people.member), key);
    const all: [string, (actor: Actor) => Promise<unknown>, Record<string, string>][] = [
      [
        'list keys',
        (actor) => keys.list(actor, app.appId),
        { owner: 'done', admin: 'done', member: 'done', viewer: 'done', stranger: 'NOT_FOUND' },
      ],
      [
        'make a key',
        (actor) => keys.create(actor, key),
        { owner: 'done', admin: 'done', member: 'done', viewer: 'FORBIDDEN', stranger: 'NOT_FOUND' },
      ],
      [
        'see a key',
        (actor) => keys.get(actor, made.info.keyId),
        { owner: 'done', admin: 'done', member: 'done', viewer: 'done', stranger: 'NOT_FOUND' },
      ],
      [
        'revoke a key',
        (actor) => keys.revoke(actor, made.info.keyId, 'test'),
        { owner: 'done', admin: 'done', member: 'done', viewer: 'FORBIDDEN', stranger: 'NOT_FOUND' },
      ],
      [
        'rename an app',
        (actor) => apps.change(actor, app.appId, { name: 'New' }),
        { owner: 'done', admin: 'done', member: 'FORBIDDEN', viewer: 'FORBIDDEN', stranger: 'NOT_FOUND' },
      ],
      [
        'close an app',
        (actor) => apps.close(actor, app.appId),
        {
          stranger: 'NOT_FOUND',
          viewer: 'FORBIDDEN',
          member: 'FORBIDDEN',
          admin: 'FORBIDDEN',
          owner: 'done',
        },
      ],
    ];
    for (const [what, act, expected] of all) {
      const found: Record<string, string> = {};
      for (const who of Object.keys(expected) as (keyof typeof people)[])
        found[who] = await outcome(act(as(people[who])));
      expect({ what, ...found }).toEqual({ what, ...expected });
    }
    expect((await apps.list(as(people.viewer))).map(({ appId }) => appId)).toEqual([app.appId]);
    expect(await apps.list(as(people.stranger))).toEqual([]);
    expect(await outcome(apps.get(as(people.stranger), 'nothing'))).toBe('NOT_FOUND');
  });

  it('Z07: cannot give their app a better plan, scopes, claims, a tenant or more keys', async () => {
    const { apps } = replica.registry;
    const owner = as(people.owner);
    const app = await apps.create(owner, { name: 'Ours', groupId: group.groupId });
    const more = [
      { plan: 'internal' },
      { scopes: ['admin'] },
      { claims: { partner: 'other' } },
      { tenant: 'other' },
      { maxKeys: 1_000 },
    ];
    for (const change of more) {
      expect(await outcome(apps.change(owner, app.appId, change))).toBe('FORBIDDEN');
      expect(await outcome(apps.create(owner, { name: 'Other', groupId: group.groupId, ...change }))).toBe(
        'FORBIDDEN',
      );
    }
    expect(await outcome(apps.create(owner, { name: 'Nobody’s' }))).toBe('NOT_FOUND');
    expect(await apps.get(owner, app.appId)).toEqual(app);
    const { plans, users, groups } = replica.registry;
    expect(await outcome(plans.put(owner, 'open', { scopes: ['admin'] }))).toBe('FORBIDDEN');
    expect(await outcome(groups.change(owner, group.groupId, { scopes: ['admin'] }))).toBe('FORBIDDEN');
    expect(await outcome(users.list(owner))).toBe('FORBIDDEN');
    expect(await outcome(users.get(owner, people.admin.userId))).toBe('NOT_FOUND');
    const { rows } = await replica.audit.search({ actor: people.owner.userId, action: 'app.change' });
    expect(rows.map(({ result }) => result)).toEqual(more.map(() => 'denied'));
  });

  it('Z07: admins make no owners, and the last owner stays', async () => {
    const { groups } = replica.registry;
    const set = (actor: Actor, who: User, role: 'owner' | 'admin' | 'viewer'): Promise<string> =>
      outcome(groups.setMember(actor, group.groupId, who.userId, role));
    expect(await set(as(people.admin), people.stranger, 'admin')).toBe('done');
    expect(await set(as(people.admin), people.admin, 'owner')).toBe('FORBIDDEN');
    expect(await set(as(people.admin), people.owner, 'viewer')).toBe('FORBIDDEN');
    expect(await set(as(people.member), people.viewer, 'admin')).toBe('FORBIDDEN');
    expect(await set(as(people.owner), people.owner, 'viewer')).toBe('CONFLICT');
    expect(await outcome(groups.removeMember(as(people.owner), group.groupId, people.owner.userId))).toBe(
      'CONFLICT',
    );
    expect(await outcome(groups.removeMember(as(people.viewer), group.groupId, people.viewer.userId))).toBe(
      'done',
    );
    expect(
      (await groups.members(as(people.member), group.groupId)).map(({ name, role }) => [name, role]),
    ).toEqual([
      ['admin', 'admin'],
      ['member', 'member'],
      ['owner', 'owner'],
      ['stranger', 'admin'],
    ]);
  });

  it('get another role in a group that is full, and nobody more comes in', async () => {
    const some = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 496)';
    await state.run(
      `INSERT INTO users (user_id, email, name, created_at) ${some} SELECT 'u' || i, 'u' || i || '@example.org', 'u', 1 FROM n`,
    );
    await state.run(
      `INSERT INTO group_members (group_id, user_id, role) ${some} SELECT '${group.groupId}', 'u' || i, 'viewer' FROM n`,
    );
    const { groups } = replica.registry;
    await groups.setMember(operator, group.groupId, people.viewer.userId, 'member');
    const more = groups.setMember(operator, group.groupId, people.stranger.userId, 'viewer');
    await expect(more).rejects.toThrow('at most 500 members');
  });

  it('Z14: lose what a group gave them within a second on every replica, once they have left it', async () => {
    const other = await openReplica(state);
    const { userId, email } = people.member;
    const granted = async (): Promise<readonly string[]> => [
      ...(await other.registry.memberships.of(email)).scopes,
    ];
    expect(await granted()).toEqual(['rides:read']);
    expect(other.registry.memberships.of(email)).not.toBeInstanceOf(Promise);
    let began = performance.now();
    await replica.registry.groups.change(operator, group.groupId, { scopes: ['fares:read'] });
    await until(async () => (await granted())[0] === 'fares:read');
    expect(performance.now() - began).toBeLessThan(1_000);
    began = performance.now();
    await replica.registry.groups.removeMember(as(people.admin), group.groupId, userId);
    await until(async () => (await granted()).length === 0);
    expect(performance.now() - began).toBeLessThan(1_000);
    await replica.registry.users.disable(operator, people.admin.userId, true);
    expect(await replica.registry.memberships.of(people.admin.email)).toMatchObject({
      isDisabled: true,
      roles: new Map(),
    });
    expect(await outcome(replica.registry.groups.members(as(people.admin), group.groupId))).toBe('NOT_FOUND');
    await other.close();
  });

  it('have an address each, and a password if they want one', async () => {
    const { users } = replica.registry;
    expect(await outcome(users.create(operator, { email: ' OWNER@example.org', name: 'x' }))).toBe(
      'CONFLICT',
    );
    for (const email of [
      'nobody',
      'a@b',
      'a b@example.org',
      'a@example.org\nBcc: b@example.org',
      'a@example.org,b@example.org',
    ])
      expect(await outcome(users.create(operator, { email, name: 'x' }))).toBe('BAD_USER_INPUT');
    await users.setPassword(as(people.owner), people.owner.userId, 'correct horse battery');
    expect(
      await outcome(users.setPassword(as(people.admin), people.owner.userId, 'correct horse battery')),
    ).toBe('NOT_FOUND');
    expect(await users.withPassword('Owner@example.org', 'correct horse battery')).toEqual(people.owner);
    expect(await users.withPassword('owner@example.org', 'wrong horse battery')).toBeUndefined();
    expect(await users.withPassword('viewer@example.org', '')).toBeUndefined();
    expect(await users.withPassword('nobody@example.org', 'correct horse battery')).toBeUndefined();
  });
});

describe('a password', () => {
  it('A20: is kept salted and by scrypt, and told from others', async () => {
    const [one, two] = await Promise.all([
      hashPassword('correct horse battery'),
      hashPassword('correct horse battery'),
    ]);
    expect(one).toMatch(/^scrypt\$32768\$8\$1\$/);
    expect(one).not.toBe(two);
    expect(await isPassword('correct horse battery', one)).toBe(true);
    expect(await isPassword('correct horse batterx', one)).toBe(false);
    expect(await isPassword('correct horse battery', undefined)).toBe(false);
    await expect(hashPassword('short')).rejects.toThrow('12 to 200 characters');
  });
});
