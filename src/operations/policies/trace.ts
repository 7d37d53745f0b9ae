import type { Policy } from '../policy.ts';
import { codesOf, settle } from '../settle.ts';

/** One span per batch, with its size. What the layers below tell of their work becomes its children. */
export const trace: Policy = (next, operation) => async (inputs, context) => {
  const batch = context.trace.batch(operation.name, inputs.length);
  const outcomes = await settle(next, inputs, { ...context, trace: batch });
  batch.end(codesOf(outcomes));
  return outcomes;
};
