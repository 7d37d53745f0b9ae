import { describe, expect, it } from 'vitest';
import { type ErrorCode, TributaryError } from '../../../src/errors.ts';
import type { Call } from '../../../src/operations/call.ts';
import { retryPolicy } from '../../../src/operations/policies/retry.ts';
import { describePolicy } from '../../contracts/policy.ts';
import { contextOf, operationOf, shop } from '../../support/operations.ts';

const atOnce = () => retryPolicy(() => 0);
describePolicy('retry', atOnce);

/** Fails the inputs of the first calls with the codes given, then answers. */
function failing(...codes: ErrorCode[]): { call: Call<number, number>; asked: (readonly number[])[] } {
  const asked: (readonly number[])[] = [];
  return {
    asked,
    call: async (inputs) => {
      const code = codes[asked.push(inputs) - 1];
      return inputs.map((input) => (code !== undefined && input > 1 ? new TributaryError(code) : input));
    },
  };
}

describe('retry', () => {
  it('asks again only for the inputs that failed', async () => {
    const { call, asked } = failing('UPSTREAM_UNAVAILABLE');
    expect(await atOnce()(call, operationOf())([1, 2, 3], contextOf())).toEqual([1, 2, 3]);
    expect(asked).toEqual([
      [1, 2, 3],
      [2, 3],
    ]);
  });

  it.each([
    'NOT_FOUND',
    'BAD_USER_INPUT',
    'UPSTREAM_INVALID_RESPONSE',
    'UPSTREAM_CIRCUIT_OPEN',
    'UPSTREAM_TIMEOUT',
  ] as const)('does not ask again after %s', async (code) => {
    const { call, asked } = failing(code);
    expect(await atOnce()(call, operationOf())([2], contextOf())).toMatchObject([{ code }]);
    expect(asked).toHaveLength(1);
  });

  it('never repeats a write, unless its author declared it idempotent', async () => {
    const spec = { ...operationOf().spec, options: { idempotent: true } };
    const once = failing('UPSTREAM_UNAVAILABLE');
    await atOnce()(once.call, operationOf({ kind: 'write' }))([2], contextOf());
    const twice = failing('UPSTREAM_UNAVAILABLE');
    expect(await atOnce()(twice.call, operationOf({ kind: 'write', spec }))([2], contextOf())).toEqual([2]);
    expect([once.asked.length, twice.asked.length]).toEqual([1, 2]);
  });

  it('gives up after the attempts that the datasource allows', async () => {
    const { call, asked } = failing(...Array<ErrorCode>(9).fill('UPSTREAM_UNAVAILABLE'));
    const datasource = { ...shop, retry: { ...shop.retry, attempts: 4, pauseMs: 0 } };
    await atOnce()(call, operationOf({ datasource }))([2], contextOf());
    expect(asked).toHaveLength(4);
  });

  it('keeps within the budget of the datasource, whatever fails', async () => {
    const policy = atOnce();
    let asked = 0;
    const call = policy<number, number>(async (inputs) => {
      asked++;
      return inputs.map(() => new TributaryError('UPSTREAM_UNAVAILABLE'));
    }, operationOf());
    for (let index = 0; index < 200; index++) await call([2], contextOf());
    // 200 first attempts, a tenth as many retries, and the ten saved at the start.
    expect(asked).toBeLessThanOrEqual(200 + 20 + 10);
    expect(asked).toBeGreaterThan(200 + 20);
  });

  it('keeps within the budget also where many fail at the same moment', async () => {
    let asked = 0;
    const call = retryPolicy(() => 1)<number, number>(async (inputs) => {
      asked++;
      return inputs.map(() => new TributaryError('UPSTREAM_UNAVAILABLE'));
    }, operationOf());
    await Promise.all(Array.from({ length: 100 }, () => call([2], contextOf())));
    expect(asked).toBeLessThanOrEqual(100 + 10 + 10);
  });

  it('believes a backend that asks for more time than there is', async () => {
    let asked = 0;
    const call = atOnce()<number, number>(async (inputs) => {
      asked++;
      return inputs.map(
        () => new TributaryError('UPSTREAM_RATE_LIMITED', undefined, { retryAfterMs: 60_000 }),
      );
    }, operationOf());
    expect(await call([2], contextOf())).toMatchObject([{ code: 'UPSTREAM_RATE_LIMITED' }]);
    expect(asked).toBe(1);
  });

  it('waits as long as the backend asks, when there is time', async () => {
    const times: number[] = [];
    const call = atOnce()<number, number>(async (inputs) => {
      times.push(performance.now());
      return times.length > 1
        ? inputs
        : inputs.map(() => new TributaryError('UPSTREAM_RATE_LIMITED', undefined, { retryAfterMs: 30 }));
    }, operationOf());
    expect(await call([2], contextOf())).toEqual([2]);
    expect((times[1] as number) - (times[0] as number)).toBeGreaterThanOrEqual(29);
  });

  it('does not try again for whoever has left', async () => {
    const controller = new AbortController();
    const { call, asked } = failing('UPSTREAM_UNAVAILABLE');
    const datasource = { ...shop, retry: { ...shop.retry, pauseMs: 60_000 } };
    const waiting = retryPolicy(() => 0.1)(call, operationOf({ datasource }))(
      [2],
      contextOf({ signal: controller.signal }),
    );
    await new Promise(setImmediate);
    controller.abort();
    expect(await waiting).toMatchObject([{ code: 'UPSTREAM_UNAVAILABLE' }]);
    expect(asked).toHaveLength(1);
  });
});
