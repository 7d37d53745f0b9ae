import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailToFile } from '../../../src/access/registration/mail.ts';
import { codeOf } from '../../../src/errors.ts';
import { openReplica, type TestReplica } from '../../support/registry.ts';
import { describeWithState, type TestState } from '../../support/state.ts';

await describeWithState('registering', (open) => {
  let state: TestState;
  let replica: TestReplica;
  let now: number;
  beforeEach(async () => {
    now = Date.now();
    state = await open();
    replica = await openReplica(state, { clock: { now: () => now } });
  });
  afterEach(async () => {
    await replica.close();
    await state.drop();
  });

  const register = (email: string, address = '192.0.2.1'): Promise<void> =>
    replica.registry.registration.register(email, 'Grace', address);
  const lastCode = (): string => /^[\w-]{32}$/m.exec(replica.mails.at(-1)?.text ?? '')?.[0] ?? 'no code';
  const confirm = (code: string) => replica.registry.registration.confirm(code, '192.0.2.1');

  it('takes a confirmed address, and gives a key on the open plan that works at once', async () => {
    await register('Grace@Example.org');
    expect(replica.mails).toMatchObject([{ to: 'grace@example.org', subject: 'Confirm your registration' }]);
    const { user, app, key } = await confirm(lastCode());
    expect(user).toMatchObject({ email: 'grace@example.org', name: 'Grace' });
    expect(replica.registry.verifier.verify(key.key)).toMatchObject({
      appId: app.appId,
      audience: 'OPEN',
      plan: 'open',
    });
    const actor = { type: 'user', id: user.userId } as const;
    expect(await replica.registry.keys.list(actor, app.appId)).toEqual([key.info]);
    expect(replica.registry.plans.get('open')).toMatchObject({ quotaUnits: 10_000, quotaPeriod: 'day' });
  });

  it('gives a key of the environment of the server, which would refuse every other', async () => {
    const sandbox = await openReplica(state, { environment: 'test' });
    await sandbox.registry.registration.register('grace@example.org', 'Grace', '192.0.2.1');
    const [code = ''] = /^[\w-]{32}$/m.exec(sandbox.mails.at(-1)?.text ?? '') ?? [];
    const { key } = await sandbox.registry.registration.confirm(code, '192.0.2.1');
    expect(sandbox.registry.verifier.verify(key.key)).toMatchObject({ environment: 'test' });
    await sandbox.close();
  });

  it('D01: says that it cannot be done at present while the database is down', async () => {
    replica.cut(true);
    expect(codeOf(await register('one@example.org').catch((error: unknown) => error))).toBe(
      'AUTH_UNAVAILABLE',
    );
  });

  it('takes a code once, for a day, and says the same of every other one', async () => {
    await register('one@example.org');
    const used = lastCode();
    await confirm(used);
    await register('two@example.org');
    const old = lastCode();
    now += 86_400_000;
    await replica.changes.wake();
    const texts = await Promise.all(
      [used, old, 'unknown', ''].map((code) => confirm(code).catch((error: Error) => error.message)),
    );
    expect(new Set(texts)).toEqual(new Set(['The code is not known, was used, or is more than a day old.']));
  });

  it('gives one account where a code is sent twice at the same time', async () => {
    await register('one@example.org');
    const code = lastCode();
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => confirm(code)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('A20: does not tell who has registered, but to themselves', async () => {
    await register('one@example.org');
    const first = lastCode();
    await register('one@example.org');
    const second = lastCode();
    await confirm(first);
    expect(await register('one@example.org')).toBe(await register('other@example.org'));
    expect(replica.mails.at(-2)?.subject).toBe('You are registered already');
    expect(replica.mails.at(-1)?.subject).toBe('Confirm your registration');
    // A code that was sent before makes no second account.
    await expect(confirm(second)).rejects.toThrow('not known, was used');
  });

  it('is limited by address, and does not fill a mailbox', async () => {
    for (let at = 0; at < 5; at++) await register('one@example.org', '192.0.2.9');
    expect(replica.mails).toHaveLength(3);
    const refused = await register('two@example.org', '192.0.2.9').catch((error) => error);
    expect(codeOf(refused)).toBe('RATE_LIMITED');
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    await register('two@example.org', '192.0.2.10');
    for (let at = 0; at < 5; at++) await register(`v6-${at}@example.org`, `2001:db8:1::${at}`);
    await expect(register('v6@example.org', '2001:db8:1:ffff::1')).rejects.toThrow('Too many');
    now += 3_600_000;
    await register('three@example.org', '192.0.2.9');
  });

  it('A04: keeps no code in the database and none in the log', async () => {
    await register('one@example.org');
    const dump = JSON.stringify(await state.run('SELECT * FROM confirmations')) + replica.lines.join('\n');
    expect(dump).toContain('one@example.org');
    expect(dump).not.toContain(lastCode());
  });
});

describe('mail to a file', () => {
  it('is appended to a file that this user alone reads', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-mail-'));
    const file = join(folder, '.data/mail/outbox.txt');
    const sender = mailToFile(file);
    await sender.send({ to: 'a@example.org', subject: 'One', text: 'First.' });
    await sender.send({ to: 'b@example.org', subject: 'Two', text: 'Second.' });
    expect(readFileSync(file, 'utf8')).toBe(
      'To: a@example.org\nSubject: One\n\nFirst.\n\nTo: b@example.org\nSubject: Two\n\nSecond.\n\n',
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    rmSync(folder, { recursive: true });
  });
});
