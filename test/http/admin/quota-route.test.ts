import { expect, it, onTestFinished } from 'vitest';
import { Quota } from '../../../src/access/limits/quota.ts';
import { appRoutes } from '../../../src/http/admin/app-routes.ts';
import { callRoute } from '../../../src/http/admin/call-route.ts';
import type { AdminRoute } from '../../../src/http/admin/route.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { steadyClock } from '../../../src/util/clock.ts';
import { createApp, openReplica, operator } from '../../support/registry.ts';
import { openState } from '../../support/state.ts';

it('tells what is left of the quota of an app, and when the next period begins', async () => {
  const state = await openState();
  const replica = await openReplica(state);
  const database = await state.connect();
  const quota = new Quota({ database, clock: steadyClock, log: noLog });
  onTestFinished(async () => {
    await quota.close();
    await replica.close();
    await state.drop();
  });
  const { appId } = await createApp(replica, 'partner');
  const limit = { units: 1_000, period: 'month', prepaid: true } as const;
  const routes = appRoutes(replica.registry.apps, (app) => quota.state(app.appId, limit));
  const ask = (app: string) =>
    callRoute(
      routes.find(({ name }) => name === 'showQuota') as AdminRoute,
      { parameters: { app } },
      operator,
    );
  await quota.spend(appId, limit, 12);
  expect(await ask(appId)).toEqual({
    quota: {
      units: 1_000,
      used: expect.any(Number),
      remaining: expect.any(Number),
      resetAt: expect.stringMatching(/^\d{4}-\d\d-01T00:00:00.000Z$/),
    },
  });
  const { quota: left } = (await ask(appId)) as { quota: { used: number; remaining: number } };
  expect(left.used).toBeGreaterThanOrEqual(12);
  expect(left.used + left.remaining).toBe(1_000);
  await expect(ask('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('is not there where nobody counts', async () => {
  const state = await openState();
  const replica = await openReplica(state);
  onTestFinished(async () => {
    await replica.close();
    await state.drop();
  });
  expect(appRoutes(replica.registry.apps).map(({ name }) => name)).not.toContain('showQuota');
});
