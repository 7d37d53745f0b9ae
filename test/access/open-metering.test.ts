import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Plan } from '../../src/access/apps/plan.ts';
import type { Entered } from '../../src/access/limits/limits.ts';
import { openMetering } from '../../src/access/open-metering.ts';
import { serverConfigSchema } from '../../src/config/server-config.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { steadyClock } from '../../src/util/clock.ts';
import { given } from '../../src/util/given.ts';
import { openTestState, type TestState } from './usage/state.ts';

it('limits apps by their plan, and others by the options', async () => {
  const state = (await openTestState('sqlite')) as TestState;
  const directory = mkdtempSync(join(tmpdir(), 'tributary-metering-'));
  const plan = (changes: Partial<Plan>): Plan => ({
    name: 'partner',
    audience: 'PARTNER',
    scopes: [],
    limitPerMinute: undefined,
    burst: undefined,
    concurrency: undefined,
    quotaUnits: undefined,
    quotaPeriod: 'day',
    maxCost: undefined,
    registeredOnly: false,
    locations: ['header'],
    ...changes,
  });
  let partner = plan({ limitPerMinute: 120, burst: 2, concurrency: 9, quotaUnits: 50 });
  const { limits, close } = openMetering({
    config: serverConfigSchema.parse({
      rates: { anonymousPerMinute: 60, anonymousBurst: 1, anonymousRunning: 0 },
    }),
    directory,
    database: state.database,
    planOf: (name) => ({ partner, free: plan({}) })[name],
    clock: steadyClock,
    log: noLog,
  });
  const caller = {
    id: 'app:a',
    audience: 'PARTNER',
    tenant: undefined,
    isAuthenticated: true,
    app: 'a',
    plan: 'partner',
  } as const;
  const entered = limits.enter(caller, '192.0.2.1') as Entered;
  expect(entered.headers.join(' ')).toBe(
    'ratelimit-policy "requests";q=120;w=60, "running";q=9;qu="concurrent-requests" ratelimit "requests";r=1;t=1',
  );
  await expect(async () => await limits.spend(caller, 71)).rejects.toMatchObject({ shown: { quota: 50 } });
  partner = plan({ quotaUnits: 70 });
  await limits.spend(caller, 60);
  expect((limits.enter(caller, '192.0.2.1') as Entered).refused).toBeUndefined();
  expect(limits.enter({ ...caller, app: 'b', plan: 'free' }, '192.0.2.1')).toMatchObject({ headers: [] });
  const user = {
    id: 'user:people:anna',
    audience: 'OPEN',
    tenant: undefined,
    isAuthenticated: true,
  } as const;
  const ofPlan = (plan?: string) => limits.enter({ ...user, ...given({ plan }) }, '192.0.2.9') as Entered;
  expect(ofPlan().headers).toEqual([]);
  // The plan of an issuer counts each of its users by themselves; one that is gone gives nobody everything.
  expect(ofPlan('gone').headers).toContain('"requests";q=60;w=60');
  expect(ofPlan('gone').refused?.code).toBe('RATE_LIMITED');
  const nobody = { id: 'anonymous', audience: 'OPEN', tenant: undefined } as const;
  const twice = [limits.enter(nobody, '192.0.2.1'), limits.enter(nobody, '192.0.2.1')] as Entered[];
  expect(twice.map(({ refused }) => refused?.code)).toEqual([undefined, 'RATE_LIMITED']);
  await close();
  await state.close();
  rmSync(directory, { recursive: true, force: true });
});
