import { expect, it, onTestFinished } from 'vitest';
import { Quota } from '../../../src/access/limits/quota.ts';
import { openAccessState } from '../../../src/access/open-state.ts';
import { serverConfigSchema } from '../../../src/config/server-config.ts';
import { adminRoutes } from '../../../src/http/admin/admin-routes.ts';
import { callRoute } from '../../../src/http/admin/call-route.ts';
import type { AdminRoute } from '../../../src/http/admin/route.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { steadyClock } from '../../../src/util/clock.ts';
import { operator, testPepper } from '../../support/registry.ts';
import { openState } from '../../support/state.ts';

it('tells what is left of the quota of an app, and when the next period begins', async () => {
  const { url, drop } = await openState();
  const state = await openAccessState({
    config: serverConfigSchema.parse({ access: { stateUrl: url } }).access,
    directory: '.',
    variables: { TRIBUTARY_PEPPER: testPepper },
    log: noLog,
  });
  onTestFinished(async () => {
    await state.close();
    await drop();
  });
  const { apps, plans } = state.registry;
  await plans.put(operator, 'small', { quotaUnits: 1_000, quotaPeriod: 'month' });
  const { appId } = await apps.create(operator, { name: 'App', plan: 'small' });
  const route = adminRoutes(state).find(({ name }) => name === 'showQuota') as AdminRoute;
  const ask = (app: string) => callRoute(route, { parameters: { app } }, operator);
  const quota = new Quota({ database: state.database, clock: steadyClock, log: noLog });
  await quota.spend(appId, { units: 1_000, period: 'month', prepaid: true }, 12);
  await quota.close();
  expect(await ask(appId)).toEqual({
    quota: {
      units: 1_000,
      used: 12,
      remaining: 988,
      resetAt: expect.stringMatching(/^\d{4}-\d\d-01T00:00:00.000Z$/),
    },
  });
  await apps.change(operator, appId, { plan: 'internal' });
  expect(await ask(appId)).toEqual({ quota: null });
  await expect(ask('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
