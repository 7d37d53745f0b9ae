import { afterEach, beforeEach, expect, it } from 'vitest';
import { openReplica, operator, type TestReplica } from '../../support/registry.ts';
import { describeWithState, type TestState } from '../../support/state.ts';

await describeWithState('a plan', (open) => {
  let state: TestState;
  let replica: TestReplica;
  beforeEach(async () => {
    state = await open();
    replica = await openReplica(state);
  });
  afterEach(async () => {
    await replica.close();
    await state.drop();
  });

  it('has every limit where nothing is said, and keeps what it has where something else is changed', async () => {
    const { plans } = replica.registry;
    expect(await plans.put(operator, 'tools', { audience: 'INTERNAL' })).toMatchObject({
      limitPerMinute: 60,
      burst: 20,
      concurrency: 5,
      quotaUnits: 10_000,
      quotaPeriod: 'day',
      maxCost: 1_000,
    });
    expect(await plans.put(operator, 'tools', { burst: 30 })).toMatchObject({
      burst: 30,
      quotaUnits: 10_000,
    });
  });

  it('loses a limit that is taken away', async () => {
    const { plans } = replica.registry;
    const free = { limitPerMinute: null, concurrency: null, quotaUnits: null, maxCost: null } as const;
    const put = await plans.put(operator, 'tools', { audience: 'INTERNAL', ...free });
    for (const limit of Object.keys(free)) expect(put).toMatchObject({ [limit]: undefined });
    expect(plans.get('tools')).toEqual(put);
  });

  it('is not made of what means nothing', async () => {
    const { plans } = replica.registry;
    await expect(plans.put(operator, 'tools', { burst: null })).rejects.toThrow('needs `burst` too');
    await expect(plans.put(operator, 'tools', { maxCost: 0 })).rejects.toThrow('whole number above 0');
    await expect(plans.put(operator, 'No Name', {})).rejects.toThrow('small letters');
  });
});
