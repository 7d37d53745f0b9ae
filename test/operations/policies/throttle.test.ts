import { describe, expect, it } from 'vitest';
import { TributaryError } from '../../../src/errors.ts';
import { throttlePolicy } from '../../../src/operations/policies/throttle.ts';
import { steadyClock } from '../../../src/util/clock.ts';
import { describePolicy } from '../../contracts/policy.ts';
import { clockAt, contextOf, operationOf } from '../../support/operations.ts';

describePolicy('throttle', () => throttlePolicy(steadyClock));

/** A backend that refuses for the number of requests, and counts them. */
function refusing(retryAfterMs: number | undefined) {
  const clock = clockAt(1_000);
  const state = { asked: 0, refuses: true };
  const call = throttlePolicy(clock)<string, string>(async (inputs) => {
    state.asked++;
    if (!state.refuses) return inputs;
    return inputs.map(() => new TributaryError('UPSTREAM_RATE_LIMITED', undefined, { retryAfterMs }));
  }, operationOf());
  return { clock, state, ask: () => call(['x'], contextOf()) };
}

describe('throttle', () => {
  it('leaves a backend alone as long as it asked, and tells how long that is', async () => {
    const { clock, state, ask } = refusing(2_000);
    await ask();
    clock.time += 500;
    expect(await ask()).toMatchObject([
      { code: 'UPSTREAM_RATE_LIMITED', service: 'shop', retryAfterMs: 1_500 },
    ]);
    expect(state.asked).toBe(1);
    clock.time += 1_500;
    state.refuses = false;
    expect(await ask()).toEqual(['x']);
  });

  it('goes on asking where the backend does not say how long', async () => {
    const { state, ask } = refusing(undefined);
    for (let index = 0; index < 3; index++) await ask();
    expect(state.asked).toBe(3);
  });

  it('asks again after half a minute, whatever the backend wished', async () => {
    const { clock, state, ask } = refusing(86_400_000);
    await ask();
    clock.time += 30_000;
    await ask();
    expect(state.asked).toBe(2);
  });
});
