import { isTributaryError, TributaryError } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { DatasourceInfo } from '../operation.ts';
import { allFailed } from '../outcome.ts';
import type { Policy } from '../policy.ts';
import { neverRejecting, settled } from '../settle.ts';

/** A backend that asks for more is asked again after this. */
const longestRestMs = 30_000;

/**
 * Leaves a datasource alone as long as it asked with `Retry-After` when it refused for the number of requests: until
 * then calls fail at once with `UPSTREAM_RATE_LIMITED`, which says how long to wait. Retry, above, waits where the
 * client's time allows.
 */
export function throttlePolicy(clock: Clock): Policy {
  const rests = new Map<DatasourceInfo, { until: number }>();
  return (next, { datasource }) => {
    const rest = rests.get(datasource) ?? { until: 0 };
    rests.set(datasource, rest);
    const ask = settled(next);
    const told = <O>(outcomes: readonly O[]): readonly O[] => {
      const askedMs = Math.min(longestRest(outcomes), longestRestMs);
      if (askedMs > 0) rest.until = Math.max(rest.until, clock.now() + askedMs);
      return outcomes;
    };
    return neverRejecting((inputs, context) => {
      const leftMs = rest.until - clock.now();
      if (leftMs > 0) return Promise.resolve(allFailed(inputs, resting(datasource, leftMs)));
      return ask(inputs, context).then(told);
    });
  };
}

function longestRest(outcomes: readonly unknown[]): number {
  let longest = 0;
  for (const outcome of outcomes) {
    if (!isTributaryError(outcome) || outcome.code !== 'UPSTREAM_RATE_LIMITED') continue;
    longest = Math.max(longest, outcome.retryAfterMs ?? 0);
  }
  return longest;
}

function resting({ name }: DatasourceInfo, leftMs: number): Error {
  return new TributaryError('UPSTREAM_RATE_LIMITED', undefined, {
    service: name,
    detail: 'The service asked to be left alone.',
    retryAfterMs: Math.ceil(leftMs),
  });
}
