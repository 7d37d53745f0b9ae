import type { Operation } from '../operations/operation.ts';

/**
 * Where one input of a bound operation comes from. `Needs` is computed from the source and the type of the input:
 * `parent('driverId')` as a `string` input needs a parent of `{ driverId: string }`.
 */
export type Source =
  | FromParent<string, boolean>
  | FromArgument<string, boolean>
  | FromClaim
  | Constant<unknown>;

/** Where each input comes from; an object input may be put together from several sources. */
export interface Sources {
  readonly [input: string]: Source | Sources;
}

export interface FromParent<Path extends string, IfPresent extends boolean> {
  readonly from: 'parent';
  readonly path: Path;
  readonly ifPresent: IfPresent;
}

export interface FromArgument<Path extends string, IfPresent extends boolean> {
  readonly from: 'argument';
  readonly path: Path;
  readonly ifPresent: IfPresent;
  /** The least and the greatest value that is taken. */
  readonly range?: readonly [least: number, greatest: number];
}

export interface FromClaim {
  readonly from: 'claim';
  readonly name: string;
}

export interface Constant<Value> {
  readonly from: 'constant';
  readonly value: Value;
}

/** A property of the parent's source shape, or one deeper: `'pickup.latitude'`. */
export function parent<const Path extends string>(path: Path): FromParent<Path, false> {
  return { from: 'parent', path, ifPresent: false };
}

/** An argument of the field, or a property of one: `'input.pickup'`. */
export function argument<const Path extends string>(path: Path): FromArgument<Path, false> {
  return { from: 'argument', path, ifPresent: false };
}

/**
 * What is known of the caller: `tenant`, or a claim by its name. For an optional input that is text: it is left out for
 * callers who see the objects of every owner. Whoever else has no such claim gets null, and no call is made.
 *
 * @example rides: bind(rides.page, { partnerId: claim('tenant'), first: argument('first') })
 */
export function claim(name: string): FromClaim {
  return { from: 'claim', name };
}

/** The same value for every call. */
export function constant<const Value>(value: Value): Constant<Value> {
  return { from: 'constant', value };
}

/**
 * Lets a nullable value stand for a required input: where it is null, the field is null and no call is made.
 *
 * @example driver: bind(fleet.driver, { id: ifPresent(parent('driverId')) })
 */
export function ifPresent<Path extends string>(source: FromParent<Path, false>): FromParent<Path, true>;
export function ifPresent<Path extends string>(source: FromArgument<Path, false>): FromArgument<Path, true>;
export function ifPresent(source: FromParent<string, false> | FromArgument<string, false>): Source {
  return { ...source, ifPresent: true };
}

/**
 * Takes a number only from a range, both ends included: another one is `BAD_USER_INPUT`, in words, before anything is
 * asked. An absent one passes.
 *
 * @example rides: bind(rides.page, { first: within(argument('first'), 1, 500) })
 */
export function within<Path extends string, IfPresent extends boolean>(
  source: FromArgument<Path, IfPresent>,
  least: number,
  greatest: number,
): FromArgument<Path, IfPresent> {
  if (!(least <= greatest)) throw new Error(`\`within\` needs a range, but ${least} to ${greatest} is none.`);
  return { ...source, range: [least, greatest] };
}

export interface BindingOptions {
  /**
   * States that this unbatched operation stands under a list, and how many different inputs to expect at most;
   * `check` refuses it otherwise.
   */
  readonly fanOut?: number;
}

/** Data that says "this field is that operation, with inputs from here". */
export interface Binding<in Parent, in Arguments, out Result> {
  readonly binding: true;
  readonly operation: Operation<never, unknown>;
  readonly inputs: Sources;
  readonly options: BindingOptions;
  readonly types?: (parent: Parent, args: Arguments) => Result;
}

/**
 * Binds a field to an operation. A null or absent value is left out of the input.
 *
 * @param operation of a datasource
 * @param inputs for each input of the operation, where its value comes from
 * @example vehicle: bind(fleet.vehicle, { driverId: parent('id') })
 * @example minutesAway: bind(dispatch.minutesAway, { to: { latitude: parent('pickup.latitude'), longitude: … } })
 */
export function bind<I, O, const With extends InputsOf<I>>(
  operation: Operation<I, O>,
  inputs: With & NoneBeyond<I, With>,
  options: BindingOptions = {},
): Binding<Needs<I, With, 'parent'>, Needs<I, With, 'argument'>, O | WhenAbsent<With>> {
  return {
    binding: true,
    operation: operation as Operation<never, unknown>,
    inputs: inputs as never,
    options,
  };
}

export function isBinding(value: unknown): value is Binding<never, never, unknown> {
  return typeof value === 'object' && value !== null && (value as { binding?: unknown }).binding === true;
}

/** Tells a source from the parts of an object input. */
export function isSource(value: Source | Sources): value is Source {
  return typeof (value as Partial<Source>).from === 'string';
}

type SourceOf<Input> =
  | FromParent<string, boolean>
  | FromArgument<string, boolean>
  | Constant<Input>
  | ([undefined, string] extends [Input, Input] ? FromClaim : never);

/** One source for every input; optional inputs may be left out. */
type InputsOf<I> = { readonly [Key in keyof I]: SourceOf<I[Key]> | Parts<NonNullable<I[Key]>> };

/** An object input put together from several sources. */
type Parts<Input> = Input extends readonly unknown[] ? never : Input extends object ? InputsOf<Input> : never;

/** An input that the operation does not have is an error at its own key. */
type NoneBeyond<I, With> = { readonly [Key in Exclude<keyof With, keyof I>]: never } & {
  readonly [Key in keyof With & keyof I]: With[Key] extends Source
    ? unknown
    : NoneBeyond<NonNullable<I[Key]>, With[Key]>;
};

type Needs<I, With, From extends 'parent' | 'argument'> = Together<NeedsOf<I, With, From>>;

/** A union with a one-element tuple for each need. */
type NeedsOf<I, With, From extends 'parent' | 'argument'> = {
  [Key in keyof With & keyof I]: Need<I[Key], With[Key], From>;
}[keyof With & keyof I];

type Need<Input, Given, From extends 'parent' | 'argument'> = Given extends Source
  ? Given extends {
      readonly from: From;
      readonly path: infer Path extends string;
      readonly ifPresent: infer IfPresent;
    }
    ? [Nested<Path, IfPresent extends true ? Input | null | undefined : OrAbsent<Input>, IfPresent>]
    : never
  : NeedsOf<NonNullable<Input>, Given, From>;

/** An optional input takes null as well: the engine leaves it out. */
type OrAbsent<Input> = undefined extends Input ? Input | null : Input;

type Nested<Path extends string, Value, IfPresent> = Path extends `${infer Head}.${infer Rest}`
  ? {
      readonly [Key in Head]: IfPresent extends true
        ? Nested<Rest, Value, IfPresent> | null | undefined
        : Nested<Rest, Value, IfPresent>;
    }
  : { readonly [Key in Path]: Value };

/**
 * An object type with every property present, the optional ones as `undefined`. A need names its property as present,
 * so that a misspelt path is an error even where the input is optional.
 */
export type Present<T> = T extends readonly unknown[] | ((...args: never) => unknown)
  ? T
  : T extends object
    ? { readonly [Key in keyof Required<T>]: Present<T[Key]> }
    : T;

type Together<Union> = [Union] extends [never]
  ? unknown
  : (Union extends [infer Each] ? (each: Each) => void : never) extends (all: infer All) => void
    ? All
    : never;

type WhenAbsent<With> = With[keyof With] extends infer Each
  ? Each extends Source
    ? Each extends { readonly ifPresent: true } | FromClaim
      ? null
      : never
    : WhenAbsent<Each>
  : never;
