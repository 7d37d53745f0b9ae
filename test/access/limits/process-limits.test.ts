import { describe, expect, it } from 'vitest';
import { ProcessLimits } from '../../../src/access/limits/process-limits.ts';
import { limitStoreContract } from '../../contracts/limit-store.ts';

limitStoreContract('the process', async () => {
  let now = 1_000_000;
  const store = new ProcessLimits({ now: () => now });
  return {
    store,
    async pass(ms) {
      now += ms;
    },
    close: () => store.close(),
  };
});

describe('limits in the process', () => {
  const entering = { group: 'app', rate: { perMinute: 60, burst: 2 }, cost: 1, runner: 'key', running: 5 };

  it('remember a bounded number of groups, and forget those first who have earned everything', () => {
    let now = 0;
    const store = new ProcessLimits({ now: () => now }, 100);
    for (let group = 0; group < 100; group++) store.enter({ ...entering, group: `old-${group}`, running: 0 });
    now = 60_000;
    store.enter({ ...entering, group: 'new-1', running: 0 });
    store.enter({ ...entering, group: 'new-1', running: 0 });
    for (let group = 0; group < 500; group++)
      store.enter({ ...entering, group: `flood-${group}`, running: 0 });
    expect(store.size).toBeLessThanOrEqual(100);
  });

  it('remember who goes on asking, whoever else comes', () => {
    const store = new ProcessLimits({ now: () => 0 }, 100);
    const ask = (group: string) => store.enter({ ...entering, group, running: 0 });
    for (let request = 0; request < 2; request++) ask('busy');
    for (let group = 0; group < 500; group++) {
      ask(`flood-${group}`);
      expect(ask('busy').refusedBy).toBe('rate');
    }
  });

  it('forget a key when nothing of it is under way', () => {
    const store = new ProcessLimits({ now: () => 0 });
    const verdict = store.enter(entering);
    expect(store.size).toBe(2);
    verdict.leave();
    expect(store.size).toBe(1);
  });

  it('grant exactly the rate over a long time, however requests come', () => {
    let now = 0;
    const store = new ProcessLimits({ now: () => now });
    let granted = 0;
    for (; now < 600_000; now += 7.3) if (!store.enter({ ...entering, running: 0 }).refusedBy) granted += 1;
    expect(granted).toBeGreaterThanOrEqual(600);
    expect(granted).toBeLessThanOrEqual(602);
  });
});
