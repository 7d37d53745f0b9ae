import type { Policy } from '../policy.ts';
import { codesOf, neverRejecting, settled } from '../settle.ts';

/** One span per batch, with its size. What the layers below tell of their work becomes its children. */
export const trace: Policy = (next, operation) => {
  const ask = settled(next);
  return neverRejecting((inputs, context) => {
    const batch = context.trace.batch(operation.name, inputs.length);
    return ask(inputs, { ...context, trace: batch }).then((outcomes) => {
      batch.end(codesOf(outcomes));
      return outcomes;
    });
  });
};
