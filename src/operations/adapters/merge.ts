import type { CacheOptions, OperationOptions, OperationSpec } from '../operation.ts';
import { adapted } from './adapted.ts';
import { keyedBy, referencedBy } from './matching.ts';
import type {
  AnswerOf,
  ElementOf,
  ItemOf,
  KeyOf,
  ListInputs,
  MatchOf,
  MergedInput,
  MergedOutput,
  OnlyListInputs,
  ReferencedInput,
} from './merge-types.ts';
import { mergedCall } from './merged-call.ts';

interface MergeLimits extends Omit<OperationOptions, 'cache' | 'evicts'> {
  /** The most inputs in one call of the target. @default 100 */
  readonly max?: number;
}

export interface MergeOptions<List, Key, Match, Answer, Many> extends MergeLimits {
  /** The target's input that takes the list. */
  readonly list: List;
  /**
   * The input of the new operation that stands for one element of the list. Several names where the elements are objects
   * of these members: `['rideId', 'riderId']`.
   */
  readonly key: Key;
  /** The member of an answered item that holds its key; several, in the order of `key`. */
  readonly match: Match;
  /** Where in the answer the list of items is: a dotted path. @default the answer itself */
  readonly answer?: Answer;
  /** Whether a key may have many items. Then the outcome is a list, empty where there are none. @default false */
  readonly many?: Many;
}

export interface MergeByReferenceOptions<List, Reference, Answer> extends MergeLimits {
  readonly list: List;
  /** The member that the target's elements and the answered items carry; its values are ours to choose. */
  readonly reference: Reference;
  readonly answer?: Answer;
}

export const mergeDefaults = { max: 100 } as const;

export interface Merge {
  /**
   * Makes an operation by one key of an operation by a list of keys: many inputs become one call of the target.
   *
   * Answers are matched by key, never by position: keys are compared as text (`1` and `"1"` are one key), equal keys are
   * asked once, a key without an item is `null` (or `[]`), items that nobody asked for are passed over, and of several
   * items with one key the first counts. Inputs that differ beyond the key travel in separate requests. An error of the
   * call is the error of all its inputs; `UPSTREAM_INVALID_RESPONSE` where the answer holds no list of objects;
   * `BAD_USER_INPUT` for the input alone whose key is no text, number or boolean, is empty or longer than 256 characters;
   * a list that the target refuses with `BAD_USER_INPUT` is asked for in halves, until the key to blame stands alone.
   *
   * `scope`, `cache` and `timeoutMs` are the target's unless given. Works on the target's wire call, never its pipeline.
   *
   * @example
   * const ridesByIds = get<{ ids: readonly string[] }, Ride[]>('/rides', { query: { ids: csv('ids') } });
   * const ride = merge(ridesByIds, { list: 'ids', key: 'id', match: 'id' }); // { id: string } in, Ride | null out
   */
  <
    I,
    O,
    const List extends ListInputs<I>,
    const Key extends KeyOf<ElementOf<I[List]>>,
    const Match extends MatchOf<ItemOf<O, Answer>, Key>,
    const Answer extends string = '',
    const Many extends boolean = false,
  >(
    target: OperationSpec<I, O>,
    options: MergeOptions<List, Key, Match, Answer, Many> &
      AnswerOf<O, Answer> &
      CachedAs<MergedInput<I, List, Key>>,
  ): OperationSpec<MergedInput<I, List, Key>, MergedOutput<ItemOf<O, Answer>, Many>>;
  /**
   * Makes an operation by one input of a bulk operation whose items echo a reference that the caller chose.
   *
   * @example
   * merge(estimateFares, { list: 'requests', reference: 'reference', answer: 'estimates' })
   */
  <
    I,
    O,
    const List extends OnlyListInputs<I>,
    const Reference extends keyof ElementOf<I[List]> & keyof ItemOf<O, Answer> & string,
    const Answer extends string = '',
  >(
    target: OperationSpec<I, O>,
    options: MergeByReferenceOptions<List, Reference, Answer> &
      AnswerOf<O, Answer> &
      CachedAs<ReferencedInput<I, List, Reference>>,
  ): OperationSpec<ReferencedInput<I, List, Reference>, ItemOf<O, Answer> | null>;
}

/** Makes an operation by one key of an operation by a list of keys: see `Merge`. */
// The compiler compares an implementation with overloads of these types without end.
export const merge = mergeAny as unknown as Merge;

function mergeAny(
  target: OperationSpec<never, unknown>,
  options: AnyMergeOptions,
): OperationSpec<never, unknown> {
  const { scope, cache, timeoutMs, ...rest } = options;
  const { list, answer = '', max = mergeDefaults.max } = rest;
  const matching =
    rest.reference === undefined
      ? keyedBy(list, rest.key ?? '', rest.match ?? '', rest.many ?? false)
      : referencedBy(rest.reference);
  return adapted<never, unknown, never, unknown>(
    target,
    {
      name: 'merge',
      definition: rest,
      adapt: (prepared) => {
        assertMergeable(target, max);
        if (cache === undefined && target.options.cache?.tags !== undefined)
          throw new Error(
            'The tags of the target are told from its own input; give `merge` a `cache` of its own.',
          );
        return mergedCall(prepared as never, matching, list, answer, max) as never;
      },
    },
    {
      batched: true,
      keyInputs: matching.keyInputs,
      options: {
        ...target.options,
        scope: scope ?? target.options.scope,
        cache: cache ?? target.options.cache,
        timeoutMs: timeoutMs ?? target.options.timeoutMs,
      },
    },
  );
}

interface CachedAs<in I> {
  /** Tags are told from the merged input. @default the target's, unless it has tags */
  readonly cache?: CacheOptions<I>;
}

/** Both kinds of options, for the one implementation; the precise ones are in `Merge`. */
interface AnyMergeOptions extends MergeLimits, CachedAs<never> {
  readonly list: string;
  readonly key?: string | readonly string[];
  readonly match?: string | readonly string[];
  readonly many?: boolean;
  readonly reference?: string;
  readonly answer?: string;
}

function assertMergeable(target: OperationSpec<never, unknown>, max: number): void {
  if (target.kind === 'write') throw new Error('A write cannot be merged: two equal writes are not one.');
  if (!Number.isInteger(max) || max < 1)
    throw new Error(`\`max\` must be a whole number of at least 1, but is ${max}.`);
}
