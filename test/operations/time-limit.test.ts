import { expect, it } from 'vitest';
import { TimeLimit } from '../../src/operations/time-limit.ts';

const over = (limitMs: number): Promise<number> => {
  const begun = performance.now();
  return new Promise((resolve) => new TimeLimit(limitMs, () => resolve(performance.now() - begun)));
};

it('ends after its time, and not before, however short or long', async () => {
  const limits = [1, 5, 19, 21, 50, 120];
  const took = await Promise.all(limits.map(over));
  // Node's timers may be a millisecond early.
  took.forEach((ms, index) => {
    expect(ms).toBeGreaterThanOrEqual((limits[index] as number) - 1.5);
  });
});

it('ends in the order of the limits, whenever they were set', async () => {
  const ended: number[] = [];
  await Promise.all([90, 60, 30, 5].map((limitMs) => over(limitMs).then(() => ended.push(limitMs))));
  expect(ended).toEqual([5, 30, 60, 90]);
});

it('never ends once it is cleared, in its first moment or later', async () => {
  let ended = 0;
  const limits = [5, 15, 40, 70].map((limitMs) => new TimeLimit(limitMs, () => ended++));
  for (const limit of limits.slice(0, 3)) limit.clear();
  await over(30);
  // By now it has a timer of its own.
  limits[3]?.clear();
  await over(80);
  expect(ended).toBe(0);
  for (const limit of limits) expect(() => limit.clear()).not.toThrow();
});

it('does not end at once where it is longer than a timer of Node can wait', async () => {
  let ended = 0;
  const limits = [2 ** 31, 2 ** 40, Number.POSITIVE_INFINITY].map((ms) => new TimeLimit(ms, () => ended++));
  await over(40);
  expect(ended).toBe(0);
  for (const limit of limits) limit.clear();
});
