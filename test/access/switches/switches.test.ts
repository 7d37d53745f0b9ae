import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Audit, openAudit } from '../../../src/access/audit/audit.ts';
import { type Changes, openChanges } from '../../../src/access/state/changes.ts';
import { openSwitches, type Switches } from '../../../src/access/switches/switches.ts';
import { openWriter } from '../../../src/access/writer.ts';
import { steadyClock } from '../../../src/util/clock.ts';
import { openLogLines } from '../../support/log-lines.ts';
import { until } from '../../support/redis-server.ts';
import { describeWithState, type TestState } from '../../support/state.ts';

const { log } = openLogLines();
const ops = { type: 'operator', id: 'ops' } as const;
const opened: { close(): unknown }[] = [];

async function openReplica(state: TestState): Promise<Switches & { readonly audit: Audit }> {
  const database = await state.connect();
  const audit = openAudit({ database, clock: steadyClock, log });
  const changes: Changes = await openChanges({ database, clock: steadyClock, log });
  const writer = openWriter(database, changes, audit, steadyClock);
  opened.push(audit, changes);
  return { ...(await openSwitches({ database, changes, writer, clock: steadyClock })), audit };
}

await describeWithState('O06: switches', (open) => {
  let state: TestState;
  beforeEach(async () => {
    state = await open();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
    await state.drop();
  });

  it('reach another replica within a second, and end there as well', async () => {
    const [one, other] = [await openReplica(state), await openReplica(state)];
    await state.run(
      "INSERT INTO apps (app_id, name, plan, scopes, claims, max_keys, created_at) VALUES ('a1', 'App', 'open', '[]', '{}', 1, 1)",
    );
    const began = performance.now();
    const made = await one.set({ target: 'app', name: 'a1', reason: 'leaked key' }, ops);
    expect(one.board.switches).toMatchObject([{ id: 'app:a1', reason: 'leaked key', actor: 'ops' }]);
    await until(() => other.board.switches.length === 1);
    expect(performance.now() - began).toBeLessThan(1_000);
    await other.end(made.id, ops);
    await until(() => one.board.switches.length === 0);
  });

  it('survive a restart, for as long as they were set', async () => {
    const one = await openReplica(state);
    await one.set({ target: 'writes', name: 'whatever', reason: 'migration', forMs: 3_600_000 }, ops);
    await one.set({ target: 'datasource', name: 'fleet', reason: 'gone already', forMs: -1 }, ops);
    const again = await openReplica(state);
    expect(again.board.switches).toMatchObject([{ id: 'writes:*', target: 'writes' }]);
    expect(await again.list()).toHaveLength(1);
  });

  it('are one for each thing: the last says why and how', async () => {
    const one = await openReplica(state);
    await one.set({ target: 'datasource', name: 'fleet', reason: 'slow', mode: 'serve-stale' }, ops);
    await one.set({ target: 'datasource', name: 'fleet', reason: 'breached' }, ops);
    expect(await one.list()).toMatchObject([
      { id: 'datasource:fleet', mode: 'fail-fast', reason: 'breached' },
    ]);
  });

  it('are not set for what nothing is called: it would look as if something were done', async () => {
    const one = await openReplica(state);
    const key = `trib_live_${'k'.repeat(12)}_${'s'.repeat(38)}`;
    for (const [target, name, code] of [
      ['key', key, 'BAD_USER_INPUT'],
      ['key', 'nokey0000001', 'NOT_FOUND'],
      ['app', 'nobody', 'NOT_FOUND'],
      ['operation', '0123456789', 'BAD_USER_INPUT'],
      ['field', 'fare', 'BAD_USER_INPUT'],
      ['audience', 'PUBLIC', 'BAD_USER_INPUT'],
    ] as const) {
      const set = one.set({ target, name, reason: 'a drill' }, ops);
      await expect(set).rejects.toMatchObject({ code, message: expect.not.stringContaining(key) });
    }
    expect((await one.audit.search({})).rows).toEqual([]);
    expect(await one.list()).toEqual([]);
  });

  it('have the name that they are found by, however it was written', async () => {
    const one = await openReplica(state);
    await one.set({ target: 'audience', name: 'open', reason: 'a drill' }, ops);
    await one.set({ target: 'operation', name: 'ABCDEF012345', reason: 'a drill' }, ops);
    const ids = (await one.list()).map(({ id }) => id);
    expect(ids.sort()).toEqual(['audience:OPEN', 'operation:abcdef012345']);
    await one.end('audience:open', ops);
    await one.end('operation:ABCDEF012345', ops);
    expect(await one.list()).toEqual([]);
  });

  it('are told to the audit log, set and ended', async () => {
    const one = await openReplica(state);
    const { id } = await one.set({ target: 'field', name: 'Ride.fare', reason: 'drill' }, ops);
    await one.end(id, ops);
    const { rows } = await one.audit.search({ target: id });
    expect(rows.map(({ action, actor_id }) => [action, actor_id])).toEqual([
      ['switch.end', 'ops'],
      ['switch.set', 'ops'],
    ]);
    await expect(one.end(id, ops)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
