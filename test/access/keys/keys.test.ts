import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Actor } from '../../../src/access/actor.ts';
import type { App } from '../../../src/access/apps/apps.ts';
import type { KeyInfo } from '../../../src/access/keys/key-info.ts';
import type { MadeKey, NewKey } from '../../../src/access/keys/keys.ts';
import { codeOf } from '../../../src/errors.ts';
import { createApp, openReplica, operator, type TestReplica } from '../../support/registry.ts';
import { describeWithState, type TestState } from '../../support/state.ts';

const hourMs = 3_600_000;

const wrongLimits = [
  [{ scopes: ['admin'] }, 'no scope that its app does not have'],
  [{ scopes: ['two words'] }, 'word of printable characters'],
  [{ locations: ['query'] }, 'where its plan does not let it'],
  [{ addresses: ['192.0.2.0/33'] }, '`192.0.2.0/24`'],
  [{ addresses: ['example.org'] }, '`192.0.2.0/24`'],
  [{ addresses: ['10.0.0.1/8/8'] }, '`192.0.2.0/24`'],
  [{ origins: ['https://example.org/path'] }, 'without a path'],
  [{ origins: ['javascript:alert(1)'] }, 'without a path'],
  [{ expiresAt: 1 }, 'still to come'],
  [{ name: ' ' }, '1 to 100 characters'],
  [{ name: 'a\u0000b' }, 'control characters'],
  [{ environment: 'staging' }, '`live` or `test`'],
] as unknown as readonly (readonly [Partial<NewKey>, string])[];

await describeWithState('the keys of an app', (open) => {
  let state: TestState;
  let replica: TestReplica;
  let app: App;
  let now: number;

  beforeEach(async () => {
    now = Date.now();
    state = await open();
    replica = await openReplica(state, { clock: { now: () => now } });
    app = await createApp(replica);
  });
  afterEach(async () => {
    await replica.close();
    await state.drop();
  });

  const create = (key: Partial<NewKey> = {}, actor: Actor = operator): Promise<MadeKey> =>
    replica.registry.keys.create(actor, { appId: app.appId, environment: 'live', name: 'Server', ...key });

  const verdict = (key: string): unknown => {
    try {
      return replica.registry.verifier.verify(key);
    } catch (thrown) {
      return codeOf(thrown);
    }
  };

  it('are shown once, and after that by how they begin and end', async () => {
    const { key, info } = await create();
    const [listed] = await replica.registry.keys.list(operator, app.appId);
    expect(listed).toEqual(info);
    expect(key.startsWith(`${info.prefix}_`)).toBe(true);
    expect(key.endsWith(info.lastFour)).toBe(true);
    expect(JSON.stringify(listed)).not.toContain(key.slice(-38, -6));
    expect(info.createdBy).toBe('operator:ada');
  });

  it('A08: both work during the grace of a rotation; after it the old one has expired', async () => {
    const old = await create({ name: 'Server', addresses: ['192.0.2.0/24'] });
    const successor = await replica.registry.keys.rotate(operator, old.info.keyId, '24h');
    expect(successor.info).toMatchObject({
      name: 'Server',
      addresses: ['192.0.2.0/24'],
      replacesKeyId: old.info.keyId,
      environment: 'live',
    });
    expect(verdict(old.key)).toMatchObject({ appId: app.appId, keyId: old.info.keyId });
    expect(verdict(successor.key)).toMatchObject({ appId: app.appId, keyId: successor.info.keyId });
    now += 24 * hourMs;
    await replica.changes.wake();
    expect(verdict(old.key)).toBe('API_KEY_EXPIRED');
    expect(verdict(successor.key)).toMatchObject({ keyId: successor.info.keyId });
  });

  it.each([
    ['0', 'API_KEY_EXPIRED'],
    ['compromised', 'API_KEY_REVOKED'],
  ] as const)('A08: with the grace %s the old one works no more', async (grace, code) => {
    const old = await create();
    const successor = await replica.registry.keys.rotate(operator, old.info.keyId, grace);
    expect(verdict(old.key)).toBe(code);
    expect(verdict(successor.key)).toMatchObject({ plan: 'partner' });
  });

  it('A09: fifty rotations of one key at once make one successor', async () => {
    const old = await create();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, () => replica.registry.keys.rotate(operator, old.info.keyId, '1h')),
    );
    const made = outcomes.filter(({ status }) => status === 'fulfilled');
    const codes = outcomes.flatMap((each) => (each.status === 'rejected' ? codeOf(each.reason) : []));
    expect(made).toHaveLength(1);
    expect(new Set(codes)).toEqual(new Set(['CONFLICT']));
    expect(await replica.registry.keys.list(operator, app.appId)).toHaveLength(2);
  });

  it('A09: fifty keys made at once are no more than the app may have, on two replicas', async () => {
    const other = await openReplica(state);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, at) =>
        (at % 2 === 0 ? replica : other).registry.keys.create(operator, {
          appId: app.appId,
          environment: 'test',
          name: `Key ${at}`,
        }),
      ),
    );
    const codes = outcomes.flatMap((each) => (each.status === 'rejected' ? codeOf(each.reason) : []));
    expect(codes).toHaveLength(40);
    expect(new Set(codes)).toEqual(new Set(['CONFLICT']));
    const keys = await replica.registry.keys.list(operator, app.appId);
    expect(keys).toHaveLength(10);
    // Rotating needs no room; revoking makes some.
    await replica.registry.keys.rotate(operator, (keys[0] as KeyInfo).keyId, '1h');
    await expect(create()).rejects.toThrow('as many as it may have');
    await replica.registry.keys.revoke(operator, (keys[1] as KeyInfo).keyId, 'not needed');
    await create();
    await other.close();
  });

  it('A10: say where, from where and for what they may be used', async () => {
    await replica.registry.apps.change(operator, app.appId, {
      scopes: ['rides:read', 'fares:read'],
      plan: 'open',
    });
    const { key } = await create({
      environment: 'test',
      scopes: ['rides:read'],
      locations: ['header', 'query'],
      addresses: ['192.0.2.0/24', '2001:db8::/32', '198.51.100.7'],
      origins: ['https://app.example.org', 'http://localhost:3000'],
    });
    expect(verdict(key)).toMatchObject({
      environment: 'test',
      scopes: new Set(['rides:read']),
      locations: new Set(['header', 'query']),
      addresses: ['192.0.2.0/24', '2001:db8::/32', '198.51.100.7'],
      origins: ['https://app.example.org', 'http://localhost:3000'],
    });
    // What the app and its plan lose, its keys lose; and a successor is made all the same.
    await replica.registry.apps.change(operator, app.appId, { scopes: [], plan: 'partner' });
    expect(verdict(key)).toMatchObject({ scopes: new Set(), locations: new Set(['header']) });
    const [info] = await replica.registry.keys.list(operator, app.appId);
    const successor = await replica.registry.keys.rotate(operator, (info as KeyInfo).keyId, '1h');
    expect(successor.info).toMatchObject({ scopes: [], locations: ['header'] });
  });

  it('A10: are refused with limits that mean nothing, or more than their app has', async () => {
    for (const [key, text] of wrongLimits) await expect(create(key)).rejects.toThrow(text);
    expect(await replica.registry.keys.list(operator, app.appId)).toEqual([]);
  });

  it('are renamed and limited later, which counts at once', async () => {
    const { key, info } = await create();
    const changed = await replica.registry.keys.change(operator, info.keyId, {
      name: 'Batch',
      expiresAt: now + 1_000,
      addresses: ['192.0.2.1'],
    });
    expect(changed).toMatchObject({ name: 'Batch', expiresAt: now + 1_000, addresses: ['192.0.2.1'] });
    expect(verdict(key)).toMatchObject({ addresses: ['192.0.2.1'] });
    await replica.registry.keys.change(operator, info.keyId, { expiresAt: null });
    now += 5_000;
    expect(verdict(key)).toMatchObject({ addresses: ['192.0.2.1'] });
  });

  it('are renamed and limited though they have lost a scope since, or have expired', async () => {
    const { apps, keys } = replica.registry;
    await apps.change(operator, app.appId, { scopes: ['rides:read'] });
    const { info } = await create({ scopes: ['rides:read'], expiresAt: now + 1_000 });
    await apps.change(operator, app.appId, { scopes: [] });
    now += 2_000;
    const changed = await keys.change(operator, info.keyId, { name: 'Old', addresses: ['192.0.2.1'] });
    expect(changed).toMatchObject({ name: 'Old', addresses: ['192.0.2.1'], scopes: ['rides:read'] });
    expect(changed.expiresAt).toBe(info.expiresAt);
    const more = keys.change(operator, info.keyId, { scopes: ['rides:read'] });
    await expect(more).rejects.toThrow('no scope that its app does not have');
  });

  it('keep the reason of the first revocation, and have no successor after it', async () => {
    const { info } = await create();
    await replica.registry.keys.revoke(operator, info.keyId, 'leaked');
    now += 5_000;
    const again = await replica.registry.keys.revoke(operator, info.keyId, 'other');
    expect(again).toMatchObject({ revokedReason: 'leaked', revokedAt: now - 5_000 });
    await expect(replica.registry.keys.rotate(operator, info.keyId, '1h')).rejects.toThrow('make a new one');
  });

  it('show their last use by the minute, the network and the agent', async () => {
    const { info } = await create();
    const { lastUse, keys } = replica.registry;
    lastUse.note(info.keyId, '192.0.2.77', 'first/1');
    lastUse.note(info.keyId, '::ffff:198.51.100.77', `curl/8\n${'x'.repeat(1_000)}`);
    await lastUse.flush();
    const used = (await keys.get(operator, info.keyId)).lastUse;
    expect(used).toMatchObject({ at: Math.floor(now / 60_000) * 60_000, address: '198.51.100.0/24' });
    expect(used?.agent).toMatch(/^curl\/8x{114}$/);
    now += 120_000;
    replica.cut(true);
    lastUse.note(info.keyId, '2001:db8:1:2::3', 'later/1');
    await lastUse.flush();
    replica.cut(false);
    await lastUse.flush();
    expect((await keys.get(operator, info.keyId)).lastUse).toMatchObject({
      address: '2001:db8:1::/48',
      agent: 'later/1',
    });
  });

  it('O01: leave a trace of all that was done to them, and nothing of what was not', async () => {
    const { info } = await create();
    await replica.registry.keys.revoke(operator, info.keyId, 'leaked');
    await create({ addresses: ['wrong'] }).catch(() => {});
    const { rows } = await replica.audit.search({});
    expect(rows.map(({ action, target }) => [action, target])).toEqual([
      ['key.revoke', info.keyId],
      ['key.create', info.keyId],
      ['app.create', app.appId],
    ]);
    expect(await replica.audit.verify()).toMatchObject({ intact: true });
  });

  it('are not made, changed or revoked where the audit log cannot be written', async () => {
    const { key, info } = await create();
    await state.run('ALTER TABLE audit RENAME TO audit_gone');
    await expect(replica.registry.keys.revoke(operator, info.keyId, 'leaked')).rejects.toThrow();
    await state.run('ALTER TABLE audit_gone RENAME TO audit');
    await replica.changes.wake();
    expect(verdict(key)).toMatchObject({ keyId: info.keyId });
    expect((await replica.registry.keys.get(operator, info.keyId)).revokedAt).toBeUndefined();
  });

  it('D01: are not changed while the database is down, and whoever tries is told so', async () => {
    const { info } = await create();
    replica.cut(true);
    const failed = await replica.registry.keys.revoke(operator, info.keyId, 'leaked').catch((error) => error);
    expect(codeOf(failed)).toBe('AUTH_UNAVAILABLE');
  });
});
