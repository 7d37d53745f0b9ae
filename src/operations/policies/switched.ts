import { TributaryError } from '../../errors.ts';
import type { DatasourceInfo } from '../operation.ts';
import { allFailed } from '../outcome.ts';
import type { Policy } from '../policy.ts';

/**
 * How a datasource is switched off: with `serve-stale` what is kept of it, and may still be used, is answered; with
 * `fail-fast` nothing is. In neither is it asked.
 */
export type SwitchedOff = 'serve-stale' | 'fail-fast';

/** Tells of a datasource, by name, how it is switched off; `undefined` where it is not. Asked on every call. */
export type SwitchedOffOf = (datasource: string) => SwitchedOff | undefined;

/**
 * Refuses calls to a datasource that an operator has switched off, with `UPSTREAM_UNAVAILABLE`.
 *
 * @param refused the ways of being switched off that count where this policy stands: above the cache `fail-fast` alone
 */
export function switchedPolicy(
  switchedOff: SwitchedOffOf | undefined,
  refused: readonly SwitchedOff[],
): Policy {
  return (next, { datasource }) => {
    if (switchedOff === undefined) return next;
    return (inputs, context) => {
      const way = switchedOff(datasource.name);
      return way !== undefined && refused.includes(way)
        ? Promise.resolve(allFailed(inputs, off(datasource)))
        : next(inputs, context);
    };
  };
}

function off({ name }: DatasourceInfo): Error {
  return new TributaryError('UPSTREAM_UNAVAILABLE', 'A service is switched off at present.', {
    service: name,
  });
}
