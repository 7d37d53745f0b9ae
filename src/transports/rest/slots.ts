import type { Setting } from '../../config/setting.ts';

/**
 * What a query parameter, a header or a member of a form may be made of. A plain name means the input of that name.
 * A constant is what `constant(value)` of a binding gives.
 */
export type Slot = string | CsvSlot<string> | RepeatSlot<string> | ConstantSlot | Setting;

export type Scalar = string | number | boolean | bigint;

/** A list as one value, its items parted by commas. */
export interface CsvSlot<Name extends string> {
  readonly slot: 'csv';
  readonly input: Name;
}

/** A list as one parameter of the same name for each item. */
export interface RepeatSlot<Name extends string> {
  readonly slot: 'repeat';
  readonly input: Name;
}

export interface ConstantSlot {
  readonly from: 'constant';
  readonly value: Scalar;
}

/**
 * Sends a list input as `?ids=a,b,c`. A comma inside an item travels as `%2C` (RFC 6570 §3.2.8).
 *
 * @example get<{ ids: readonly string[] }, Ride[]>('/rides', { query: { ids: csv('ids') } })
 */
export function csv<const Name extends string>(input: Name): CsvSlot<Name> {
  return { slot: 'csv', input };
}

/**
 * Sends a list input as `?id=a&id=b&id=c`.
 *
 * @example get<{ ids: readonly string[] }, Ride[]>('/rides', { query: { id: repeat('ids') } })
 */
export function repeat<const Name extends string>(input: Name): RepeatSlot<Name> {
  return { slot: 'repeat', input };
}

/** The names of the inputs of `I` that hold a `Value`, or nothing. */
export type NamesOf<I, Value> = {
  [Name in keyof I & string]: I[Name] extends Value | null | undefined ? Name : never;
}[keyof I & string];

export type ScalarNames<I> = NamesOf<I, Scalar>;
export type ListNames<I> = NamesOf<I, readonly Scalar[]>;

/** What a query parameter or a member of a form of an operation with the inputs `I` may be made of. */
export type SlotOf<I> =
  | ScalarNames<I>
  | CsvSlot<ListNames<I>>
  | RepeatSlot<ListNames<I>>
  | ConstantSlot
  | Setting;

/** What a header may be made of. */
export type HeaderSlotOf<I> = ScalarNames<I> | ConstantSlot | Setting;
