import { expect, it } from 'vitest';
import { TributaryError } from '../../../src/errors.ts';
import { trace } from '../../../src/operations/policies/trace.ts';
import { describePolicy } from '../../contracts/policy.ts';
import { contextOf, operationOf, recordingTrace } from '../../support/operations.ts';

describePolicy('trace', () => trace);

it('tells one batch with its size and the codes of what failed', async () => {
  const { trace: listener, events } = recordingTrace();
  const call = trace<number, number>(
    async (inputs) => inputs.map((n) => (n === 1 ? new TributaryError('UPSTREAM_TIMEOUT') : n)),
    operationOf(),
  );
  await call([1, 2, 3], contextOf({ trace: listener }));
  expect(events).toEqual(['batch shop.article 3', 'batch ends UPSTREAM_TIMEOUT']);
});
