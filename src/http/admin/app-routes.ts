import { z } from 'zod';
import type { App, Apps } from '../../access/apps/apps.ts';
import type { QuotaState } from '../../access/limits/quota.ts';
import { given } from '../../util/given.ts';
import { idInPath, scopeList } from './inputs.ts';
import { pageOf, pageQuery } from './pages.ts';
import { type AdminRoute, adminRoute } from './route.ts';

const name = z.string().min(1).max(100);
const appInPath = z.strictObject({ app: idInPath });

const changeable = {
  plan: z.string().max(40).describe('The name of a plan.'),
  tenant: z.string().min(1).max(100).describe('The organisation that its callers belong to.'),
  scopes: scopeList.describe('What it is granted beside what its plan grants.'),
  claims: z
    .record(z.string(), z.string().max(200))
    .describe('What `@owner` compares with what an object says.'),
  maxKeys: z.int().min(1).max(1_000).describe('How many usable keys it may have.'),
};

/** What is left of the quota of an app; `undefined` where its plan has none. */
export type QuotaOf = (app: App) => Promise<QuotaState | undefined>;

/** Apps over HTTP. */
export function appRoutes(apps: Apps, quotaOf: QuotaOf): readonly AdminRoute[] {
  return [
    adminRoute({
      name: 'listApps',
      method: 'GET',
      path: '/apps',
      reads: 'app.list',
      summary: 'Lists the apps, a thousand at most in a page.',
      query: pageQuery,
      answer: 'The apps, by their ids, and `next` where there are more.',
      handle: ({ query, actor }) =>
        pageOf(
          'apps',
          query,
          (after, limit) => apps.list(actor, after, limit),
          ({ appId }) => appId,
        ),
    }),
    adminRoute({
      name: 'createApp',
      method: 'POST',
      path: '/apps',
      summary: 'Makes an app: a consumer of the API, to which quota and usage belong.',
      body: z.strictObject({ name, group: idInPath.optional(), ...optional(changeable) }),
      answer: 'The app.',
      status: 201,
      handle: ({ body: { group, ...app }, actor }) =>
        apps.create(actor, { ...given(app), ...(group === undefined ? {} : { groupId: group }) }),
    }),
    adminRoute({
      name: 'getApp',
      method: 'GET',
      path: '/apps/{app}',
      reads: 'app.read',
      summary: 'Shows an app.',
      parameters: appInPath,
      answer: 'The app.',
      handle: ({ parameters, actor }) => apps.get(actor, parameters.app),
    }),
    adminRoute({
      name: 'showQuota',
      method: 'GET',
      path: '/apps/{app}/quota',
      reads: 'app.quota',
      summary:
        'Tells what is left of the quota of an app; what servers hold for its next requests counts as used.',
      parameters: appInPath,
      answer: 'The quota; null where the plan of the app has none.',
      handle: async ({ parameters, actor }) => ({
        quota: (await quotaOf(await apps.get(actor, parameters.app))) ?? null,
      }),
    }),
    adminRoute({
      name: 'changeApp',
      method: 'PATCH',
      path: '/apps/{app}',
      summary: 'Changes an app, on every replica within a second.',
      parameters: appInPath,
      body: z.strictObject({ name: name.optional(), ...optional(changeable) }),
      answer: 'The app as it is now.',
      handle: ({ parameters, body, actor }) => apps.change(actor, parameters.app, given(body)),
    }),
    adminRoute({
      name: 'closeApp',
      method: 'POST',
      path: '/apps/{app}/close',
      summary: 'Closes an app for ever: its keys are refused as revoked.',
      parameters: appInPath,
      body: z.strictObject({}),
      answer: 'Nothing more.',
      handle: async ({ parameters, actor }) => {
        await apps.close(actor, parameters.app);
        return { closed: parameters.app };
      },
    }),
  ];
}

type Optional<Shape extends z.ZodRawShape> = { [Name in keyof Shape]: z.ZodOptional<Shape[Name]> };

function optional<Shape extends z.ZodRawShape>(shape: Shape): Optional<Shape> {
  const entries = Object.entries(shape).map(([key, type]) => [key, (type as z.ZodType).optional()]);
  return Object.fromEntries(entries) as Optional<Shape>;
}
