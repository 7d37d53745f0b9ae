import fc from 'fast-check';
import { expect, it } from 'vitest';
import { split } from '../../../src/operations/policies/split.ts';
import { describePolicy } from '../../contracts/policy.ts';
import { contextOf, operationOf, recordingCall } from '../../support/operations.ts';

describePolicy('split', () => split);
describePolicy('split of single inputs', () => split, { maxInputs: 1 });

const parity = (input: unknown): string => String(Number(input) % 2);

it('cuts by group and by size, asks each input once and gives the answers back in order', async () => {
  const inputs = fc.uniqueArray(fc.integer({ min: 0, max: 999 }), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(inputs, fc.integer({ min: 1, max: 10 }), async (batch, maxInputs) => {
      const { call, asked } = recordingCall((n: number) => n * 10);
      const outcomes = await split(call, operationOf({ maxInputs, groupBy: parity }))(batch, contextOf());
      expect(outcomes).toEqual(batch.map((n) => n * 10));
      expect(asked.flat().sort()).toEqual([...batch].sort());
      for (const part of asked) {
        expect(part.length).toBeLessThanOrEqual(maxInputs);
        expect(new Set(part.map(parity)).size).toBe(1);
      }
    }),
  );
});

it('makes no more wire requests than needed', async () => {
  const { call, asked } = recordingCall((n: number) => n);
  await split(call, operationOf({ maxInputs: 100 }))(
    Array.from({ length: 250 }, (_, index) => index),
    contextOf(),
  );
  expect(asked.map(({ length }) => length)).toEqual([100, 100, 50]);
});

it('fails only the inputs of the wire request that failed', async () => {
  const failure = new Error('second request');
  const call = split<number, number>(
    async (inputs) => {
      if (inputs[0] === 2) throw failure;
      return inputs;
    },
    operationOf({ maxInputs: 2 }),
  );
  expect(await call([0, 1, 2, 3, 4], contextOf())).toEqual([0, 1, failure, failure, 4]);
});
