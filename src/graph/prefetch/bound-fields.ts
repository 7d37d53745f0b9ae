import type { Operation } from '../../operations/operation.ts';
import type { InputReader } from '../input-reader.ts';

/** What a plan needs to know of a field that only forwards. */
export interface BoundStep {
  readonly operation: Operation<unknown, unknown>;
  readonly read: InputReader;
  /** What of the caller it reads, by the names of the claims. */
  readonly claims: readonly string[];
  /** `Ride.driver` */
  readonly coordinate: string;
}

const steps = new WeakMap<object, BoundStep>();
const calculations = new WeakSet<object>();
const madeFromParents = new WeakSet<object>();

/** Notes what the `resolve` of a bound field does. */
export function noteBound(resolve: object, step: BoundStep): void {
  steps.set(resolve, step);
}

export function boundStepOf(resolve: object): BoundStep | undefined {
  return steps.get(resolve);
}

/** Marks a resolver function that only calculates from its parent: it loads nothing, nor does anything below it. */
export function calculated<Resolver extends object>(resolve: Resolver): Resolver {
  calculations.add(resolve);
  return madeFromParent(resolve);
}

export function isCalculated(resolve: object): boolean {
  return calculations.has(resolve);
}

/** Marks a resolver function whose value is made from its parent and nothing else: it is as old as its parent. */
export function madeFromParent<Resolver extends object>(resolve: Resolver): Resolver {
  madeFromParents.add(resolve);
  return resolve;
}

export function isMadeFromParent(resolve: object): boolean {
  return madeFromParents.has(resolve);
}

const originals = new WeakMap<object, object>();

/** Lets a function that stands before another have the marks of that one. */
export function markLike(resolve: object, original: object): void {
  originals.set(resolve, originalOf(original));
  if (calculations.has(original)) calculations.add(resolve);
  if (madeFromParents.has(original)) madeFromParents.add(resolve);
}

/** The function that an author wrote, where ours stands before it. */
export function originalOf(resolve: object): object {
  return originals.get(resolve) ?? resolve;
}
