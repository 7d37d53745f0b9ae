import { TributaryError } from '../../errors.ts';
import type { Policy } from '../policy.ts';
import { neverRejecting, settled } from '../settle.ts';
import { within } from '../within.ts';

/**
 * What is left of the client's time caps everything below: a call is not started after the deadline, and one that is
 * under way is answered with `UPSTREAM_TIMEOUT` when the deadline comes.
 */
export const deadline: Policy = (next, operation) => {
  const late = (): Error =>
    new TributaryError('UPSTREAM_TIMEOUT', undefined, { service: operation.datasource.name });
  const ask = settled(next);
  return neverRejecting((inputs, context) =>
    within(ask, inputs, context, context.deadline - performance.now(), late),
  );
};
