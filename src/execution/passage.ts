import { toError } from '../errors.ts';
import type { AskedOperation } from './gate.ts';
import type { HttpRun } from './http-run.ts';
import type { KnownDocument } from './known-documents.ts';

/** What is asked of a gate for an operation, with the variables of a request. Throws where it may cost too much. */
export function askedOperation(
  { operationName, report, hash, cost }: KnownDocument,
  variables: Readonly<Record<string, unknown>> | undefined,
): AskedOperation {
  return {
    kind: report.kind as AskedOperation['kind'],
    name: operationName,
    hash,
    cost: cost.estimate(variables),
    coordinates: cost.coordinates,
  };
}

/**
 * Asks the gate of each request once, however many ways are tried to answer it. What it said to the first is what it says
 * to the next: that it may pass, or the error.
 */
export class Passage {
  readonly #asked = new WeakMap<HttpRun, true | Promise<void>>();

  /** At once where the gate says so at once. Throws, or rejects, with what the gate said. */
  pass(asked: AskedOperation, run: HttpRun): void | Promise<void> {
    if (run.gate === undefined) return undefined;
    const known = this.#asked.get(run);
    if (known !== undefined) return known === true ? undefined : known;
    const said = run.gate(asked);
    this.#asked.set(run, said instanceof Promise ? said : true);
    return said;
  }

  /**
   * Whether it may pass at once, and is answered then: who may is not asked again, so nothing is remembered. Where not, `pass`
   * tells what came of it.
   */
  passesAtOnce(asked: AskedOperation, run: HttpRun): boolean {
    try {
      const said = run.gate?.(asked);
      if (said === undefined) return true;
      this.#asked.set(run, said);
      return false;
    } catch (thrown) {
      const refused = Promise.reject<void>(toError(thrown));
      refused.catch(() => {});
      this.#asked.set(run, refused);
      return false;
    }
  }
}
