import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TributaryError } from '../../src/errors.ts';
import type { Call } from '../../src/operations/call.ts';
import type { OpenOperation } from '../../src/operations/operation.ts';
import { Described, unwrap } from '../../src/operations/outcome.ts';
import type { Policy } from '../../src/operations/policy.ts';
import { settle, settled } from '../../src/operations/settle.ts';
import { contextOf, operationOf } from '../support/operations.ts';

/** What every policy promises, whatever it does: it wraps a call and stays one. */
export function describePolicy(
  name: string,
  policy: () => Policy,
  changes: Partial<OpenOperation> = {},
): void {
  const wrap = <I, O>(call: Call<I, O>): Call<I, O> => policy()(call, operationOf(changes));

  describe(`${name} keeps the contract of a policy`, () => {
    it('gives one outcome per input, in the order of the inputs', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 40 }), async (inputs) => {
          const outcomes = await wrap<number, string>(async (asked) =>
            asked.map((input) => `answer ${input}`),
          )(inputs, contextOf());
          expect(outcomes.map(unwrapped)).toEqual(inputs.map((input) => `answer ${input}`));
        }),
        { numRuns: 50 },
      );
    });

    it('leaves an error with its own input', async () => {
      const failure = new TributaryError('NOT_FOUND');
      const outcomes = await wrap<number, number>(async (inputs) =>
        inputs.map((n) => (n === 2 ? failure : n)),
      )([1, 2, 3], contextOf());
      expect(outcomes.map(unwrapped)).toEqual([1, failure, 3]);
    });

    it('makes a call that throws the error of every input', async () => {
      const failure = new Error('thrown');
      const call = wrap<number, number>(async () => {
        throw failure;
      });
      expect(await settle(call, [1, 2], contextOf())).toEqual([failure, failure]);
    });

    it('rejects for nothing that is thrown below, at once or later, where it says that it never does', async () => {
      const failure = new Error('thrown');
      const throwing: Call<number, number>[] = [
        async () => {
          throw failure;
        },
        () => {
          throw failure;
        },
        async () => undefined as never,
      ];
      for (const below of throwing) {
        const call = wrap(below);
        if (settled(call) !== call) continue;
        const outcomes = await call([1, 2], contextOf());
        expect(outcomes).toHaveLength(2);
        for (const outcome of outcomes) expect(outcome).toBeInstanceOf(Error);
      }
    });

    it('never pairs inputs with outcomes that are too few', async () => {
      const outcomes = await settle(
        wrap<number, number>(async (inputs) => inputs.slice(1)),
        [1, 2, 3],
        contextOf(),
      );
      expect(outcomes).toHaveLength(3);
      for (const outcome of outcomes) expect(outcome).toBeInstanceOf(Error);
    });

    it('hands on who is calling and the id of the request', async () => {
      const context = contextOf({ requestId: 'request-77' });
      let seen: unknown;
      await wrap<number, number>(async (inputs, { caller, requestId }) => {
        seen = { caller, requestId };
        return inputs;
      })([1], context);
      expect(seen).toEqual({ caller: context.caller, requestId: 'request-77' });
    });

    it('passes on a value that its backend described', async () => {
      const outcomes = await wrap<number, number>(async (inputs) =>
        inputs.map((input) => new Described(input, { storable: false })),
      )([1], contextOf());
      expect(outcomes.map(unwrapped)).toEqual([1]);
    });

    it('lets the call below see that nobody waits any more', async () => {
      const controller = new AbortController();
      let aborted = false;
      const outcomes = settle(
        wrap<number, number>(
          (inputs, { signal }) =>
            new Promise((resolve) => {
              signal.addEventListener('abort', () => {
                aborted = true;
                resolve(inputs.map(() => new Error('aborted')));
              });
              controller.abort();
            }),
        ),
        [1],
        contextOf({ signal: controller.signal }),
      );
      expect((await outcomes)[0]).toBeInstanceOf(Error);
      expect(aborted).toBe(true);
    });
  });
}

function unwrapped(outcome: unknown): unknown {
  return outcome instanceof Error ? outcome : unwrap(outcome);
}
