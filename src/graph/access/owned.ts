import { TributaryError } from '../../errors.ts';
import type { Operation } from '../../operations/operation.ts';
import { annotationsOf } from '../audiences/annotations.ts';
import { type Binding, isBinding } from '../binding.ts';
import type { FieldResolver } from '../compile-binding.ts';
import type { ResolverFunction } from '../fields.ts';
import { type InputReader, inputReader, noCall } from '../input-reader.ts';
import { markLike } from '../prefetch/bound-fields.ts';
import { noteOwned } from './field-access.ts';

/** An object that a field names, and how it is looked up. */
interface Target {
  readonly type: string;
  readonly operation: Operation<unknown, unknown>;
  readonly read: InputReader;
}

interface Marks {
  readonly targets: readonly Target[];
  readonly isChecked: boolean;
}

const marks = new WeakMap<object, Marks>();
const none: Marks = { targets: [], isChecked: false };

/**
 * A field that names an object by its key, and is asked only where the object is the caller's: it is looked up first, and
 * where it is another owner's, the field fails with `NOT_FOUND`, like one that names what is not there. Callers who see
 * the objects of every owner are not held up.
 *
 * @param type of the object: one with `@owner`
 * @param lookup the operation that gives the object, and where its inputs come from
 * @param entry the field's own binding or function
 * @example cancelRide: owned('Ride', bind(rides.ride, { id: argument('id') }), bind(rides.cancelRide, { … }))
 */
export function owned<Parent, Arguments, OwnParent, OwnArguments, Result>(
  type: string,
  lookup: Binding<Parent, Arguments, unknown>,
  entry: Binding<OwnParent, OwnArguments, Result>,
): Binding<Parent & OwnParent, Arguments & OwnArguments, Result>;
export function owned<Parent, Arguments, OwnParent, OwnArguments, Result>(
  type: string,
  lookup: Binding<Parent, Arguments, unknown>,
  entry: ResolverFunction<Result, OwnParent, OwnArguments>,
): ResolverFunction<Result, Parent & OwnParent, Arguments & OwnArguments>;
export function owned(
  type: string,
  { operation, inputs }: Binding<never, never, unknown>,
  entry: Binding<never, never, unknown> | ResolverFunction<unknown, never, never>,
): unknown {
  const target = { type, operation: operation as Operation<unknown, unknown>, read: inputReader(inputs) };
  const { targets, isChecked } = marks.get(entry) ?? none;
  return marked(entry, { targets: [...targets, target], isChecked });
}

/**
 * States that a field keeps to the caller's own objects by itself, or that what it names belongs to nobody: `check` asks no
 * further.
 */
export function ownerChecked<Entry extends object>(entry: Entry): Entry {
  return marked(entry, { ...(marks.get(entry) ?? none), isChecked: true });
}

/** Whether an entry says itself how it keeps to owners. */
export function saysWhose(entry: object): boolean {
  const { targets, isChecked } = marks.get(entry) ?? none;
  return isChecked || targets.length > 0;
}

export function isOwnerChecked(entry: object): boolean {
  return marks.get(entry)?.isChecked === true;
}

/** Looks up what an entry names before it is asked. */
export function afterOwners(entry: object, resolve: FieldResolver): FieldResolver {
  const { targets } = marks.get(entry) ?? none;
  if (targets.length === 0) return resolve;
  const checked: FieldResolver = async (parent, args, context, info) => {
    const { rights } = context;
    if (!rights.seesEveryOwner) {
      const { of } = annotationsOf(info.schema);
      await Promise.all(
        targets.map(async ({ type, operation, read }) => {
          const input = read(parent, args, rights);
          if (input === noCall) return;
          const object = await context.load(operation, input);
          const owner = of.get(type)?.owner;
          const isOwn =
            typeof object === 'object' &&
            object !== null &&
            owner !== undefined &&
            rights.owns(object, owner);
          if (!isOwn) throw new TributaryError('NOT_FOUND');
        }),
      );
    }
    return resolve(parent, args, context, info);
  };
  markLike(checked, resolve);
  noteOwned(checked);
  return checked;
}

function copyOf<Entry extends object>(entry: Entry): Entry {
  const call = entry as unknown as (...given: unknown[]) => unknown;
  const copy = (...given: unknown[]) => call(...given);
  markLike(copy, entry);
  return copy as unknown as Entry;
}

/** A copy, so that an entry that stands in two places is marked in one. */
function marked<Entry extends object>(entry: Entry, with_: Marks): Entry {
  const copy = isBinding(entry) ? { ...entry } : copyOf(entry);
  marks.set(copy, with_);
  return copy;
}
