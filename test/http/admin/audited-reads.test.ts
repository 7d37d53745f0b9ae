import { afterEach, beforeEach, expect, it } from 'vitest';
import { newKeyParts, writeKey } from '../../../src/access/keys/key-format.ts';
import { type AccessState, openAccessState } from '../../../src/access/open-state.ts';
import { serverConfigSchema } from '../../../src/config/server-config.ts';
import { codeOf } from '../../../src/errors.ts';
import { adminRoutes } from '../../../src/http/admin/admin-routes.ts';
import { auditedReads } from '../../../src/http/admin/audited-reads.ts';
import { type AskedOfRoute, callRoute } from '../../../src/http/admin/call-route.ts';
import type { AdminRoute } from '../../../src/http/admin/route.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { operator, testPepper } from '../../support/registry.ts';
import { describeWithState, type TestState } from '../../support/state.ts';

await describeWithState('what administrators read', (open) => {
  let database: TestState;
  let state: AccessState;
  let appId: string;
  let keyId: string;

  beforeEach(async () => {
    database = await open();
    state = await openAccessState({
      config: serverConfigSchema.parse({ access: { stateUrl: database.url } }).access,
      directory: '.',
      variables: { TRIBUTARY_PEPPER: testPepper },
      log: noLog,
    });
    const { apps, keys } = state.registry;
    ({ appId } = await apps.create(operator, { name: 'Acme', plan: 'partner' }));
    const key = { appId, environment: 'live', name: 'first' } as const;
    ({ keyId } = (await keys.create(operator, key)).info);
  });
  afterEach(async () => {
    await state.close();
    await database.drop();
  });

  const routeOf = (name: string): AdminRoute =>
    adminRoutes(state).find((route) => route.name === name) as AdminRoute;
  const call = (name: string, asked: AskedOfRoute = {}): Promise<unknown> =>
    callRoute(routeOf(name), asked, { ...operator, requestId: 'r-1', agent: 'curl/8' });
  const newest = async (): Promise<readonly unknown[]> => {
    const [row] = (await state.audit.search({ limit: 1 })).rows;
    return [row?.action, row?.target, row?.result];
  };

  it('is in the audit log, one entry each, with what was read and of whom', async () => {
    const reads: readonly (readonly [string, AskedOfRoute, string, string])[] = [
      ['listApps', {}, 'app.list', ''],
      ['getApp', { parameters: { app: appId } }, 'app.read', appId],
      ['showQuota', { parameters: { app: appId } }, 'app.quota', appId],
      ['listKeys', { parameters: { app: appId } }, 'key.list', appId],
      ['getKey', { parameters: { key: keyId } }, 'key.read', keyId],
      ['listPlans', {}, 'plan.list', ''],
      ['listUsers', {}, 'user.list', ''],
      ['listGroups', {}, 'group.list', ''],
      ['listSwitches', {}, 'switch.list', ''],
      ['showUsage', { query: { app: appId } }, 'usage.read', appId],
      ['showUsage', { query: { app: appId, key: keyId, format: 'csv' } }, 'usage.export', keyId],
      ['showUsageDetails', {}, 'usage.details', ''],
      ['billPeriod', { parameters: { period: '2026-01' } }, 'usage.bill', '2026-01'],
      [
        'billPeriod',
        { parameters: { period: '2026-01' }, query: { format: 'csv' } },
        'usage.export',
        '2026-01',
      ],
      ['reconcileUsage', {}, 'usage.reconcile', ''],
      ['searchAudit', { query: { target: keyId } }, 'audit.search', keyId],
      ['verifyAudit', {}, 'audit.verify', ''],
    ];
    for (const [at, [name, asked, action, target]] of reads.entries()) {
      await call(name, asked);
      expect([name, ...(await newest())]).toEqual([name, action, target, 'ok']);
      expect((await state.audit.verify()) as unknown).toMatchObject({ intact: true, head: { seq: 3 + at } });
    }
    const [row] = (await state.audit.search({ limit: 1 })).rows;
    expect(row).toMatchObject({ actor_id: 'ada', actor_agent: 'curl/8', request_id: 'r-1', after_hash: '' });
  });

  it('has a name of its own for the log, whatever it is', () => {
    for (const { name, method, reads } of adminRoutes(state))
      if (method === 'GET') expect([name, reads]).toEqual([name, expect.stringMatching(/^[a-z]+\.[a-z]+$/)]);
      else expect([name, reads]).toEqual([name, undefined]);
  });

  it('is in the log where there is no such thing, without a key or a token that was given for an id', async () => {
    const refused = (key: string): Promise<string> =>
      call('getKey', { parameters: { key } }).then(String, (thrown: unknown) => codeOf(thrown));
    expect(await refused('nobody')).toBe('NOT_FOUND');
    expect(await newest()).toEqual(['key.read', 'nobody', 'failed']);
    for (const secret of [writeKey(newKeyParts('api', 'live')), 'eyJhbGciOiJub25lIn0.e30.', 'a b\u2028c']) {
      expect(await refused(secret)).toBe('NOT_FOUND');
      expect(await newest()).toEqual(['key.read', '', 'failed']);
    }
  });

  it('is not answered where its entry cannot be written', async () => {
    await database.run('ALTER TABLE audit RENAME TO audit_gone');
    await expect(call('listApps')).rejects.toThrow();
    await expect(call('showUsage', { query: { format: 'csv' } })).rejects.toThrow();
    await database.run('ALTER TABLE audit_gone RENAME TO audit');
    expect(await call('listApps')).toMatchObject({ apps: [{ appId }] });
  });

  it('may be asked for again where the database is down', async () => {
    const down = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const database = { ...state.database, transaction: () => Promise.reject(down) };
    const [route] = auditedReads([routeOf('listPlans')], { database, audit: state.audit });
    const answer = callRoute(route as AdminRoute, {}, operator);
    expect(await answer.then(String, (thrown: unknown) => codeOf(thrown))).toBe('AUTH_UNAVAILABLE');
  });

  it('that writes is in the log once', async () => {
    await call('revokeKey', { parameters: { key: keyId }, body: { reason: 'a drill' } });
    const { rows } = await state.audit.search({ target: keyId });
    expect(rows.map(({ action }) => action)).toEqual(['key.revoke', 'key.create']);
  });
});
