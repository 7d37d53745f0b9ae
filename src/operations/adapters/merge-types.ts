/** The value at a dotted path, for the compiler: `At<{ page: { rides: Ride[] } }, 'page.rides'>` is `Ride[]`. */
export type At<T, Path extends string> = Path extends ''
  ? T
  : Path extends `${infer Head}.${infer Rest}`
    ? Head extends keyof NonNullable<T>
      ? At<NonNullable<T>[Head], Rest>
      : never
    : Path extends keyof NonNullable<T>
      ? NonNullable<T>[Path]
      : never;

/** What a list holds. */
export type ElementOf<List> = NonNullable<List> extends readonly (infer Element)[] ? Element : never;

/** What the list in an answer holds. */
export type ItemOf<O, Answer extends string> = NonNullable<ElementOf<At<O, Answer>>>;

/** The dotted paths of an answer that lead to a list. `''` is the answer itself. */
type ListPaths<T, Depth extends readonly unknown[] = []> =
  NonNullable<T> extends readonly unknown[]
    ? ''
    : Depth['length'] extends 4
      ? never
      : NonNullable<T> extends object
        ? {
            [Name in keyof NonNullable<T> & string]: Joined<
              Name,
              ListPaths<NonNullable<T>[Name], [...Depth, unknown]>
            >;
          }[keyof NonNullable<T> & string]
        : never;

type Joined<Name extends string, Path extends string> = Path extends '' ? Name : `${Name}.${Path}`;

/** Demands an `answer` that leads to a list, by naming those that do. */
export type AnswerOf<O, Answer extends string> = [ItemOf<O, Answer>] extends [never]
  ? { readonly answer: ListPaths<O> }
  : unknown;

/** The inputs of an operation that are lists. */
export type ListInputs<I> = {
  [Name in keyof I & string]-?: NonNullable<I[Name]> extends readonly unknown[] ? Name : never;
}[keyof I & string];

/** One name, where the list holds keys; several, where it holds objects of keys. */
export type KeyOf<Element> = Element extends object
  ? readonly [keyof Element & string, ...(keyof Element & string)[]]
  : string;

/** As many names of an item's members as there are names in the key. */
export type MatchOf<Item, Key> = Key extends readonly string[]
  ? { readonly [Index in keyof Key]: keyof Item & string }
  : keyof Item & string;

/** The input of the merged operation: the key in place of the list, the rest as it was. */
export type MergedInput<I, List extends keyof I, Key> = Simplify<
  Omit<I, List> &
    (Key extends string
      ? { readonly [Name in Key]: ElementOf<I[List]> }
      : Key extends readonly string[]
        ? Pick<ElementOf<I[List]>, Key[number] & keyof ElementOf<I[List]>>
        : never)
>;

/** One item or nothing; all of them. */
export type MergedOutput<Item, Many> = Many extends true ? Item[] : Item | null;

/** The list inputs of an operation that needs no other input: what one element of the list does not say is not known. */
export type OnlyListInputs<I> = {
  [Name in ListInputs<I>]: Record<never, never> extends Omit<I, Name> ? Name : never;
}[ListInputs<I>];

/** The input of an operation merged by reference: what the list holds, without the reference. */
export type ReferencedInput<I, List extends keyof I, Reference extends PropertyKey> = Simplify<
  Omit<ElementOf<I[List]>, Reference>
>;

type Simplify<T> = { [Name in keyof T]: T[Name] };
