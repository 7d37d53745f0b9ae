import { TributaryError } from '../../errors.ts';
import type { Policy } from '../policy.ts';
import { wasUnsent } from '../refusals.ts';
import { codesOf, neverRejecting, settled } from '../settle.ts';
import { within } from '../within.ts';

/**
 * Each attempt may take the operation's `timeoutMs`; then it is aborted down to its socket or statement and fails with
 * `UPSTREAM_TIMEOUT`. An attempt is one wire request, and told as one to the trace, unless it was refused before
 * anything was sent.
 */
export const timeout: Policy = (next, operation) => {
  const { timeoutMs, datasource } = operation;
  const late = (): Error => new TributaryError('UPSTREAM_TIMEOUT', undefined, { service: datasource.name });
  const ask = settled(next);
  return neverRejecting(async (inputs, context) => {
    const wire = context.trace.wire(inputs.length);
    const outcomes = await within(ask, inputs, { ...context, trace: wire }, timeoutMs, late);
    if (outcomes.every(wasUnsent)) wire.unsent(codesOf(outcomes));
    else wire.end(codesOf(outcomes));
    return outcomes;
  });
};
