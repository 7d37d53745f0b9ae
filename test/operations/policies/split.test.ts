import fc from 'fast-check';
import { expect, it } from 'vitest';
import { split } from '../../../src/operations/policies/split.ts';
import { refusedAsList } from '../../../src/operations/refusals.ts';
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

it('asks again in halves for what was refused as a list, until what is to blame stands alone', async () => {
  const asked: number[][] = [];
  const call = split<number, number>(
    async (inputs) => {
      asked.push([...inputs]);
      if (!inputs.includes(13)) return inputs;
      return inputs.map(() =>
        inputs.length > 1 ? refusedAsList(new Error('one of these')) : new Error('13 alone'),
      );
    },
    operationOf({ maxInputs: 100 }),
  );
  const outcomes = await call([11, 12, 13, 14], contextOf());
  expect(outcomes).toEqual([11, 12, new Error('13 alone'), 14]);
  expect(asked).toEqual([[11, 12, 13, 14], [11, 12], [13, 14], [13], [14]]);
});

it('asks again for the only one that was lost to another’s refusal, and never for one that was asked for alone', async () => {
  const asked: number[][] = [];
  const lost = (): Error => refusedAsList(new Error('lost'));
  const call = split<number, number>(
    async (inputs) => {
      asked.push([...inputs]);
      return inputs.map((input) => {
        if (input === 13) return new Error('13 is to blame');
        return inputs.includes(13) || input === 99 ? lost() : input;
      });
    },
    operationOf({ maxInputs: 100 }),
  );
  expect(await call([12, 13], contextOf())).toEqual([12, new Error('13 is to blame')]);
  expect(await call([99], contextOf())).toEqual([new Error('lost')]);
  expect(asked).toEqual([[12, 13], [12], [99]]);
});

it('makes what `groupBy` throws the error of every input', async () => {
  const failure = new Error('no group');
  const groupBy = (): never => {
    throw failure;
  };
  const call = split(recordingCall((n: number) => n).call, operationOf({ maxInputs: 10, groupBy }));
  expect(await call([1, 2], contextOf())).toEqual([failure, failure]);
});
