import { Kind, type SelectionNode, type SelectionSetNode } from 'graphql';
import type { BackendDocument } from './document.ts';

/** What a selection must look like in an answer: its members by response key, or `null` for a leaf. */
export type Shape = ReadonlyMap<string, Member> | null;

export interface Member {
  /** May be missing: a fragment or a directive decides. */
  readonly optional: boolean;
  readonly shape: Shape;
}

/** A custom scalar may be any JSON, and lists stand in lists; deeper than this nothing is meant seriously. */
const deepest = 100;

/** Compiles what the members of a selection must be. The document has no cycles of fragments: it was checked. */
export function shapeOf(
  selection: SelectionSetNode | undefined,
  fragments: BackendDocument['fragments'],
): Shape {
  if (selection === undefined) return null;
  const members = new Map<string, Member>();
  collect(selection, fragments, false, members);
  return members;
}

/**
 * What is wrong with a value of an answer: a member that is missing, something else where an object or a list of objects is
 * expected, a leaf of endless depth. `undefined` where nothing is. Lists may be nested, and null stands anywhere: only the
 * backend's schema knows.
 *
 * @param at where the value is, for the message
 */
export function problemOf(value: unknown, shape: Shape, at: string, lists = 0): string | undefined {
  if (value === null) return undefined;
  if (lists > deepest || (shape === null && isTooDeep(value)))
    return `The value at ${at} is nested too deeply.`;
  if (shape === null) return undefined;
  if (Array.isArray(value)) {
    for (const item of value) {
      const problem = problemOf(item, shape, at, lists + 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  if (typeof value !== 'object') return `Expected an object at ${at}, got a ${typeof value}.`;
  for (const [key, member] of shape) {
    if (Object.hasOwn(value, key)) {
      const problem = problemOf((value as Record<string, unknown>)[key], member.shape, `${at}.${key}`);
      if (problem !== undefined) return problem;
    } else if (!member.optional) return `There is no ${key} at ${at}.`;
  }
  return undefined;
}

/** Whether there is a null in a value, anywhere: an error leaves one in its place (GraphQL spec §6.4.4). */
export function holdsNull(value: unknown): boolean {
  const open = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (next === null) return true;
    if (typeof next === 'object') for (const member of Object.values(next as object)) open.push(member);
  }
  return false;
}

function collect(
  { selections }: SelectionSetNode,
  fragments: BackendDocument['fragments'],
  optional: boolean,
  members: Map<string, Member>,
): void {
  for (const selection of selections) {
    const may = optional || isConditional(selection);
    if (selection.kind === Kind.FIELD) {
      const key = (selection.alias ?? selection.name).value;
      const before = members.get(key);
      members.set(key, {
        optional: may && (before?.optional ?? true),
        shape: merged(before?.shape, shapeOf(selection.selectionSet, fragments)),
      });
      continue;
    }
    const set =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection.selectionSet
        : fragments.get(selection.name.value)?.selectionSet;
    // Whether the object is of the fragment's type is for the backend to say.
    const conditional = selection.kind === Kind.FRAGMENT_SPREAD || selection.typeCondition !== undefined;
    if (set !== undefined) collect(set, fragments, may || conditional, members);
  }
}

function isConditional({ directives = [] }: SelectionNode): boolean {
  return directives.some(({ name }) => name.value === 'skip' || name.value === 'include');
}

/** One field, selected twice: what is asked for in either place. */
function merged(one: Shape | undefined, other: Shape): Shape {
  if (one === undefined || one === null || other === null) return other;
  const members = new Map(one);
  for (const [key, member] of other) {
    const before = members.get(key);
    members.set(key, {
      optional: member.optional && (before?.optional ?? true),
      shape: merged(before?.shape, member.shape),
    });
  }
  return members;
}

function isTooDeep(value: unknown): boolean {
  if (typeof value !== 'object') return false;
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return true;
    level = level
      .flatMap((each) => Object.values(each as object))
      .filter((each) => typeof each === 'object' && each !== null);
  }
  return false;
}
