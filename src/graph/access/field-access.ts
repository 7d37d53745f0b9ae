import type { GraphQLResolveInfo } from 'graphql';
import type { RequestContext } from '../request-context.ts';
import type { Ownership, Requirement } from './rights.ts';

/** What stands before and behind the value of a field. */
export interface FieldAccess {
  /** What the caller needs, before anything is asked. */
  readonly requirement: Requirement | undefined;
  /** Takes away what the caller may not see of a value. */
  readonly admission: Admission | undefined;
}

/** Which objects of a field's value a caller sees; the others are missing. */
export interface Admission {
  /** For the key of what is shared, and for the version of the contract. */
  readonly owners: readonly Ownership[];
  /** The value without what is missing: null, or a list that is shorter. */
  admit(value: unknown, context: RequestContext, info: GraphQLResolveInfo | undefined): unknown;
}

const accesses = new WeakMap<object, FieldAccess>();
const properties = new WeakSet<object>();
const owned = new WeakSet<object>();

/** Notes what a field's `resolve` does beside resolving. */
export function noteAccess(resolve: object, access: FieldAccess): void {
  accesses.set(resolve, access);
}

export function accessOf(resolve: object | undefined): FieldAccess | undefined {
  return resolve && accesses.get(resolve);
}

/** Marks a `resolve` that reads the property of the field's name, and does no more. */
export function noteProperty(resolve: object): void {
  properties.add(resolve);
}

/** Whether a field's value is the property of its name. */
export function isProperty(resolve: object | undefined): boolean {
  return resolve === undefined || properties.has(resolve);
}

/** Marks a `resolve` that is asked only where an object that its arguments name is the caller's. */
export function noteOwned(resolve: object): void {
  owned.add(resolve);
}

/** Whether what a field answers was decided by whose an object is, whatever type it gives. */
export function isOwned(resolve: object | undefined): boolean {
  return resolve !== undefined && owned.has(resolve);
}
