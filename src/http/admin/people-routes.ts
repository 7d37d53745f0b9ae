import { z } from 'zod';
import type { Groups } from '../../access/people/groups.ts';
import type { Users } from '../../access/people/users.ts';
import { given } from '../../util/given.ts';
import { idInPath, scopeList } from './inputs.ts';
import { pageOf, pageQuery } from './pages.ts';
import { type AdminRoute, adminRoute } from './route.ts';

const role = z.enum(['owner', 'admin', 'member', 'viewer']);
const name = z.string().min(1).max(100);
const groupInPath = z.strictObject({ group: idInPath });
const memberInPath = z.strictObject({ group: idInPath, user: idInPath });

/** The people who manage apps, and the groups that own apps, over HTTP. */
export function peopleRoutes(users: Users, groups: Groups): readonly AdminRoute[] {
  return [
    adminRoute({
      name: 'listUsers',
      method: 'GET',
      path: '/users',
      reads: 'user.list',
      summary: 'Lists the people, a thousand at most in a page.',
      query: pageQuery,
      answer: 'The people, by their ids, and `next` where there are more.',
      handle: ({ query, actor }) =>
        pageOf(
          'users',
          query,
          (after, limit) => users.list(actor, after, limit),
          ({ userId }) => userId,
        ),
    }),
    adminRoute({
      name: 'createUser',
      method: 'POST',
      path: '/users',
      summary: 'Makes a person known who will manage apps.',
      body: z.strictObject({ email: z.string().max(254), name, password: z.string().max(200).optional() }),
      answer: 'The person, without the password.',
      status: 201,
      handle: ({ body, actor }) => users.create(actor, given(body)),
    }),
    adminRoute({
      name: 'disableUser',
      method: 'POST',
      path: '/users/{user}/disable',
      summary: 'Takes all rights from a person, or gives them back, within a second.',
      parameters: z.strictObject({ user: idInPath }),
      body: z.strictObject({ disabled: z.boolean().default(true) }),
      answer: 'Nothing more.',
      async handle({ parameters, body, actor }) {
        await users.disable(actor, parameters.user, body.disabled);
        return { user: parameters.user, disabled: body.disabled };
      },
    }),
    adminRoute({
      name: 'listGroups',
      method: 'GET',
      path: '/groups',
      reads: 'group.list',
      summary: 'Lists the groups, a thousand at most in a page.',
      query: pageQuery,
      answer: 'The groups, by their ids, and `next` where there are more.',
      handle: ({ query, actor }) =>
        pageOf(
          'groups',
          query,
          (after, limit) => groups.list(actor, after, limit),
          ({ groupId }) => groupId,
        ),
    }),
    adminRoute({
      name: 'createGroup',
      method: 'POST',
      path: '/groups',
      summary: 'Makes a group of people that owns apps.',
      body: z.strictObject({ name, scopes: scopeList.optional() }),
      answer: 'The group.',
      status: 201,
      handle: ({ body, actor }) => groups.create(actor, given(body)),
    }),
    adminRoute({
      name: 'listMembers',
      method: 'GET',
      path: '/groups/{group}/members',
      reads: 'group.members',
      summary: 'Lists the members of a group and their roles.',
      parameters: groupInPath,
      answer: 'The members.',
      handle: async ({ parameters, actor }) => ({ members: await groups.members(actor, parameters.group) }),
    }),
    adminRoute({
      name: 'setMember',
      method: 'PUT',
      path: '/groups/{group}/members/{user}',
      summary: 'Makes a person a member of a group, or changes their role, within a second.',
      parameters: memberInPath,
      body: z.strictObject({ role }),
      answer: 'The membership.',
      async handle({ parameters: { group, user }, body, actor }) {
        await groups.setMember(actor, group, user, body.role);
        return { group, user, role: body.role };
      },
    }),
    adminRoute({
      name: 'removeMember',
      method: 'DELETE',
      path: '/groups/{group}/members/{user}',
      summary: 'Takes a person out of a group, within a second.',
      parameters: memberInPath,
      answer: 'Nothing more.',
      async handle({ parameters: { group, user }, actor }) {
        await groups.removeMember(actor, group, user);
        return { group, removed: user };
      },
    }),
  ];
}
