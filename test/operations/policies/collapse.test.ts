import { describe, expect, it } from 'vitest';
import { TributaryError } from '../../../src/errors.ts';
import type { Call } from '../../../src/operations/call.ts';
import { Passes } from '../../../src/operations/passes.ts';
import { collapsePolicy } from '../../../src/operations/policies/collapse.ts';
import { WriteCounts } from '../../../src/operations/policies/evict.ts';
import type { CancelSignal } from '../../../src/util/abort.ts';
import { describePolicy } from '../../contracts/policy.ts';
import { anna, bert, contextOf, deferred, operationOf } from '../../support/operations.ts';

const writes = new WriteCounts();
const collapse = collapsePolicy({ cache: { isCurrent: () => true }, passes: new Passes(), writes });

describePolicy('collapse', () => collapse, { scope: 'public' });
describePolicy('collapse of what declares no scope', () => collapse);

/** A call that answers when the gate opens, and remembers what it was asked under which signal. */
function gated() {
  const gate = deferred<void>();
  const asked: (readonly number[])[] = [];
  const signals: CancelSignal[] = [];
  const call: Call<number, number> = async (inputs, { signal }) => {
    asked.push(inputs);
    signals.push(signal);
    await gate.promise;
    return inputs.map((input) => (input === 13 ? new TributaryError('NOT_FOUND') : input * 10));
  };
  return { gate, asked, signals, call };
}

describe('collapse', () => {
  it('asks once what several requests ask while it is under way, input by input', async () => {
    const { gate, asked, call } = gated();
    const read = collapse(call, operationOf({ scope: 'public' }));
    const answers = [read([1, 2], contextOf()), read([2, 3], contextOf()), read([3, 13, 1], contextOf())];
    gate.resolve();
    expect(await Promise.all(answers)).toMatchObject([
      [10, 20],
      [20, 30],
      [30, { code: 'NOT_FOUND' }, 10],
    ]);
    expect(asked).toEqual([[1, 2], [3], [13]]);
  });

  it('asks again once the call is over', async () => {
    const { gate, asked, call } = gated();
    const read = collapse(call, operationOf({ scope: 'public' }));
    gate.resolve();
    await read([1], contextOf());
    await read([1], contextOf());
    expect(asked).toEqual([[1], [1]]);
  });

  it('asks again once calls are over that shared some of their inputs', async () => {
    const { gate, asked, call } = gated();
    const read = collapse(call, operationOf({ scope: 'public' }));
    const answers = [read([1, 2], contextOf()), read([2, 3], contextOf())];
    gate.resolve();
    await Promise.all(answers);
    await read([1, 2, 3], contextOf());
    expect(asked).toEqual([[1, 2], [3], [1, 2, 3]]);
  });

  it.each([
    ['public', 1],
    ['tenant', 1],
    ['caller', 2],
    [undefined, 2],
  ] as const)('makes two equal reads of two callers with scope %s %i call(s)', async (scope, calls) => {
    const { gate, asked, call } = gated();
    const read = collapse(call, operationOf({ scope }));
    const both = [read([1], contextOf({ caller: anna })), read([1], contextOf({ caller: bert }))];
    gate.resolve();
    await Promise.all(both);
    expect(asked).toHaveLength(calls);
  });

  it('goes on for those who still wait, and is aborted when the last has left', async () => {
    const { signals, call } = gated();
    const read = collapse(call, operationOf({ scope: 'public' }));
    const [first, second] = [new AbortController(), new AbortController()];
    void read([1], contextOf({ signal: first.signal }));
    void read([1], contextOf({ signal: second.signal }));
    first.abort();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    second.abort();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('makes a new call for whoever comes after all have left', async () => {
    const { gate, asked, call } = gated();
    const read = collapse(call, operationOf({ scope: 'public' }));
    const controller = new AbortController();
    void read([1], contextOf({ signal: controller.signal }));
    controller.abort();
    const late = read([1], contextOf());
    gate.resolve();
    expect(await late).toEqual([10]);
    expect(asked).toEqual([[1], [1]]);
  });

  it('never joins a call that began before a write of the same datasource had ended', async () => {
    const { gate, asked, call } = gated();
    const operation = operationOf({ scope: 'public' });
    const read = collapse(call, operation);
    const before = read([1], contextOf());
    writes.add(operation.datasource);
    const after = [read([1], contextOf()), read([1], contextOf())];
    gate.resolve();
    await Promise.all([before, ...after]);
    expect(asked).toEqual([[1], [1]]);
  });

  it('gives the shared call time of its own, not that of whoever came first', async () => {
    let deadline = 0;
    const read = collapse<number, number>(
      async (inputs, context) => {
        deadline = context.deadline;
        return inputs;
      },
      operationOf({ scope: 'public', totalMs: 2_000 }),
    );
    await read([1], contextOf({ deadline: performance.now() + 5 }));
    expect(deadline).toBeGreaterThan(performance.now() + 1_500);
  });
});
