import type { GraphQLResolveInfo } from 'graphql';
import type { Caller } from '../caller.ts';
import type { Operation } from '../operations/operation.ts';
import type { Binding, Present } from './binding.ts';

/** What a resolver function gets beside its parent and its arguments. */
export interface FieldContext {
  /**
   * Asks an operation through this request's loader: equal inputs are asked once, and all that is asked in one tick is
   * one batch. Rejects with the error of this input alone.
   */
  load<I, O>(operation: Operation<I, O>, input: I): Promise<O>;
  readonly caller: Caller;
  readonly requestId: string;
  /** Aborted when the client has left or its time is over. */
  readonly signal: AbortSignal;
}

/** A field that decides something. */
export type ResolverFunction<Result, Parent, Arguments> = (
  parent: Parent,
  args: Arguments,
  context: FieldContext,
  info: GraphQLResolveInfo,
) => Result | Promise<Result>;

/** A field's entry in a resolver file: data where it only forwards, a function where it decides. */
export type Field<Result, Parent, Arguments> =
  | Binding<Present<Parent>, Present<Arguments>, Result>
  | ResolverFunction<Result, Parent, Arguments>;

/**
 * The shape that the generated types give to every field (`customResolverFn` of codegen). The context's type is ours
 * alone, so the generator's is not used.
 */
export type GeneratedField<Result, Parent, _Context, Arguments> = Field<Unwrapped<Result>, Parent, Arguments>;

/** Codegen wraps results in promises, for functions; a binding's operation gives the value itself. */
type Unwrapped<Result> = Result extends Promise<infer Value> ? Value : Result;

/**
 * The entries that a type's resolver file must and may have: one is demanded for every field that the source shape
 * lacks or holds in another type, and may be given for the others.
 */
export type FieldsOf<Source, Resolvers> = Simplify<
  { [Name in Demanded<Source, Resolvers>]-?: NonNullable<Resolvers[Name]> } & {
    [Name in Exclude<FieldNames<Resolvers>, Demanded<Source, Resolvers>>]?: NonNullable<Resolvers[Name]>;
  }
>;

type FieldNames<Resolvers> = Exclude<keyof Resolvers, '__isTypeOf' | '__resolveType'>;

type Demanded<Source, Resolvers> = {
  [Name in FieldNames<Resolvers>]: Name extends keyof Source
    ? Source[Name] extends ResultOf<Resolvers[Name]>
      ? never
      : Name
    : Name;
}[FieldNames<Resolvers>];

type ResultOf<Entry> = NonNullable<Entry> extends Field<infer Result, never, never> ? Result : never;

type Simplify<T> = { [Key in keyof T]: T[Key] };
