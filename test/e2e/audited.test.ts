import { createHash } from 'node:crypto';
import { printSchema } from 'graphql';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type KeyParts, readKey, writeKey } from '../../src/access/keys/key-format.ts';
import type { MadeKey } from '../../src/access/keys/keys.ts';
import { type AccessState, openAccessState } from '../../src/access/open-state.ts';
import { serverConfigSchema } from '../../src/config/server-config.ts';
import type { ImportModule } from '../../src/graph/module-loader.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { startTributary, type Tributary } from '../../src/tributary.ts';
import { projectFolder } from '../faults/harness/served.ts';
import { load } from '../graph/load.ts';
import { privateState } from '../support/private-state.ts';
import { operator } from '../support/registry.ts';
import { describeWithState, type TestState } from '../support/state.ts';

const backends = { GOOD_URL: 'http://127.0.0.1:9', BAD_URL: 'http://127.0.0.1:9' };

await describeWithState('the audit log of a server that runs', (open) => {
  let database: TestState;
  let state: AccessState;
  let variables: Readonly<Record<string, string>>;
  let server: Tributary | undefined;

  const start = async (more: Readonly<Record<string, string>> = {}): Promise<Tributary> => {
    const given = { ...variables, ...more };
    const importModule: ImportModule = (file) => import(file);
    server = await startTributary({ directory: projectFolder, variables: given, importModule });
    return server;
  };
  const told = async (action: string) =>
    (await state.audit.search({ action, limit: 1_000 })).rows.map(
      ({ actor_id, actor_address, target, result, request_id }) => ({
        actor: actor_id,
        address: actor_address,
        target,
        result,
        request: request_id,
      }),
    );
  const newKey = async (
    plan: string,
    scopes: readonly string[] = [],
    kind: 'api' | 'client' = 'api',
  ): Promise<MadeKey & { readonly appId: string }> => {
    const { appId } = await state.registry.apps.create(operator, { name: plan, plan, scopes });
    const made = await state.registry.keys.create(operator, { appId, environment: 'live', name: 'k', kind });
    return { ...made, appId };
  };
  const admin = (path: string, key: string | undefined, init: RequestInit = {}): Promise<Response> =>
    fetch(`${server?.adminUrl}/admin${path}`, {
      ...init,
      headers: { 'x-request-id': `of ${path}`.replaceAll(/\W/g, '-'), ...(key && { 'x-api-key': key }) },
    });

  beforeEach(async () => {
    database = await open();
    variables = {
      ...privateState(),
      ...backends,
      STATE_URL: database.url,
      PORT: '0',
      ADMIN_PORT: '0',
      LOG_LEVEL: 'silent',
      REDIS_URL: '',
    };
    state = await openAccessState({
      config: serverConfigSchema.parse({ access: { stateUrl: database.url } }).access,
      directory: '.',
      variables,
      log: noLog,
    });
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
    await state.close();
    await database.drop();
  });

  it('has each start, with hashes of the contract and of the options', async () => {
    const { project } = await load(projectFolder, backends);
    if (project === undefined) throw new Error('The project cannot be read.');
    for (const level of ['silent', 'silent', 'error']) await (await start({ LOG_LEVEL: level })).close();
    const printed = createHash('sha256')
      .update(`${printSchema(project.schema)}\n`)
      .digest('hex');
    expect((await told('schema.load')).map(({ actor, target }) => [actor, target])).toEqual([
      ['server', printed],
      ['server', printed],
      ['server', printed],
    ]);
    const [third, second, first] = (await told('config.load')).map(({ target }) => target);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it('A06: has who goes on with a revoked key, once, and that it was not usual', async () => {
    const { key, info } = await newKey('partner');
    const client = await newKey('partner', [], 'client');
    for (const { keyId } of [info, client.info]) await state.registry.keys.revoke(operator, keyId, 'a drill');
    const { url } = await start();
    const ask = async (headers: Record<string, string>): Promise<unknown> => {
      const body = JSON.stringify({ query: '{ __typename }' });
      const init = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } };
      return await (await fetch(url, init)).text();
    };
    for (let at = 0; at < 12; at++) expect(await ask({ 'x-api-key': key })).toContain('API_KEY_REVOKED');
    // Only the public id is right: whoever knows it alone makes no entry.
    const guessed = writeKey({ ...(readKey(key) as KeyParts), secret: 'a'.repeat(32) });
    expect(await ask({ 'x-api-key': guessed })).toContain('API_KEY_INVALID');
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: client.appId,
      client_secret: client.key,
    });
    for (let at = 0; at < 3; at++)
      expect((await fetch(new URL('/oauth/token', url), { method: 'POST', body })).status).toBe(401);
    await server?.close();
    const use = ({ keyId: target }: { readonly keyId: string }) => ({
      actor: `key:${target}`,
      address: '127.0.0.1',
      target,
      result: 'denied',
      request: '',
    });
    expect(await told('key.use-after-revoke')).toEqual([use(client.info), use(info)]);
    expect(await told('anomaly.ended-key-used')).toMatchObject([{ actor: 'server', target: info.keyId }]);
    expect(await state.audit.verify()).toMatchObject({ intact: true });
  });

  it('has administrators who read, and whoever is refused; no secret', async () => {
    const reader = await newKey('internal', ['admin:read']);
    const partner = await newKey('partner', ['admin:write']);
    await start();
    expect((await admin('/plans', reader.key)).status).toBe(200);
    expect((await admin(`/keys/${reader.info.keyId}/revoke`, reader.key, { method: 'POST' })).status).toBe(
      403,
    );
    expect((await admin('/usage', partner.key)).status).toBe(403);
    expect((await admin('/plans', undefined)).status).toBe(401);
    expect((await admin('/plans', `${partner.key.slice(0, -1)}!`)).status).toBe(401);
    expect((await admin('/openapi.json', partner.key)).status).toBe(403);
    await server?.close();
    const [readerId, partnerId] = [`key:${reader.info.keyId}`, `key:${partner.info.keyId}`];
    const address = '127.0.0.1';
    expect(await told('plan.list')).toEqual([
      { actor: readerId, address, target: '', result: 'ok', request: 'of--plans' },
    ]);
    const denied = { address, result: 'denied' };
    expect(await told('admin.denied')).toEqual([
      { ...denied, actor: partnerId, target: 'openapi', request: 'of--openapi-json' },
      { ...denied, actor: partnerId, target: 'showUsage', request: 'of--usage' },
      { ...denied, actor: readerId, target: 'revokeKey', request: expect.stringContaining('revoke') },
    ]);
    const failed = { actor: '', address, target: 'listPlans', result: 'failed', request: 'of--plans' };
    expect(await told('admin.login')).toEqual([failed, failed]);
    const everything = JSON.stringify((await state.audit.search({ limit: 1_000 })).rows);
    for (const { key } of [reader, partner]) expect(everything).not.toContain(key.slice(-30, -1));
    expect(await state.audit.verify()).toMatchObject({ intact: true });
  });
});
