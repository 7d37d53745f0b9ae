import type { Call, CallContext } from '../call.ts';
import type { OpenOperation } from '../operation.ts';
import type { Outcome } from '../outcome.ts';
import type { Policy } from '../policy.ts';
import { settle } from '../settle.ts';

/**
 * Cuts a batch into wire requests: inputs that must not travel together apart (`groupBy`), no more than `maxInputs` in
 * each. They run in parallel (the bulkhead below says how many at a time), and each fails alone. Below this policy one
 * call is one wire request.
 */
export const split: Policy = (next, operation) => async (inputs, context) => {
  const parts = partsOf(inputs, operation);
  if (parts.length === 1) return settle(next, inputs, context);
  return runParts(next, inputs, parts, context);
};

/** The indexes of the inputs of each wire request. */
function partsOf(inputs: readonly unknown[], { maxInputs, groupBy }: OpenOperation): readonly number[][] {
  const parts: number[][] = [];
  const open = new Map<string, number[]>();
  for (let index = 0; index < inputs.length; index++) {
    const group = groupBy === undefined ? '' : groupBy(inputs[index]);
    let part = open.get(group);
    if (part === undefined || part.length >= maxInputs) {
      part = [];
      parts.push(part);
      open.set(group, part);
    }
    part.push(index);
  }
  return parts;
}

async function runParts<I, O>(
  next: Call<I, O>,
  inputs: readonly I[],
  parts: readonly number[][],
  context: CallContext,
): Promise<readonly Outcome<O>[]> {
  const outcomes = new Array<Outcome<O>>(inputs.length);
  const run = async (part: readonly number[]): Promise<void> => {
    const ofPart = part.map((index) => inputs[index] as I);
    const answers = await settle(next, ofPart, context);
    part.forEach((index, position) => {
      outcomes[index] = answers[position] as Outcome<O>;
    });
  };
  await Promise.all(parts.map(run));
  return outcomes;
}
