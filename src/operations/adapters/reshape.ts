import { toError } from '../../errors.ts';
import type { OperationSpec } from '../operation.ts';
import type { Outcome } from '../outcome.ts';
import { adapted } from './adapted.ts';
import { mapOutcome } from './map-outcome.ts';

/**
 * Changes the answers of an operation. Where the function throws, that input alone fails.
 *
 * The function's text is part of the version of the definition, what it refers to is not: keep it whole, or give what it
 * depends on another name when its meaning changes.
 *
 * @param change takes the output and the input, gives the new output; synchronous
 * @example reshape(get<{ id: string }, Wire>('/rides/{id}'), (wire) => ({ ...wire, late: wire.eta > wire.promised }))
 */
export function reshape<I, O, P>(
  target: OperationSpec<I, O>,
  change: (output: O, input: I) => P,
): OperationSpec<I, P> {
  return adapted<I, O, I, P>(target, {
    name: 'reshape',
    definition: change,
    adapt: ({ call, ...limits }) => ({
      ...limits,
      call: async (inputs, context) =>
        (await call(inputs, context)).map((outcome, index) => changed(outcome, inputs[index] as I, change)),
    }),
  });
}

function changed<I, O, P>(outcome: Outcome<O>, input: I, change: (output: O, input: I) => P): Outcome<P> {
  try {
    return mapOutcome(outcome, (value) => change(value, input));
  } catch (thrown) {
    return toError(thrown);
  }
}
