import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AccessState, openAccessState } from '../../../src/access/open-state.ts';
import { serverConfigSchema } from '../../../src/config/server-config.ts';
import { adminRoutes } from '../../../src/http/admin/admin-routes.ts';
import { callRoute } from '../../../src/http/admin/call-route.ts';
import type { AdminRoute } from '../../../src/http/admin/route.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { operator, testPepper } from '../../support/registry.ts';
import { openState, type TestState } from '../../support/state.ts';

type Page = Readonly<Record<string, unknown>> & { readonly next?: string };

let database: TestState;
let state: AccessState;

beforeAll(async () => {
  database = await openState();
  state = await openAccessState({
    config: serverConfigSchema.parse({ access: { stateUrl: database.url } }).access,
    directory: '.',
    variables: { TRIBUTARY_PEPPER: testPepper },
    log: noLog,
  });
  const { apps, users, groups } = state.registry;
  for (const name of ['one', 'two', 'three', 'four']) {
    await apps.create(operator, { name });
    await users.create(operator, { email: `${name}@example.org`, name });
    await groups.create(operator, { name });
  }
});
afterAll(async () => {
  await state.close();
  await database.drop();
});

function list(name: string, query: Readonly<Record<string, unknown>>): Promise<Page> {
  const route = adminRoutes(state).find((each) => each.name === name) as AdminRoute;
  return callRoute(route, { query }, operator) as Promise<Page>;
}

it.each([
  ['listApps', 'apps', 'appId'],
  ['listUsers', 'users', 'userId'],
  ['listGroups', 'groups', 'groupId'],
])('%s tells where the next page begins, and of none after the last', async (route, name, id) => {
  const idsOf = (page: Page): readonly unknown[] =>
    (page[name] as readonly Record<string, unknown>[]).map((row) => row[id]);
  const whole = await list(route, {});
  expect(whole).not.toHaveProperty('next');
  expect(idsOf(whole)).toHaveLength(4);
  const first = await list(route, { limit: '3' });
  expect(idsOf(first)).toHaveLength(3);
  expect(first.next).toBe(idsOf(first)[2]);
  const second = await list(route, { limit: 3, after: first.next });
  expect([...idsOf(first), ...idsOf(second)]).toEqual(idsOf(whole));
  expect(second).not.toHaveProperty('next');
  // A page that happens to be full.
  expect(await list(route, { limit: 4 })).not.toHaveProperty('next');
});

it('a page has a thousand where nothing is said, and never more', async () => {
  const rows = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT 'seed' || i, 'Seed', 'open', '[]', '{}', 10, 0 FROM n`;
  await database.run(`INSERT INTO apps (app_id, name, plan, scopes, claims, max_keys, created_at) ${rows}`);
  const page = await list('listApps', {});
  expect(page.apps).toHaveLength(1_000);
  expect((await list('listApps', { after: page.next })).apps).toHaveLength(4);
  await expect(list('listApps', { limit: 1_001 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
});
