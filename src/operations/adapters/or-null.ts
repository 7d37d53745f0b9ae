import { codeOf } from '../../errors.ts';
import type { OperationSpec } from '../operation.ts';
import { adapted } from './adapted.ts';

/**
 * Answers `null` where the target fails with `NOT_FOUND`; every other error stays one.
 *
 * @example ride: orNull(get<{ id: string }, Ride>('/rides/{id}'))
 */
export function orNull<I, O>(target: OperationSpec<I, O>): OperationSpec<I, O | null> {
  return adapted<I, O, I, O | null>(target, {
    name: 'orNull',
    definition: null,
    adapt: ({ call, ...limits }) => ({
      ...limits,
      call: async (inputs, context) => {
        try {
          return (await call(inputs, context)).map(nullIfMissing);
        } catch (thrown) {
          if (isMissing(thrown)) return inputs.map(() => null);
          throw thrown;
        }
      },
    }),
  });
}

function nullIfMissing<T>(outcome: T): T | null {
  return isMissing(outcome) ? null : outcome;
}

function isMissing(outcome: unknown): boolean {
  return outcome instanceof Error && codeOf(outcome) === 'NOT_FOUND';
}
