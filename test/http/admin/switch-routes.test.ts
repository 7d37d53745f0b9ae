import { expect, it, onTestFinished } from 'vitest';
import { openAccessState } from '../../../src/access/open-state.ts';
import { serverConfigSchema } from '../../../src/config/server-config.ts';
import { adminRoutes } from '../../../src/http/admin/admin-routes.ts';
import { callRoute } from '../../../src/http/admin/call-route.ts';
import type { AdminRoute } from '../../../src/http/admin/route.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { operator, testPepper } from '../../support/registry.ts';
import { openState } from '../../support/state.ts';

it('O06: a datasource that the server does not have cannot be switched off', async () => {
  const database = await openState();
  const { access: config } = serverConfigSchema.parse({ access: { stateUrl: database.url } });
  const variables = { TRIBUTARY_PEPPER: testPepper };
  const state = await openAccessState({ config, directory: '.', variables, log: noLog });
  onTestFinished(async () => {
    await state.close();
    await database.drop();
  });
  const routes = adminRoutes(state, { datasources: new Set(['fleet']) });
  const setSwitch = routes.find(({ name }) => name === 'setSwitch') as AdminRoute;
  const off = (name: string): Promise<unknown> =>
    callRoute(setSwitch, { body: { target: 'datasource', name, reason: 'breached' } }, operator);
  await expect(off('flet')).rejects.toThrow('There is no such datasource; there are `fleet`.');
  expect(await state.switches.list()).toEqual([]);
  expect(await off('fleet')).toMatchObject({ id: 'datasource:fleet' });
});
