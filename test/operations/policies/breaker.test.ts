import { describe, expect, it } from 'vitest';
import { type ErrorCode, TributaryError } from '../../../src/errors.ts';
import { Circuits } from '../../../src/operations/circuits.ts';
import { compose } from '../../../src/operations/pipeline.ts';
import { breakerPolicy, openCircuitPolicy } from '../../../src/operations/policies/breaker.ts';
import { bulkheadPolicy } from '../../../src/operations/policies/bulkhead.ts';
import { steadyClock } from '../../../src/util/clock.ts';
import { describePolicy } from '../../contracts/policy.ts';
import { clockAt, contextOf, deferred, operationOf, shop } from '../../support/operations.ts';

describePolicy('breaker', () => breakerPolicy(new Circuits(steadyClock)));
describePolicy('open circuit', () => openCircuitPolicy(new Circuits(steadyClock)));

/** A backend that can be told what to answer, and counts how often it is asked. */
function backend() {
  const clock = clockAt(1_000_000);
  const state = { code: undefined as ErrorCode | undefined, asked: 0 };
  const call = breakerPolicy(new Circuits(clock))<number, number>(async (inputs) => {
    state.asked++;
    return inputs.map((input) => (state.code === undefined ? input : new TributaryError(state.code)));
  }, operationOf());
  const ask = async (times = 1): Promise<readonly unknown[]> => {
    let last: readonly unknown[] = [];
    for (let index = 0; index < times; index++) last = await call([1], contextOf());
    return last;
  };
  return { clock, state, ask };
}

describe('breaker', () => {
  it('leaves a backend alone when half of what was asked failed', async () => {
    const { state, ask } = backend();
    state.code = 'UPSTREAM_UNAVAILABLE';
    await ask(20);
    expect(await ask(100)).toMatchObject([{ code: 'UPSTREAM_CIRCUIT_OPEN', service: 'shop' }]);
    expect(state.asked).toBe(20);
  });

  it('stays closed on few requests, and while less than half fails', async () => {
    const { state, ask } = backend();
    await ask(20);
    state.code = 'UPSTREAM_TIMEOUT';
    await ask(19);
    state.code = undefined;
    expect(await ask(10)).toEqual([1]);
    expect(state.asked).toBe(49);
  });

  it.each(['NOT_FOUND', 'BAD_USER_INPUT', 'CONFLICT', 'DOWNSTREAM_SERVICE_ERROR'] as const)(
    'does not take %s for trouble',
    async (code) => {
      const { state, ask } = backend();
      state.code = code;
      await ask(50);
      expect(state.asked).toBe(50);
    },
  );

  it('forgets failures that are older than its window', async () => {
    const { clock, state, ask } = backend();
    state.code = 'UPSTREAM_UNAVAILABLE';
    await ask(19);
    clock.time += 11_000;
    await ask(19);
    expect(state.asked).toBe(38);
  });

  it('lets one probe through when its time is over, and closes when that succeeds', async () => {
    const { clock, state, ask } = backend();
    state.code = 'UPSTREAM_UNAVAILABLE';
    await ask(20);
    clock.time += 1_000;
    state.code = undefined;
    expect(await ask()).toEqual([1]);
    expect(await ask(5)).toEqual([1]);
    expect(state.asked).toBe(26);
  });

  it('stays open twice as long after a probe that fails', async () => {
    const { clock, state, ask } = backend();
    state.code = 'UPSTREAM_UNAVAILABLE';
    await ask(20);
    clock.time += 1_000;
    await ask(3);
    clock.time += 1_999;
    await ask();
    expect(state.asked).toBe(21);
    clock.time += 1;
    await ask();
    expect(state.asked).toBe(22);
  });

  it('sends one probe at a time', async () => {
    const clock = clockAt(1_000_000);
    const gate = deferred<void>();
    let asked = 0;
    const call = breakerPolicy(new Circuits(clock))<number, number>(async (inputs) => {
      if (++asked > 20) await gate.promise;
      return asked > 20 ? inputs : inputs.map(() => new TributaryError('UPSTREAM_UNAVAILABLE'));
    }, operationOf());
    for (let index = 0; index < 20; index++) await call([1], contextOf());
    clock.time += 1_000;
    const probe = call([1], contextOf());
    expect(await call([2], contextOf())).toMatchObject([{ code: 'UPSTREAM_CIRCUIT_OPEN' }]);
    gate.resolve();
    expect(await probe).toEqual([1]);
  });

  it('learns nothing from a probe whose asker left, and probes again', async () => {
    const clock = clockAt(1_000_000);
    const controller = new AbortController();
    let asked = 0;
    const call = breakerPolicy(new Circuits(clock))<number, number>(async (inputs) => {
      if (++asked === 21) controller.abort();
      return asked > 21 ? inputs : inputs.map(() => new TributaryError('UPSTREAM_UNAVAILABLE'));
    }, operationOf());
    for (let index = 0; index < 20; index++) await call([1], contextOf());
    clock.time += 1_000;
    await call([1], contextOf({ signal: controller.signal }));
    expect(await call([1], contextOf())).toEqual([1]);
    expect(asked).toBe(22);
  });

  it('is not closed or opened by calls that were under way when it opened', async () => {
    const clock = clockAt(1_000_000);
    const [early, probe] = [deferred<void>(), deferred<void>()];
    let asked = 0;
    const call = breakerPolicy(new Circuits(clock))<number, number>(async (inputs) => {
      const attempt = ++asked;
      if (attempt === 1) await early.promise;
      if (attempt === 22) await probe.promise;
      return attempt === 22 ? inputs : inputs.map(() => new TributaryError('UPSTREAM_UNAVAILABLE'));
    }, operationOf());
    const first = call([1], contextOf());
    for (let index = 0; index < 20; index++) await call([1], contextOf());
    clock.time += 1_000;
    const probing = call([1], contextOf());
    early.resolve();
    await first;
    expect(await call([1], contextOf())).toMatchObject([{ code: 'UPSTREAM_CIRCUIT_OPEN' }]);
    probe.resolve();
    expect(await probing).toEqual([1]);
    expect(asked).toBe(22);
  });

  /** The three policies as the pipeline has them, over a backend that fails every call when it is told to. */
  function withFewPlaces(concurrency: number, maxQueue: number) {
    const clock = clockAt(1_000_000);
    const circuits = new Circuits(clock);
    const backend = { failing: deferred<void>(), asked: 0 };
    const call = compose<number, number>(
      [openCircuitPolicy(circuits), bulkheadPolicy(), breakerPolicy(circuits)],
      async (inputs) => {
        backend.asked++;
        await backend.failing.promise;
        return inputs.map(() => new TributaryError('UPSTREAM_TIMEOUT'));
      },
      operationOf({ datasource: { ...shop, concurrency, maxQueue } }),
    );
    return { clock, backend, ask: () => call([1], contextOf()) };
  }

  it('does not take a queue of ours that is full for trouble of the backend', async () => {
    const { backend, ask } = withFewPlaces(1, 0);
    const first = ask();
    for (let index = 0; index < 50; index++)
      expect(await ask()).toMatchObject([{ code: 'UPSTREAM_OVERLOADED' }]);
    backend.failing.resolve();
    await first;
    await ask();
    expect(backend.asked).toBe(2);
  });

  it('does not send what was waiting for a place when the circuit opened', async () => {
    const { backend, ask } = withFewPlaces(20, 1_000);
    const asked = Array.from({ length: 1_000 }, ask);
    backend.failing.resolve();
    const outcomes = await Promise.all(asked);
    expect(outcomes.slice(0, 20)).toEqual(new Array(20).fill([withCode('UPSTREAM_TIMEOUT')]));
    expect(outcomes.at(-1)).toMatchObject([{ code: 'UPSTREAM_CIRCUIT_OPEN' }]);
    // One chain of turns may be ahead of the answer that opens it.
    expect(backend.asked).toBeLessThan(20 + 20);
    expect(await ask()).toMatchObject([{ code: 'UPSTREAM_CIRCUIT_OPEN' }]);
  });

  it('lets the event loop go on while a long queue is refused', async () => {
    const { backend, ask } = withFewPlaces(20, 1_000);
    const asked = Array.from({ length: 1_000 }, ask);
    let turns = 0;
    const count = (): void => {
      turns++;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    backend.failing.resolve();
    await Promise.all(asked);
    clearImmediate(immediate);
    expect(turns).toBeGreaterThanOrEqual(1_000 / 20 - 2);
  });

  it('refuses without waiting for a place while the circuit is open', async () => {
    const { clock, backend, ask } = withFewPlaces(20, 1_000);
    backend.failing.resolve();
    for (let index = 0; index < 20; index++) await ask();
    backend.failing = deferred();
    clock.time += 1_000;
    const probe = ask();
    expect(await ask()).toMatchObject([{ code: 'UPSTREAM_CIRCUIT_OPEN' }]);
    backend.failing.resolve();
    expect(await probe).toMatchObject([{ code: 'UPSTREAM_TIMEOUT' }]);
    expect(backend.asked).toBe(21);
  });
});

function withCode(code: ErrorCode): unknown {
  return expect.objectContaining({ code });
}
