import { describe, expect, it } from 'vitest';
import { type ErrorCode, TributaryError } from '../../../src/errors.ts';
import type { Call, CallContext } from '../../../src/operations/call.ts';
import { hedgePolicy } from '../../../src/operations/policies/hedge.ts';
import type { HedgeOptions } from '../../../src/operations/resilience.ts';
import type { CancelSignal } from '../../../src/util/abort.ts';
import { describePolicy } from '../../contracts/policy.ts';
import { contextOf, deferred, operationOf, shop } from '../../support/operations.ts';

const hedged = (hedge: HedgeOptions) => operationOf({ datasource: { ...shop, hedge } });

describePolicy('hedge', hedgePolicy, { datasource: { ...shop, hedge: { afterMs: 0 } } });

/** Answers as it is told, and remembers the signal of each attempt. */
function backend() {
  const signals: CancelSignal[] = [];
  const state: { answer: (attempt: number) => Promise<readonly unknown[]> } = {
    answer: async () => ['at once'],
  };
  const call = ((_inputs: readonly string[], { signal }: CallContext) => {
    signals.push(signal);
    return state.answer(signals.length);
  }) as Call<string, unknown>;
  return { signals, state, call };
}

const hang = (): Promise<never> => new Promise(() => {});

/** Twenty quick answers save up one hedge. */
async function saveUp(call: Call<string, unknown>, count = 20): Promise<void> {
  for (let index = 0; index < count; index++) await call(['x'], contextOf());
}

describe('hedge', () => {
  it('asks once more when the first answer is late, takes what comes first and aborts the other', async () => {
    const { call, state, signals } = backend();
    const policy = hedgePolicy()(call, hedged({ afterMs: 5 }));
    await saveUp(policy);
    state.answer = async (attempt) => (attempt === 21 ? hang() : ['second']);
    expect(await policy(['x'], contextOf())).toEqual(['second']);
    expect(signals).toHaveLength(22);
    expect([signals[20]?.aborted, signals[21]?.aborted]).toEqual([true, false]);
  });

  it('lets the first attempt win, and aborts the hedge', async () => {
    const { call, state, signals } = backend();
    const policy = hedgePolicy()(call, hedged({ afterMs: 5 }));
    await saveUp(policy);
    const first = deferred<readonly unknown[]>();
    state.answer = (attempt) => {
      if (attempt === 21) return first.promise;
      first.resolve(['first']);
      return hang();
    };
    expect(await policy(['x'], contextOf())).toEqual(['first']);
    expect([signals[20]?.aborted, signals[21]?.aborted]).toEqual([false, true]);
  });

  it('hedges no more than one request in twenty', async () => {
    const { call, state, signals } = backend();
    const policy = hedgePolicy()(call, hedged({ afterMs: 0 }));
    state.answer = () => new Promise((resolve) => setTimeout(() => resolve(['late']), 2));
    await Promise.all(Array.from({ length: 200 }, () => policy(['x'], contextOf())));
    expect(signals.length).toBeLessThanOrEqual(210);
    expect(signals.length).toBeGreaterThan(200);
  });

  it('does not take a failure for an answer while the other attempt runs', async () => {
    const { call, state } = backend();
    const policy = hedgePolicy()(call, hedged({ afterMs: 5 }));
    await saveUp(policy);
    const first = deferred<readonly unknown[]>();
    const failed = [new TributaryError('UPSTREAM_UNAVAILABLE')];
    state.answer = async (attempt) => {
      if (attempt === 21) return first.promise;
      setImmediate(() => first.resolve(['first']));
      return failed;
    };
    expect(await policy(['x'], contextOf())).toEqual(['first']);
  });

  it.each(['UPSTREAM_UNAVAILABLE', 'NOT_FOUND'] as const)(
    'gives %s at once where nothing else is under way',
    async (code: ErrorCode) => {
      const { call, state, signals } = backend();
      const policy = hedgePolicy()(call, hedged({ afterMs: 60_000 }));
      await saveUp(policy);
      state.answer = async () => [new TributaryError(code)];
      expect(await policy(['x'], contextOf())).toMatchObject([{ code }]);
      expect(signals).toHaveLength(21);
    },
  );

  it('hedges after the time that most answers took, once it knows it', async () => {
    const { call, state, signals } = backend();
    const policy = hedgePolicy()(call, hedged({ percentile: 0.9 }));
    await saveUp(policy, 40);
    state.answer = async (attempt) => (attempt === 41 ? hang() : ['second']);
    expect(await policy(['x'], contextOf())).toEqual(['second']);
    expect(signals).toHaveLength(42);
  });

  it('never hedges a write, nor a datasource that does not ask for it', async () => {
    const { call, state, signals } = backend();
    const write = hedgePolicy()(call, { ...hedged({ afterMs: 0 }), kind: 'write' });
    const plain = hedgePolicy()(call, operationOf());
    for (const policy of [write, plain]) await saveUp(policy, 40);
    state.answer = () => new Promise((resolve) => setTimeout(() => resolve(['late']), 5));
    await Promise.all([write(['x'], contextOf()), plain(['x'], contextOf())]);
    expect(signals).toHaveLength(82);
  });

  it('refuses times and shares that cannot be meant', () => {
    for (const options of [{ afterMs: -1 }, { afterMs: Number.NaN }, { percentile: 1.5 }, { percentile: 0 }])
      expect(() => hedgePolicy()(backend().call, hedged(options))).toThrow(/`hedge\./);
  });
});
