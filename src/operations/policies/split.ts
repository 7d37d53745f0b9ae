import { toError } from '../../errors.ts';
import type { Call, CallContext } from '../call.ts';
import type { OpenOperation } from '../operation.ts';
import { allFailed, type Outcome } from '../outcome.ts';
import type { Policy } from '../policy.ts';
import { wasRefusedAsList } from '../refusals.ts';
import { neverRejecting, settled } from '../settle.ts';

/**
 * Cuts a batch into wire requests: inputs that must not travel together apart (`groupBy`), no more than `maxInputs` in
 * each. They run in parallel (the bulkhead below says how many at a time), and each fails alone. A list that is refused as
 * a whole is asked for in halves, in parallel too, until the key to blame stands alone: one caller's odd key must not fail
 * what others wait for. Below this policy one call is one wire request.
 */
export const split: Policy = (next, operation) => {
  const ask = settled(next);
  return neverRejecting((inputs, context) => {
    try {
      // None at all is none to ask for.
      if (!isOneRequest(inputs, operation)) return runParts(ask, inputs, partsOf(inputs, operation), context);
    } catch (thrown) {
      // By `groupBy`.
      return Promise.resolve(allFailed(inputs, toError(thrown)));
    }
    return ask(inputs, context).then((outcomes) =>
      outcomes.some(wasRefusedAsList) ? inHalves(ask, inputs, outcomes, context) : outcomes,
    );
  });
};

function isOneRequest(inputs: readonly unknown[], { maxInputs, groupBy }: OpenOperation): boolean {
  if (inputs.length === 0 || inputs.length > maxInputs) return false;
  if (groupBy === undefined) return true;
  const group = groupBy(inputs[0]);
  for (let index = 1; index < inputs.length; index++) if (groupBy(inputs[index]) !== group) return false;
  return true;
}

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
  ask: Call<I, O>,
  inputs: readonly I[],
  parts: readonly number[][],
  context: CallContext,
): Promise<readonly Outcome<O>[]> {
  const outcomes = new Array<Outcome<O>>(inputs.length);
  const run = async (part: readonly number[]): Promise<void> => {
    const ofPart = part.map((index) => inputs[index] as I);
    const answers = await ask(ofPart, context);
    const whole = answers.some(wasRefusedAsList) ? await inHalves(ask, ofPart, answers, context) : answers;
    part.forEach((index, position) => {
      outcomes[index] = whole[position] as Outcome<O>;
    });
  };
  await Promise.all(parts.map(run));
  return outcomes;
}

/** Asks again, in two, for what was refused as a list, or lost to the refusal of another. */
async function inHalves<I, O>(
  ask: Call<I, O>,
  inputs: readonly I[],
  before: readonly Outcome<O>[],
  context: CallContext,
): Promise<readonly Outcome<O>[]> {
  const refused: number[] = [];
  before.forEach((outcome, index) => {
    if (wasRefusedAsList(outcome)) refused.push(index);
  });
  // What was asked for alone is refused for good; one of many was perhaps refused for the sake of another.
  if (refused.length === 0 || inputs.length < 2) return before;
  const middle = Math.ceil(refused.length / 2);
  const halves = [refused.slice(0, middle), refused.slice(middle)].filter((half) => half.length > 0);
  const again = await runParts(ask, inputs, halves, context);
  const outcomes = [...before];
  for (const index of refused) outcomes[index] = again[index] as Outcome<O>;
  return outcomes;
}
