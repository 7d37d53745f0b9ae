import { TributaryError } from '../../errors.ts';
import { atPath } from '../../util/at-path.ts';
import type { Call, CallContext } from '../call.ts';
import { allFailed, Described, type Outcome } from '../outcome.ts';
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
    const { keys, elements, answeredAs } = askedBy(inputs, matching);
    const [first] = inputs;
    if (elements.length === 0 || first === undefined) return keys as readonly TributaryError[];
    const outcome = await ask(target, { ...matching.sharedOf(first), [list]: elements }, context);
    if (outcome instanceof Error) return keys.map((key) => (key instanceof Error ? key : outcome));
    const items = itemsByKey(outcome, matching, answer);
    if (items instanceof Error) return keys.map((key) => (key instanceof Error ? key : items));
    return keys.map((key) =>
      key instanceof Error ? key : found(items, answeredAs.get(key) as string, matching.many, outcome),
    );
  };
  return { call, maxInputs, groupBy: matching.groupOf };
}

interface Asked {
  /** By input: its key, or why it is not asked for. */
  readonly keys: readonly (string | TributaryError)[];
  /** One for each different key. */
  readonly elements: readonly unknown[];
  /** By key: what the items of the answer carry. */
  readonly answeredAs: ReadonlyMap<string, string>;
}

function askedBy(inputs: readonly Members[], matching: Matching): Asked {
  const elements: unknown[] = [];
  const answeredAs = new Map<string, string>();
  const keys = inputs.map((input) => {
    const key = matching.keyOf(input);
    if (key instanceof Error || answeredAs.has(key)) return key;
    const asked = matching.elementOf(input, key, elements.length);
    elements.push(asked.element);
    answeredAs.set(key, asked.answeredAs);
    return key;
  });
  return { keys, elements, answeredAs };
}

/** The target's input is a new object: validators of the merged inputs, each of one item, never reach a request for a list. */
async function ask(
  target: Prepared<Members, unknown>,
  input: Members,
  context: CallContext,
): Promise<Outcome<unknown>> {
  const { validators: _validators, ...rest } = context;
  const outcomes = await target.call([input], rest);
  if (outcomes.length === 1) return outcomes[0];
  const detail = `The merged call gave ${outcomes.length} outcomes for one input.`;
  return allFailed([input], new TributaryError('INTERNAL_SERVER_ERROR', undefined, { detail }))[0];
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
function found(items: Items, answeredAs: string, many: boolean, outcome: unknown): Outcome<unknown> {
  const value = items.get(answeredAs) ?? (many ? [] : null);
  if (!(outcome instanceof Described)) return value;
  const { freshness, storable } = outcome.description;
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
