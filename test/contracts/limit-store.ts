import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Entering, LimitStore } from '../../src/access/limits/limit-store.ts';

/** A store under test, and its time. */
export interface LimitSubject {
  readonly store: LimitStore;
  /** Lets so much time pass for the store. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

let made = 0;

/** What every store of limits promises. Rates are such that the time a test takes does not matter. */
export function limitStoreContract(name: string, open: () => Promise<LimitSubject>): void {
  describe(`${name}, as a store of limits`, () => {
    let subject: LimitSubject;
    let entering: Entering;

    beforeEach(async () => {
      subject = await open();
      const group = `group-${process.pid}-${++made}`;
      entering = { group, rate: { perMinute: 1, burst: 5 }, cost: 1, runner: `${group}-key`, running: 0 };
    });
    afterEach(() => subject.close());

    const enter = async (changes: Partial<Entering> = {}) =>
      await subject.store.enter({ ...entering, ...changes });

    it('lets as many through at once as the burst, counts down, and refuses the next', async () => {
      const verdicts = [];
      for (let request = 0; request < 6; request++) verdicts.push(await enter());
      expect(verdicts.map(({ refusedBy }) => refusedBy)).toEqual([...new Array(5).fill(undefined), 'rate']);
      expect(verdicts.map(({ remaining }) => remaining)).toEqual([4, 3, 2, 1, 0, 0]);
    });

    it('says when to ask again and when everything is free, and a refusal costs nothing', async () => {
      for (let request = 0; request < 5; request++) await enter();
      const [first, second] = [await enter(), await enter()];
      expect(first.retryInMs).toBeGreaterThan(50_000);
      expect(first.retryInMs).toBeLessThanOrEqual(60_000);
      expect(second.retryInMs).toBeLessThanOrEqual(first.retryInMs);
      expect(first.fullInMs).toBeGreaterThan(290_000);
      expect(first.fullInMs).toBeLessThanOrEqual(300_000);
    });

    it('lets one more through when the time has come', async () => {
      const rate = { perMinute: 600, burst: 1 };
      expect((await enter({ rate })).refusedBy).toBeUndefined();
      const { refusedBy, retryInMs } = await enter({ rate });
      expect([refusedBy, retryInMs > 0 && retryInMs <= 100]).toEqual(['rate', true]);
      await subject.pass(retryInMs + 1);
      expect((await enter({ rate })).refusedBy).toBeUndefined();
    });

    it('counts what costs more as more, and lets what costs more than the burst through alone', async () => {
      expect((await enter({ cost: 3 })).remaining).toBe(2);
      expect((await enter({ cost: 3 })).refusedBy).toBe('rate');
      expect((await enter({ cost: 2 })).remaining).toBe(0);
      const other = `${entering.group}-other`;
      expect((await enter({ group: other, cost: 50 })).refusedBy).toBeUndefined();
      expect((await enter({ group: other })).refusedBy).toBe('rate');
    });

    it('lets whoever comes to a larger plan ask at once, whatever they owe by the smaller one', async () => {
      for (let request = 0; request < 6; request++) await enter();
      const rate = { perMinute: 6_000, burst: 100 };
      expect((await enter({ rate })).refusedBy).toBeUndefined();
      await subject.pass(30);
      expect((await enter({ rate })).refusedBy).toBeUndefined();
    });

    it('counts each group for itself', async () => {
      for (let request = 0; request < 6; request++) await enter();
      expect((await enter({ group: `${entering.group}-other` })).refusedBy).toBeUndefined();
    });

    it('C06: refuses what is more than may be under way, until something of it is over', async () => {
      const rate = { perMinute: 6_000, burst: 1_000 };
      const all = await Promise.all(Array.from({ length: 200 }, () => enter({ rate, running: 10 })));
      const begun = all.filter(({ refusedBy }) => refusedBy === undefined);
      expect(begun).toHaveLength(10);
      expect(new Set(all.map(({ refusedBy }) => refusedBy))).toEqual(new Set([undefined, 'running']));
      expect(all.find(({ refusedBy }) => refusedBy === 'running')?.retryInMs).toBe(1_000);
      begun[0]?.leave();
      begun[0]?.leave();
      const [next, further] = [await enter({ rate, running: 10 }), await enter({ rate, running: 10 })];
      expect([next.refusedBy, further.refusedBy]).toEqual([undefined, 'running']);
    });

    it('C06: counts what is under way by key, and spends no rate on what it refuses', async () => {
      const rate = { perMinute: 1, burst: 10 };
      expect((await enter({ rate, running: 1 })).remaining).toBe(9);
      expect(await enter({ rate, running: 1 })).toMatchObject({ refusedBy: 'running', remaining: 9 });
      const other = await enter({ rate, running: 1, runner: `${entering.runner}-other` });
      expect(other).toMatchObject({ refusedBy: undefined, remaining: 8 });
    });
  });
}
