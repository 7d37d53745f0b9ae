import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Audit, openAudit } from '../../../src/access/audit/audit.ts';
import type { Database } from '../../../src/access/state/database.ts';
import { steadyClock } from '../../../src/util/clock.ts';
import { openLogLines } from '../../support/log-lines.ts';
import { describeWithState, type TestState } from '../../support/state.ts';

const operator = {
  type: 'operator',
  id: 'ada',
  address: '10.0.0.1',
  agent: 'curl/8',
  requestId: 'r-1',
} as const;

await describeWithState('the audit log', (open) => {
  let state: TestState;
  let database: Database;
  let audit: Audit;
  const { log, lines } = openLogLines();

  const append = (target: string, actor: string = operator.id): Promise<void> =>
    database.transaction((transaction) =>
      audit.append(transaction, {
        actor: { ...operator, id: actor },
        action: 'key.revoke',
        target,
        before: { revoked: false },
        after: { revoked: true },
      }),
    );

  /** As somebody would who may do anything to the database. */
  async function meddle(...statements: readonly string[]): Promise<void> {
    const [switchOff, switchOn] =
      database.dialect === 'sqlite'
        ? [['DROP TRIGGER audit_no_update', 'DROP TRIGGER audit_no_delete'], []]
        : [['ALTER TABLE audit DISABLE TRIGGER ALL'], ['ALTER TABLE audit ENABLE TRIGGER ALL']];
    for (const statement of [...switchOff, ...statements, ...switchOn]) await state.run(statement);
  }

  beforeEach(async () => {
    state = await open();
    database = await state.connect();
    audit = openAudit({ database, clock: steadyClock, log });
    for (let at = 1; at <= 6; at++) await append(`key-${at}`);
  });
  afterEach(async () => {
    audit.close();
    await state.drop();
  });

  it('O01: is intact as long as nobody touches it', async () => {
    expect(await audit.verify([await audit.anchor()])).toMatchObject({ intact: true, head: { seq: 6 } });
  });

  it('O01: refuses to be changed or shortened by a statement', async () => {
    await expect(state.run("UPDATE audit SET target = 'other'")).rejects.toThrow('append-only');
    await expect(state.run('DELETE FROM audit')).rejects.toThrow('append-only');
  });

  it.each([
    ['a row edited', ["UPDATE audit SET target = 'other' WHERE seq = 3"], { seq: 3, reason: 'edited' }],
    ['a row deleted', ['DELETE FROM audit WHERE seq = 3'], { seq: 3, reason: 'missing' }],
    ['the first row deleted', ['DELETE FROM audit WHERE seq = 1'], { seq: 1, reason: 'missing' }],
    [
      'two rows in each other’s place',
      [
        'UPDATE audit SET seq = 100 WHERE seq = 3',
        'UPDATE audit SET seq = 3 WHERE seq = 4',
        'UPDATE audit SET seq = 4 WHERE seq = 100',
      ],
      { seq: 3, reason: 'unlinked' },
    ],
  ])('O01: finds %s', async (_, statements, found) => {
    await meddle(...statements);
    expect(await audit.verify()).toEqual({ intact: false, ...found });
  });

  it('O01: finds that its end was cut off, by what the server’s log says', async () => {
    const anchor = await audit.anchor();
    expect(lines.at(-1)).toContain(`{"audit":{"seq":6,"hash":"${anchor.hash}"}}`);
    await meddle('DELETE FROM audit WHERE seq > 4');
    expect(await audit.verify()).toMatchObject({ intact: true });
    expect(await audit.verify([anchor])).toEqual({ intact: false, seq: 5, reason: 'cut' });
  });

  it('says nothing to the server’s log as long as it is empty', async () => {
    await meddle('DELETE FROM audit');
    const before = lines.length;
    expect(await audit.anchor()).toMatchObject({ seq: 0 });
    expect(lines).toHaveLength(before);
  });

  it('O01: finds that its end was written anew, by what the server’s log says', async () => {
    const anchor = await audit.anchor();
    await meddle('DELETE FROM audit WHERE seq > 4');
    for (const target of ['other-5', 'other-6', 'other-7']) await append(target);
    expect(await audit.verify()).toMatchObject({ intact: true });
    expect(await audit.verify([anchor])).toEqual({ intact: false, seq: 6, reason: 'edited' });
  });

  it('O01: is verified whole when it is longer than a page', async () => {
    await database.transaction(async (transaction) => {
      for (let at = 7; at <= 1_100; at++)
        await audit.append(transaction, { actor: operator, action: 'key.create', target: `key-${at}` });
    });
    expect(await audit.verify()).toMatchObject({ intact: true, head: { seq: 1_100 } });
    await meddle("UPDATE audit SET result = 'failed' WHERE seq = 1050");
    expect(await audit.verify()).toEqual({ intact: false, seq: 1_050, reason: 'edited' });
  });

  it('keeps its chain when many write at once, and forgets what was rolled back', async () => {
    const failing = database.transaction(async (transaction) => {
      await audit.append(transaction, { actor: operator, action: 'key.create', target: 'never' });
      throw new Error('no');
    });
    await Promise.all([
      failing.catch(() => {}),
      ...Array.from({ length: 20 }, (_, at) => append(`other-${at}`)),
    ]);
    expect(await audit.verify()).toMatchObject({ intact: true, head: { seq: 26 } });
  });

  it('is searched by actor, action, target and time, the newest first, in pages', async () => {
    await append('key-1', 'grace');
    const all = await audit.search({ limit: 4 });
    expect(all.rows.map(({ seq }) => seq)).toEqual([7, 6, 5, 4]);
    const rest = await audit.search({ limit: 4, ...(all.next === undefined ? {} : { before: all.next }) });
    expect(rest.rows.map(({ seq }) => seq)).toEqual([3, 2, 1]);
    expect(rest.next).toBeUndefined();
    const found = async (search: Parameters<Audit['search']>[0]): Promise<readonly number[]> =>
      (await audit.search(search)).rows.map(({ seq }) => seq);
    expect(await found({ actor: 'grace' })).toEqual([7]);
    expect(await found({ target: 'key-1' })).toEqual([7, 1]);
    expect(await found({ target: 'key-1', actor: 'ada', action: 'key.revoke' })).toEqual([1]);
    expect(await found({ action: 'key.create' })).toEqual([]);
    const at = all.rows[0]?.ts ?? 0;
    expect(await found({ until: 1 })).toEqual([]);
    expect(await found({ from: at, actor: 'grace' })).toEqual([7]);
  });

  it('keeps what a client says of itself short and harmless, and no value, only its hash', async () => {
    await database.transaction((transaction) =>
      audit.append(transaction, {
        actor: { ...operator, agent: `\0\ud800${'x'.repeat(10_000)}` },
        action: 'key.create',
        target: 'k',
        after: { secret: 'canary' },
      }),
    );
    const [row] = (await audit.search({ limit: 1 })).rows;
    expect(row?.actor_agent.length).toBeLessThanOrEqual(300);
    expect(JSON.stringify(row)).not.toContain('canary');
    expect(row?.after_hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await audit.verify()).toMatchObject({ intact: true });
  });
});
