import { expect, it } from 'vitest';
import { deadline } from '../../../src/operations/policies/deadline.ts';
import { describePolicy } from '../../contracts/policy.ts';
import { contextOf, operationOf, recordingCall } from '../../support/operations.ts';

describePolicy('deadline', () => deadline);

it('does not start a call after the deadline', async () => {
  const { call, asked } = recordingCall((n: number) => n);
  const outcomes = await deadline(call, operationOf())(
    [1, 2],
    contextOf({ deadline: performance.now() - 1 }),
  );
  expect(outcomes).toMatchObject([
    { code: 'UPSTREAM_TIMEOUT', service: 'shop' },
    { code: 'UPSTREAM_TIMEOUT' },
  ]);
  expect(asked).toEqual([]);
});

it('answers when the deadline comes, aborts the call and does not wait for it', async () => {
  let aborted = false;
  const never = deadline<number, number>((_inputs, { signal }) => {
    signal.addEventListener('abort', () => {
      aborted = true;
    });
    return new Promise(() => {});
  }, operationOf());
  expect(await never([1], contextOf({ deadline: performance.now() + 10 }))).toMatchObject([
    { code: 'UPSTREAM_TIMEOUT' },
  ]);
  expect(aborted).toBe(true);
});

it('takes no call at all for a request that nobody waits for', async () => {
  const { call, asked } = recordingCall((n: number) => n);
  const outcomes = await deadline(call, operationOf())([1], contextOf({ signal: AbortSignal.abort() }));
  expect(outcomes).toMatchObject([{ code: 'CLIENT_CLOSED' }]);
  expect(asked).toEqual([]);
});
