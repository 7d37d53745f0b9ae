import { expect, it } from 'vitest';
import { timeout } from '../../../src/operations/policies/timeout.ts';
import { describePolicy } from '../../contracts/policy.ts';
import { contextOf, operationOf, recordingTrace } from '../../support/operations.ts';

describePolicy('timeout', () => timeout);

it('ends an attempt that takes too long, and tells it as one wire request that failed', async () => {
  const { trace, events } = recordingTrace();
  const call = timeout<number, number>(() => new Promise(() => {}), operationOf({ timeoutMs: 5 }));
  const outcomes = await call([1, 2], contextOf({ trace }));
  expect(outcomes).toMatchObject([
    { code: 'UPSTREAM_TIMEOUT', service: 'shop' },
    { code: 'UPSTREAM_TIMEOUT' },
  ]);
  expect(events).toEqual(['wire 2', 'wire ends UPSTREAM_TIMEOUT UPSTREAM_TIMEOUT']);
});

it('takes a limit longer than a timer can wait for the longest one', async () => {
  const call = timeout<number, number>(
    async (inputs) => inputs,
    operationOf({ timeoutMs: Number.MAX_SAFE_INTEGER }),
  );
  expect(await call([1], contextOf())).toEqual([1]);
});
