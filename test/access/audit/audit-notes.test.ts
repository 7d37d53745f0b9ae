import { afterEach, beforeEach, expect, it } from 'vitest';
import { AuditNotes, server } from '../../../src/access/audit/audit-notes.ts';
import { RevokedUses } from '../../../src/access/audit/revoked-uses.ts';
import { openLogLines } from '../../support/log-lines.ts';
import { openReplica, type TestReplica } from '../../support/registry.ts';
import { describeWithState, type TestState } from '../../support/state.ts';

const minuteMs = 60_000;
/** Nothing is written by itself. */
const never = 1_000_000;

await describeWithState('notes of the audit log', (open) => {
  let state: TestState;
  let replica: TestReplica;
  let notes: AuditNotes;
  let now: number;
  const { log, lines } = openLogLines();
  const clock = { now: () => now };

  const openNotes = (of: TestReplica, mostAMinute: number): AuditNotes =>
    new AuditNotes({ database: of.database, audit: of.audit, clock, log, mostAMinute, writeMs: never });
  const deny = (target: string): boolean =>
    notes.note('admin.denied', { actor: server, action: 'admin.denied', target, result: 'denied' });
  /** Of all entries, the oldest first. */
  const told = async (): Promise<readonly string[]> => {
    const { rows } = await replica.audit.search({ limit: 1_000 });
    return rows.map(({ action, target }) => `${action} ${target}`).reverse();
  };

  beforeEach(async () => {
    now = 1_700_000_000_000;
    lines.length = 0;
    state = await open();
    replica = await openReplica(state);
    notes = openNotes(replica, 3);
  });
  afterEach(async () => {
    await notes.close();
    await replica.close();
    await state.drop();
  });

  it('are written later, with the time at which they came', async () => {
    const before = replica.statements();
    expect(deny('a')).toBe(true);
    expect(replica.statements()).toBe(before);
    const came = now;
    now += 900;
    await notes.flush();
    const { rows } = await replica.audit.search({});
    expect(rows).toMatchObject([{ action: 'admin.denied', target: 'a', result: 'denied', ts: came }]);
    await notes.flush();
    expect(await told()).toHaveLength(1);
  });

  it('are written by themselves', async () => {
    const own = new AuditNotes({ database: replica.database, audit: replica.audit, clock, log, writeMs: 10 });
    own.note('load', { actor: server, action: 'schema.load', target: 'x' });
    await expect.poll(told).toEqual(['schema.load x']);
    await own.close();
  });

  it('are so many a minute of each kind; what was left out is one entry that says how many', async () => {
    expect(['a', 'b', 'c', 'd', 'e'].map(deny)).toEqual([true, true, true, false, false]);
    expect(notes.note('anomaly', { actor: server, action: 'anomaly.cost', target: 'k' })).toBe(true);
    await notes.flush();
    const first = ['admin.denied a', 'admin.denied b', 'admin.denied c', 'anomaly.cost k'];
    expect(await told()).toEqual(first);
    now += minuteMs;
    await notes.flush();
    await notes.flush();
    expect(await told()).toEqual([...first, 'audit.omitted admin.denied:2']);
    expect(deny('f')).toBe(true);
    await notes.flush();
    expect((await told()).at(-1)).toBe('admin.denied f');
    expect(await replica.audit.verify()).toMatchObject({ intact: true, head: { seq: 6 } });
  });

  it('that were left out are told when the server stops, with what waits', async () => {
    for (const target of ['a', 'b', 'c', 'd']) deny(target);
    await notes.close();
    expect((await told()).slice(-2)).toEqual(['admin.denied c', 'audit.omitted admin.denied:1']);
  });

  it('wait for a database that is down, a thousand at most, and how many are missing is told', async () => {
    notes = openNotes(replica, 2_000);
    replica.cut(true);
    const taken = Array.from({ length: 1_500 }, (_, at) => deny(`t${at}`)).filter(Boolean);
    expect(taken).toHaveLength(1_000);
    await notes.flush();
    expect(lines).toEqual([
      'warn {"cause":"nothing listens there","waiting":1000} The audit log could not be written: the entries wait.',
    ]);
    now += 10 * minuteMs;
    replica.cut(false);
    await notes.flush();
    expect(await told()).toHaveLength(1_000);
    await notes.flush();
    expect((await told()).slice(-1)).toEqual(['audit.omitted admin.denied:500']);
    expect(await replica.audit.verify()).toMatchObject({ intact: true });
  });

  it('keep the chain where two replicas write at the same time', async () => {
    const other = await openReplica(state);
    const theirs = openNotes(other, 50);
    notes = openNotes(replica, 50);
    for (let at = 0; at < 50; at++) {
      deny(`here ${at}`);
      theirs.note('anomaly', { actor: server, action: 'anomaly.cost', target: `there ${at}` });
    }
    await Promise.all([notes.flush(), theirs.flush()]);
    expect(await replica.audit.verify()).toMatchObject({ intact: true, head: { seq: 100 } });
    await theirs.close();
    await other.close();
  });

  it('A06: have each user of a revoked key once an hour, by key and address', async () => {
    notes = openNotes(replica, 60);
    const uses = new RevokedUses(notes, clock);
    const all = async (): Promise<unknown> => {
      await notes.flush();
      const { rows } = await replica.audit.search({ action: 'key.use-after-revoke' });
      return rows.map(({ target, actor_id, actor_address, result }) => [
        target,
        actor_id,
        actor_address,
        result,
      ]);
    };
    for (let at = 0; at < 1_000; at++) uses.note('k1', '192.0.2.1');
    // One household, as one server, has a /64.
    for (let at = 0; at < 1_000; at++) uses.note('k1', `2001:db8::${at.toString(16)}`);
    const first = [
      ['k1', 'key:k1', '2001:db8::0', 'denied'],
      ['k1', 'key:k1', '192.0.2.1', 'denied'],
    ];
    expect(await all()).toEqual(first);
    uses.note('k2', '192.0.2.1');
    now += 60 * minuteMs;
    uses.note('k1', '192.0.2.1');
    expect(await all()).toEqual([
      ['k1', 'key:k1', '192.0.2.1', 'denied'],
      ['k2', 'key:k2', '192.0.2.1', 'denied'],
      ...first,
    ]);
  });

  it('tell of a user who was left out when there is room again', async () => {
    const uses = new RevokedUses(notes, clock);
    for (let at = 1; at <= 5; at++) uses.note('k1', `192.0.2.${at}`);
    now += minuteMs;
    await notes.flush();
    uses.note('k1', '192.0.2.1');
    uses.note('k1', '192.0.2.5');
    await notes.flush();
    const { rows } = await replica.audit.search({ action: 'key.use-after-revoke' });
    expect(rows.map(({ actor_address }) => actor_address)).toEqual([
      '192.0.2.5',
      '192.0.2.3',
      '192.0.2.2',
      '192.0.2.1',
    ]);
    expect(await told()).toContain('audit.omitted key.use-after-revoke:2');
  });
});
