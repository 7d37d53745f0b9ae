import { afterEach, beforeEach, expect, it } from 'vitest';
import { newKeyParts, writeKey } from '../../../src/access/keys/key-format.ts';
import type { VerifiedKey } from '../../../src/access/keys/verified-key.ts';
import { codeOf } from '../../../src/errors.ts';
import { until } from '../../support/redis-server.ts';
import { createApp, openReplica, operator, type TestReplica } from '../../support/registry.ts';
import { describeWithState, type TestState } from '../../support/state.ts';

/** The key, or the code with which it is refused. */
async function verdict(replica: TestReplica, key: string): Promise<VerifiedKey | string> {
  try {
    return await replica.registry.verifier.verify(key);
  } catch (thrown) {
    return codeOf(thrown);
  }
}

await describeWithState('verifying keys', (open) => {
  let state: TestState;
  let replica: TestReplica;
  const opened: TestReplica[] = [];
  const another = async (
    ...options: Parameters<typeof openReplica> extends [unknown, ...infer Rest] ? Rest : never
  ) => {
    const one = await openReplica(state, ...options);
    opened.push(one);
    return one;
  };

  beforeEach(async () => {
    state = await open();
    replica = await another();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
    await state.drop();
  });

  const makeKey = async (on = replica): Promise<{ key: string; id: string; appId: string }> => {
    const app = await createApp(on);
    const made = await on.registry.keys.create(operator, {
      appId: app.appId,
      environment: 'live',
      name: 'Server',
    });
    return { key: made.key, id: made.info.keyId, appId: app.appId };
  };

  it('A01: answers what the key, its app and its plan say, at once, and the same object each time', async () => {
    const { key, id, appId } = await makeKey();
    const verified = replica.registry.verifier.verify(key);
    expect(verified).toMatchObject({
      keyId: id,
      appId,
      environment: 'live',
      audience: 'PARTNER',
      plan: 'partner',
      locations: new Set(['header']),
      registeredOnly: false,
    });
    expect(replica.registry.verifier.verify(key)).toBe(verified);
    expect(JSON.stringify(verified)).not.toContain(key.slice(-38, -6));
  });

  it('A01: tells malformed, unknown and wrong keys with one text, revoked and expired ones only to their owner', async () => {
    const { key, id } = await makeKey();
    const parts = newKeyParts('api', 'live');
    const refused = async (text: string): Promise<string> => {
      try {
        await replica.registry.verifier.verify(text);
        return 'accepted';
      } catch (thrown) {
        return `${codeOf(thrown)} ${(thrown as Error).message}`;
      }
    };
    const wrongSecret = writeKey({ ...parts, id });
    const wrongEnvironment = writeKey({
      kind: 'api',
      environment: 'test',
      id,
      secret: key.slice(-38, -6),
    });
    const texts = ['nonsense', `${key.slice(0, -1)}_`, writeKey(parts), wrongSecret, wrongEnvironment];
    expect(new Set(await Promise.all(texts.map(refused)))).toEqual(
      new Set(['API_KEY_INVALID The API key is not valid.']),
    );
    await replica.registry.keys.revoke(operator, id, 'leaked');
    expect(await verdict(replica, key)).toBe('API_KEY_REVOKED');
    expect(await verdict(replica, wrongSecret)).toBe('API_KEY_INVALID');
    const app = await createApp(replica);
    let now = Date.now();
    const later = await another({ clock: { now: () => now } });
    const short = await later.registry.keys.create(operator, {
      appId: app.appId,
      environment: 'test',
      name: 'Short',
      expiresAt: now + 1_000,
    });
    expect(await verdict(later, short.key)).toMatchObject({ environment: 'test' });
    now += 1_000;
    expect(await verdict(later, short.key)).toBe('API_KEY_EXPIRED');
    expect(await verdict(later, writeKey({ ...parts, id: short.info.keyId }))).toBe('API_KEY_INVALID');
  });

  it('A05: asks the database nothing for 10,000 well-formed keys that do not exist', async () => {
    const quiet = await another({ pollMs: 3_600_000 });
    const before = quiet.statements();
    const codes = new Set<string>();
    for (let at = 0; at < 10_000; at++) {
      try {
        void quiet.registry.verifier.verify(writeKey(newKeyParts('api', 'live')));
      } catch (thrown) {
        codes.add(codeOf(thrown));
      }
    }
    expect([...codes]).toEqual(['API_KEY_INVALID']);
    expect(quiet.statements()).toBe(before);
  });

  it('A05: asks the database nothing for wrong secrets of a key that exists', async () => {
    const { id } = await makeKey();
    const quiet = await another({ pollMs: 3_600_000 });
    const before = quiet.statements();
    for (let at = 0; at < 1_000; at++)
      expect(() => quiet.registry.verifier.verify(writeKey({ ...newKeyParts('api', 'live'), id }))).toThrow();
    expect(quiet.statements()).toBe(before);
  });

  it('A06: refuses a key on another replica within a second of its revocation', async () => {
    const { key, id } = await makeKey();
    const second = await another();
    expect(await verdict(second, key)).toMatchObject({ keyId: id });
    await replica.registry.keys.revoke(operator, id, 'leaked');
    const began = performance.now();
    expect(await verdict(replica, key)).toBe('API_KEY_REVOKED');
    await until(async () => (await verdict(second, key)) === 'API_KEY_REVOKED');
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('A06: never brings a revoked key back by a row that was read before', async () => {
    const { key, id } = await makeKey();
    const other = await makeKey();
    // Room for one row, so that the first key must be read again.
    const small = await another({ maxKnownKeys: 1, pollMs: 3_600_000 });
    expect(await verdict(small, other.key)).toMatchObject({ keyId: other.id });
    let arrive = (): void => {};
    const arrival = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const before = small.statements();
    small.hold('k.key_id = ?', arrival);
    const racing = verdict(small, key);
    await replica.registry.keys.revoke(operator, id, 'leaked');
    await small.changes.wake();
    arrive();
    expect(await racing).toBe('API_KEY_REVOKED');
    expect(await verdict(small, key)).toBe('API_KEY_REVOKED');
    expect(small.statements()).toBeGreaterThan(before);
  });

  it('reads a row that is not kept once for all who wait for it', async () => {
    const { key, id } = await makeKey();
    await makeKey();
    const small = await another({ maxKnownKeys: 1, pollMs: 3_600_000 });
    const other = await makeKey();
    await small.changes.wake();
    expect(await verdict(small, other.key)).toMatchObject({ keyId: other.id });
    const before = small.statements();
    const all = await Promise.all(Array.from({ length: 50 }, () => verdict(small, key)));
    expect(all.every((each) => typeof each === 'object' && each.keyId === id)).toBe(true);
    expect(small.statements() - before).toBe(1);
  });

  it('Z14: follows what is changed of the app and of the plan, on every replica, within a second', async () => {
    const { key, appId } = await makeKey();
    const second = await another();
    const scopes = async (): Promise<string> => {
      const verified = await verdict(second, key);
      return typeof verified === 'string' ? verified : [...verified.scopes].sort().join(' ');
    };
    expect(await scopes()).toBe('');
    let began = performance.now();
    await replica.registry.apps.change(operator, appId, { scopes: ['rides:read'] });
    await until(async () => (await scopes()) === 'rides:read');
    await replica.registry.plans.put(operator, 'partner', { scopes: ['fares:read'] });
    await until(async () => (await scopes()) === 'fares:read rides:read');
    expect(performance.now() - began).toBeLessThan(2_000);
    began = performance.now();
    await replica.registry.apps.change(operator, appId, { plan: 'open' });
    await until(async () => {
      const verified = await verdict(second, key);
      return typeof verified === 'object' && verified.audience === 'OPEN';
    });
    await replica.registry.apps.close(operator, appId);
    await until(async () => (await verdict(second, key)) === 'API_KEY_REVOKED');
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('D01: knows for a minute who was verified here before, and nobody else, while the database is down', async () => {
    let now = Date.now();
    const { key } = await makeKey();
    const unseen = await makeKey();
    const revoked = await makeKey();
    await replica.registry.keys.revoke(operator, revoked.id, 'leaked');
    const alone = await another({ clock: { now: () => now }, pollMs: 100 });
    expect(await verdict(alone, key)).toMatchObject({});
    alone.cut(true);
    now += 5_000;
    await alone.changes.wake();
    expect(await verdict(alone, key)).toMatchObject({ audience: 'PARTNER' });
    expect(await verdict(alone, unseen.key)).toBe('AUTH_UNAVAILABLE');
    expect(await verdict(alone, revoked.key)).toBe('API_KEY_REVOKED');
    expect(await verdict(alone, writeKey(newKeyParts('api', 'live')))).toBe('AUTH_UNAVAILABLE');
    expect(await verdict(alone, 'nonsense')).toBe('API_KEY_INVALID');
    now += 56_000;
    expect(await verdict(alone, key)).toBe('AUTH_UNAVAILABLE');
    alone.cut(false);
    await alone.changes.wake();
    expect(await verdict(alone, key)).toMatchObject({ audience: 'PARTNER' });
    expect(await verdict(alone, unseen.key)).toMatchObject({ audience: 'PARTNER' });
  });

  it('D01: answers that it cannot tell where the row of a key cannot be read', async () => {
    const { key } = await makeKey();
    const other = await makeKey();
    const small = await another({ maxKnownKeys: 1, pollMs: 3_600_000 });
    expect(await verdict(small, other.key)).toMatchObject({ keyId: other.id });
    small.cut(true);
    expect(await verdict(small, key)).toBe('AUTH_UNAVAILABLE');
  });

  it('A03: takes as long for a secret that is wrong at its end as for one that is wrong at its beginning', async () => {
    const { key, id } = await makeKey();
    const secret = key.slice(-38, -6);
    const other = (digit: string | undefined): string => (digit === 'x' ? 'y' : 'x');
    const withSecret = (text: string): string =>
      writeKey({ kind: 'api', environment: 'live', id, secret: text });
    const texts = [
      withSecret(other(secret[0]) + secret.slice(1)),
      withSecret(secret.slice(0, -1) + other(secret.at(-1))),
    ] as const;
    const refuse = (text: string): void => {
      try {
        void replica.registry.verifier.verify(text);
      } catch (thrown) {
        expect(codeOf(thrown)).toBe('API_KEY_INVALID');
      }
    };
    const times = texts.map(() => [] as number[]);
    for (let at = 0; at < 2_000; at++)
      for (const [which, text] of texts.entries()) {
        const began = performance.now();
        refuse(text);
        times[which]?.push(performance.now() - began);
      }
    // The fastest tenth: the machine has other things to do as well.
    const [first = 0, last = 0] = times.map((each) => each.sort((one, two) => one - two)[200]);
    expect(Math.max(first, last) / Math.min(first, last)).toBeLessThan(1.25);
  });

  it('A04: keeps nothing in the database that a key could be made of, nor in the log', async () => {
    const { key, id } = await makeKey();
    const app = await createApp(replica);
    const client = await replica.registry.keys.create(operator, {
      appId: app.appId,
      environment: 'live',
      name: 'Client',
      kind: 'client',
    });
    const tables =
      replica.database.dialect === 'sqlite'
        ? "SELECT name FROM sqlite_schema WHERE type = 'table'"
        : "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'";
    let dump = replica.lines.join('\n');
    for (const { name } of await state.run(tables))
      dump += JSON.stringify(await state.run(`SELECT * FROM ${name}`));
    expect(dump).toContain(id);
    for (const secret of [key, client.key].map((text) => text.slice(-38, -6))) {
      expect(dump).not.toContain(secret);
      expect(dump).not.toContain(Buffer.from(secret).toString('hex'));
      expect(dump).not.toContain(Buffer.from(secret).toString('base64'));
    }
  });

  it('keeps an OAuth client’s secret apart from keys, and from other apps', async () => {
    const { key, appId } = await makeKey();
    const other = await createApp(replica);
    const secret = await replica.registry.keys.create(operator, {
      appId,
      environment: 'live',
      name: 'Client',
      kind: 'client',
    });
    const { verifier } = replica.registry;
    const { keyId } = secret.info;
    expect(verifier.verifyClient(appId, secret.key)).toMatchObject({ appId, keyId, audience: 'PARTNER' });
    expect(verifier.holder(keyId)).toBe(verifier.verifyClient(appId, secret.key));
    expect(verifier.holder('unknown')).toBeUndefined();
    expect(() => verifier.verifyClient(other.appId, secret.key)).toThrow('not valid');
    expect(() => verifier.verifyClient(appId, key)).toThrow('not valid');
    expect(() => verifier.verify(secret.key)).toThrow('not valid');
    await replica.registry.apps.change(operator, appId, { scopes: ['rides:read'] });
    expect((await verifier.holder(keyId))?.scopes).toEqual(new Set(['rides:read']));
    await replica.registry.keys.revoke(operator, secret.info.keyId, 'leaked');
    expect(verifier.holder(keyId)).toBeUndefined();
    expect(() => verifier.verifyClient(appId, secret.key)).toThrow('revoked');
  });
});
