import { Described, type Outcome } from '../outcome.ts';

/** Changes the value of an outcome. Errors, what was said about keeping it and "not modified" stay as they are. */
export function mapOutcome<O, P>(outcome: Outcome<O>, change: (value: O) => P): Outcome<P> {
  if (outcome instanceof Error) return outcome;
  if (!(outcome instanceof Described)) return change(outcome);
  // The value that was not modified is what an earlier answer became here; it is in the cache already.
  if (outcome.description.notModified === true) return outcome as Described<never>;
  return new Described(change(outcome.value), outcome.description);
}
