import { expect, it, onTestFinished } from 'vitest';
import { openAccessState } from '../../../src/access/open-state.ts';
import { serverConfigSchema } from '../../../src/config/server-config.ts';
import { codeOf } from '../../../src/errors.ts';
import { adminRoutes } from '../../../src/http/admin/admin-routes.ts';
import { type AskedOfRoute, callRoute } from '../../../src/http/admin/call-route.ts';
import type { AdminRoute } from '../../../src/http/admin/route.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { openTestDatabase } from '../../support/databases.ts';
import { operator, testPepper } from '../../support/registry.ts';

const probe = await openTestDatabase('postgres');
const missing = 'missing' in probe ? probe.missing : undefined;

it.skipIf(missing !== undefined)(
  `what Postgres cannot be asked for is the mistake of whoever asks${missing === undefined ? '' : ` (not tested: ${missing})`}`,
  async () => {
    if ('missing' in probe) return;
    const state = await openAccessState({
      config: serverConfigSchema.parse({ access: { stateUrl: probe.url } }).access,
      directory: '.',
      variables: { TRIBUTARY_PEPPER: testPepper },
      log: noLog,
    });
    onTestFinished(async () => {
      await state.close();
      await probe.drop();
    });
    const routes = adminRoutes(state);
    const outcome = (name: string, asked: AskedOfRoute): Promise<string> =>
      callRoute(routes.find((route) => route.name === name) as AdminRoute, asked, operator).then(
        () => 'done',
        (thrown: unknown) => codeOf(thrown),
      );
    const text = 'a\0b';
    const asked: readonly (readonly [string, AskedOfRoute])[] = [
      ['getApp', { parameters: { app: text } }],
      ['listApps', { query: { after: text } }],
      ['getKey', { parameters: { key: text } }],
      ['listMembers', { parameters: { group: text } }],
      ['showUsage', { query: { key: text } }],
      ['showUsageDetails', { query: { operation: text } }],
      ['searchAudit', { query: { target: text } }],
      ['endSwitch', { parameters: { id: `datasource:${text}` } }],
    ];
    for (const [name, request] of asked)
      expect([name, await outcome(name, request)]).toEqual([name, 'BAD_REQUEST']);
    const body = { target: 'datasource', name: 'fleet', reason: `because ${text}` };
    expect(await outcome('setSwitch', { body })).toBe('BAD_USER_INPUT');
  },
);
