import { codeOf, type ErrorCode, TributaryError } from '../../errors.ts';
import type { Circuits } from '../circuits.ts';
import type { DatasourceInfo } from '../operation.ts';
import { allFailed } from '../outcome.ts';
import type { Policy } from '../policy.ts';
import { neverRejecting, settled } from '../settle.ts';

/** What says that the backend is in trouble. A refused value or a missing thing says nothing of the kind. */
const troubles: ReadonlySet<ErrorCode> = new Set([
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_OVERLOADED',
  'UPSTREAM_INVALID_RESPONSE',
]);

/**
 * Leaves a datasource alone after too many failures: calls fail at once with `UPSTREAM_CIRCUIT_OPEN` while it is open.
 * Then one probe at a time is let through; one that succeeds closes it.
 *
 * Stands below the bulkhead: what was waiting for a place when the circuit opened is not sent either.
 */
export function breakerPolicy(circuits: Circuits): Policy {
  return (next, { datasource }) => {
    const circuit = circuits.of(datasource);
    const ask = settled(next);
    return neverRejecting((inputs, context) => {
      const pass = circuit.enter();
      if (pass === 'none') return Promise.resolve(allFailed(inputs, circuitOpen(datasource)));
      return ask(inputs, context).then((outcomes) => {
        // Whoever left early has learnt nothing about the backend.
        if (context.signal.aborted) circuit.leave(pass);
        else circuit.tell(pass, outcomes.some(isTrouble));
        return outcomes;
      });
    });
  };
}

/** Refuses at once what the breaker below would refuse, before it waits for a place of the bulkhead between them. */
export function openCircuitPolicy(circuits: Circuits): Policy {
  return (next, { datasource }) => {
    const circuit = circuits.of(datasource);
    const ask = settled(next);
    return neverRejecting((inputs, context) =>
      circuit.isOpen ? Promise.resolve(allFailed(inputs, circuitOpen(datasource))) : ask(inputs, context),
    );
  };
}

function isTrouble(outcome: unknown): boolean {
  return outcome instanceof Error && troubles.has(codeOf(outcome));
}

function circuitOpen({ name }: DatasourceInfo): Error {
  return new TributaryError('UPSTREAM_CIRCUIT_OPEN', undefined, { service: name });
}
