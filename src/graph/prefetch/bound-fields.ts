import type { Operation } from '../../operations/operation.ts';
import type { InputReader } from '../input-reader.ts';

/** What a plan needs to know of a field that only forwards. */
export interface BoundStep {
  readonly operation: Operation<unknown, unknown>;
  readonly read: InputReader;
}

const steps = new WeakMap<object, BoundStep>();
const calculations = new WeakSet<object>();

/** Notes what the `resolve` of a bound field does. */
export function noteBound(resolve: object, step: BoundStep): void {
  steps.set(resolve, step);
}

export function boundStepOf(resolve: object): BoundStep | undefined {
  return steps.get(resolve);
}

/** Marks a resolver function that only calculates from its parent: it loads nothing. */
export function calculated<Resolver extends object>(resolve: Resolver): Resolver {
  calculations.add(resolve);
  return resolve;
}

export function isCalculated(resolve: object): boolean {
  return calculations.has(resolve);
}
