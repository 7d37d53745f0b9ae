import { describe, expect, it } from 'vitest';
import { bulkheadPolicy } from '../../../src/operations/policies/bulkhead.ts';
import { describePolicy } from '../../contracts/policy.ts';
import { contextOf, deferred, operationOf, shop } from '../../support/operations.ts';

describePolicy('bulkhead', bulkheadPolicy);

describe('bulkhead', () => {
  const narrow = { ...shop, concurrency: 2, maxQueue: 1 };

  it('lets so many run, so many wait, and refuses one more at once', async () => {
    const gate = deferred<void>();
    let running = 0;
    const call = bulkheadPolicy()<number, number>(
      async (inputs) => {
        running++;
        await gate.promise;
        return inputs;
      },
      operationOf({ datasource: narrow }),
    );
    const waiting = [1, 2, 3].map((input) => call([input], contextOf()));
    expect(await call([4], contextOf())).toMatchObject([{ code: 'UPSTREAM_OVERLOADED', service: 'shop' }]);
    expect(running).toBe(2);
    gate.resolve();
    expect(await Promise.all(waiting)).toEqual([[1], [2], [3]]);
    expect(running).toBe(3);
  });

  it('is shared by all operations of a datasource', async () => {
    const policy = bulkheadPolicy();
    const never = () => new Promise<never>(() => {});
    for (const name of ['shop.a', 'shop.b', 'shop.c'])
      void policy(never, operationOf({ name, datasource: narrow }))([1], contextOf());
    expect(await policy(never, operationOf({ datasource: narrow }))([1], contextOf())).toMatchObject([
      { code: 'UPSTREAM_OVERLOADED' },
    ]);
  });

  it('gives the turn of whoever left to the next', async () => {
    const gates = [deferred<void>(), deferred<void>()];
    const ran: number[] = [];
    const call = bulkheadPolicy()<number, number>(
      async ([input]) => {
        ran.push(input as number);
        await gates[ran.length - 1]?.promise;
        return [input as number];
      },
      operationOf({ datasource: { ...shop, concurrency: 1, maxQueue: 5 } }),
    );
    const controller = new AbortController();
    const first = call([1], contextOf());
    const left = call([2], contextOf({ signal: controller.signal }));
    const third = call([3], contextOf());
    controller.abort();
    expect(await left).toMatchObject([{ code: 'CLIENT_CLOSED' }]);
    for (const gate of gates) gate.resolve();
    expect(await Promise.all([first, third])).toEqual([[1], [3]]);
    expect(ran).toEqual([1, 3]);
  });

  it('frees the place when whoever waited for it leaves just before it is handed over', async () => {
    const gate = deferred<void>();
    let running = 0;
    const call = bulkheadPolicy()<number, number>(
      async (inputs) => {
        running++;
        await gate.promise;
        return inputs;
      },
      operationOf({ datasource: { ...shop, concurrency: 1, maxQueue: 1 } }),
    );
    const controller = new AbortController();
    const first = call([1], contextOf());
    const waiting = call([2], contextOf({ signal: controller.signal }));
    gate.resolve();
    expect(await first).toEqual([1]);
    controller.abort();
    expect(await waiting).toMatchObject([{ code: 'CLIENT_CLOSED' }]);
    await new Promise(setImmediate);
    expect(await call([3], contextOf())).toEqual([3]);
    expect(running).toBe(2);
  });
});
