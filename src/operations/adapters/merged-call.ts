import { codeOf, TributaryError } from '../../errors.ts';
import { atPath } from '../../util/at-path.ts';
import type { Call, CallContext } from '../call.ts';
import { Described, type Outcome } from '../outcome.ts';
import { refusedAsList } from '../refusals.ts';
import type { Prepared } from '../transport.ts';
import type { Matching } from './matching.ts';

type Members = Readonly<Record<string, unknown>>;

/** One call of the target for many inputs. The inputs of one call are of one group: `split` sees to that. */
export function mergedCall(
  target: Prepared<Members, unknown>,
  matching: Matching,
  list: string,
  answer: string,
  maxInputs: number,
): Prepared<Members, unknown> {
  const call: Call<Members, unknown> = async (inputs, context) => {
    const { keys, asked } = askedBy(inputs, matching);
    const [first] = inputs;
    if (asked.size === 0 || first === undefined) return keys as readonly TributaryError[];
    const shared = matching.sharedOf(first);
    const ask = (elements: readonly unknown[]): Promise<Outcome<unknown>> =>
      askTarget(target, { ...shared, [list]: elements }, context);
    const found = await findAll([...asked], ask, matching, answer);
    return keys.map((key) => (typeof key === 'string' ? found.get(key) : key));
  };
  return { call, maxInputs, groupBy: matching.groupOf };
}

/** What stands for a key in the list, and what its items carry in the answer. */
interface Asked {
  readonly element: unknown;
  readonly answeredAs: string;
}

type Question = readonly [key: string, asked: Asked];

/** The outcome of each key. A list that is refused with `BAD_USER_INPUT` is marked, so that `split` asks for it in halves. */
async function findAll(
  questions: readonly Question[],
  ask: (elements: readonly unknown[]) => Promise<Outcome<unknown>>,
  matching: Matching,
  answer: string,
): Promise<ReadonlyMap<string, Outcome<unknown>>> {
  const outcome = await ask(questions.map(([, { element }]) => element));
  if (outcome instanceof Error && codeOf(outcome) === 'BAD_USER_INPUT' && questions.length > 1)
    refusedAsList(outcome);
  const items = outcome instanceof Error ? outcome : itemsByKey(outcome, matching, answer);
  if (items instanceof Error) return new Map(questions.map(([key]) => [key, items]));
  return new Map(
    questions.map(([key, { answeredAs }]) => {
      const value = items.get(answeredAs) ?? (matching.many ? [] : null);
      return [key, describedAs(value, outcome)];
    }),
  );
}

/** By input its key, or why it is not asked for; and each different key once. */
function askedBy(
  inputs: readonly Members[],
  matching: Matching,
): { keys: readonly (string | TributaryError)[]; asked: ReadonlyMap<string, Asked> } {
  const asked = new Map<string, Asked>();
  const keys = inputs.map((input) => {
    const key = matching.keyOf(input);
    if (typeof key === 'string' && !asked.has(key))
      asked.set(key, matching.elementOf(input, key, asked.size));
    return key;
  });
  return { keys, asked };
}

/** The target's input is a new object: validators of the merged inputs, each of one item, never reach a request for a list. */
async function askTarget(
  target: Prepared<Members, unknown>,
  input: Members,
  context: CallContext,
): Promise<Outcome<unknown>> {
  const { validators: _validators, ...rest } = context;
  const outcomes = await target.call([input], rest);
  if (outcomes.length === 1) return outcomes[0];
  const detail = `The merged call gave ${outcomes.length} outcomes for one input.`;
  return new TributaryError('INTERNAL_SERVER_ERROR', undefined, { detail });
}

type Items = ReadonlyMap<string, Members | Members[]>;

function itemsByKey(outcome: unknown, matching: Matching, answer: string): Items | TributaryError {
  const body = outcome instanceof Described ? outcome.value : outcome;
  const list = answer === '' ? body : atPath(body, answer);
  if (!Array.isArray(list))
    return unreadable(`Expected a list${answer === '' ? '' : ` at ${answer}`}, got ${kindOf(list)}.`);
  const items = new Map<string, Members | Members[]>();
  for (const [index, item] of list.entries()) {
    const key = isMembers(item) ? matching.answeredAs(item) : undefined;
    if (key === undefined) return unreadable(`Item ${index} of the list (${kindOf(item)}) carries no key.`);
    const before = items.get(key);
    if (before === undefined) items.set(key, matching.many ? [item] : item);
    else if (matching.many) (before as Members[]).push(item);
  }
  return items;
}

/** What was said about keeping the list holds for its items; its validator does not. */
function describedAs(value: unknown, list: unknown): Outcome<unknown> {
  if (!(list instanceof Described)) return value;
  const { freshness, storable } = list.description;
  if (freshness === undefined && storable === undefined) return value;
  return new Described(value, {
    ...(freshness && { freshness }),
    ...(storable !== undefined && { storable }),
  });
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unreadable(detail: string): TributaryError {
  return new TributaryError('UPSTREAM_INVALID_RESPONSE', undefined, { detail });
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value;
}
