import { TributaryError } from '../../errors.ts';
import { canonical } from '../../util/canonical.ts';

type Members = Readonly<Record<string, unknown>>;

/** How inputs become elements of a list and how the items of the answer find them again. */
export interface Matching {
  /** Inputs in which `1` and `"1"` are the same. */
  readonly keyInputs: readonly string[];
  readonly many: boolean;
  /** The key of an input as text, or why the input cannot be asked for. */
  keyOf(input: Members): string | TributaryError;
  /** What stands for the input in the target's list. `position` counts the different keys of one call. */
  elementOf(input: Members, key: string, position: number): { element: unknown; answeredAs: string };
  /** The text that the answer carries in this item, or `undefined` where the item has no key. */
  answeredAs(item: Members): string | undefined;
  /** What the inputs of one call have in common: everything but the key. */
  sharedOf(input: Members): Members;
  /** Inputs with different texts travel apart. */
  groupOf(input: Members): string;
}

/** Longer keys would make one input decide over the length of the URL that all of a call share. */
const maxKeyLength = 256;

export function keyedBy(
  list: string,
  key: string | readonly string[],
  match: string | readonly string[],
  many: boolean,
): Matching {
  const names = typeof key === 'string' ? [key] : key;
  const matches = typeof match === 'string' ? [match] : match;
  const whole = typeof key !== 'string';
  const own: ReadonlySet<string> = new Set([...names, list]);
  const sharedOf = without(own);
  return {
    keyInputs: names,
    many,
    keyOf: (input) => keyText(input, names),
    elementOf: (input, text) => ({
      element: whole
        ? Object.fromEntries(names.map((name) => [name, input[name]]))
        : input[names[0] as string],
      answeredAs: text,
    }),
    answeredAs: (item) => textOf(item, matches),
    sharedOf,
    groupOf: grouped(own, sharedOf),
  };
}

export function referencedBy(reference: string): Matching {
  return {
    keyInputs: [],
    many: false,
    keyOf: canonical,
    elementOf: (input, _text, position) => {
      const answeredAs = `r${position}`;
      return { element: { ...input, [reference]: answeredAs }, answeredAs };
    },
    answeredAs: (item) => textOf(item, [reference]),
    sharedOf: () => ({}),
    groupOf: () => '',
  };
}

/** The text of a key that may be sent, or why it may not. */
function keyText(input: Members, names: readonly string[]): string | TributaryError {
  for (const name of names) {
    const problem = keyProblem(input[name]);
    if (problem !== undefined) return new TributaryError('BAD_USER_INPUT', `\`${name}\` ${problem}.`);
  }
  return textOf(input, names) as string;
}

function keyProblem(value: unknown): string | undefined {
  const text = scalarText(value);
  if (text === undefined) return 'must be a text, a number or a boolean';
  if (text === '') return 'must not be empty';
  if (text.length > maxKeyLength) return `is longer than ${maxKeyLength} characters`;
  // A lone surrogate has no UTF-8 form: encoders throw on it, or send another character.
  return /\p{Surrogate}/u.test(text) ? 'is not well-formed Unicode' : undefined;
}

/** The canonical text of a key of one or several members: `1` and `"1"` are one key, `["a","b"]` and `["a,b"]` two. */
function textOf(members: Members, names: readonly string[]): string | undefined {
  if (names.length === 1) return scalarText(members[names[0] as string]);
  const texts: string[] = [];
  for (const name of names) {
    const text = scalarText(members[name]);
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return JSON.stringify(texts);
}

function scalarText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : undefined;
    default:
      return undefined;
  }
}

function without(names: ReadonlySet<string>): (input: Members) => Members {
  return (input) => {
    const rest: Record<string, unknown> = { ...input };
    for (const name of names) delete rest[name];
    return rest;
  };
}

/** Asked once a row: most inputs are a key and nothing else. */
function grouped(
  own: ReadonlySet<string>,
  sharedOf: (input: Members) => Members,
): (input: Members) => string {
  return (input) => {
    for (const name in input)
      if (input[name] !== undefined && !own.has(name)) return canonical(sharedOf(input));
    return '';
  };
}
