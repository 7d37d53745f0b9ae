import { type ErrorCode, TributaryError } from '../../errors.ts';
import type { Outcome } from '../../operations/outcome.ts';
import { refusedAsList } from '../../operations/refusals.ts';
import { aliasOf, type Combined, ownerOf } from './aliases.ts';
import type { GraphQLAnswer, ReportedError } from './answer.ts';
import { type ErrorMap, meaningOf, outcomeOfError } from './error-codes.ts';
import { reaches, type Selected, type Selection, selected } from './selection.ts';
import { holdsNull } from './shape.ts';

/** What answers of one operation are read by. */
export interface Reading {
  readonly service: string;
  readonly selection: Selection;
  readonly errors: ErrorMap;
  /** Where the document declares its variables, as `line:column`. */
  readonly declarations: ReadonlySet<string>;
}

/** The outcome of one input that was asked for alone. */
export function outcomeOfOne(answer: GraphQLAnswer, reading: Reading): Outcome<unknown> {
  if (answer.data === undefined) return outcomeOfFailure(answer, reading);
  return outcomeIn(answer, reading, answer.errors, (root) => root);
}

/**
 * The outcomes of inputs that shared a document. An error belongs to the input whose alias its path begins with, or whose
 * variable is declared where it points. What an error of one input cost the others is asked for again: those are marked, for `split`.
 *
 * `'doubtful'` where nothing was answered, and nothing says whether an input, the size of the document or the document itself
 * is to blame.
 */
export function outcomesOfMany(
  answer: GraphQLAnswer,
  reading: Reading,
  combined: Combined,
  count: number,
): readonly Outcome<unknown>[] | 'doubtful' {
  const located = byInput(answer.errors, reading, combined, count);
  const of = (input: number): readonly ReportedError[] => located.get(input) ?? [];
  if (answer.data !== undefined) {
    const anyones = of(everybody);
    return inputsOf(count, (input) =>
      outcomeIn(answer, reading, [...of(input), ...anyones], (root) => aliasOf(input, root)),
    );
  }
  if (!located.has(everybody))
    return inputsOf(count, (input) => {
      const [error] = of(input);
      if (error === undefined) return askedAgain(reading);
      const otherwise = error.path === undefined ? 'BAD_USER_INPUT' : undefined;
      return outcomeOfError(error, reading.errors, reading.service, otherwise);
    });
  const code = codeIn(answer, reading.errors);
  if (code !== undefined && isOfInputs(code)) return inputsOf(count, () => askedAgain(reading));
  if (code !== undefined || isOfAll(answer.status))
    return inputsOf(count, () => outcomeOfFailure(answer, reading));
  return 'doubtful';
}

const everybody = -1;

/** Errors by the input that they belong to; those that say nothing usable, or something untrue, belong to everybody. */
function byInput(
  errors: readonly ReportedError[],
  { selection }: Reading,
  { inputsByPlace }: Combined,
  count: number,
): ReadonlyMap<number, readonly ReportedError[]> {
  const found = new Map<number, ReportedError[]>();
  const put = (input: number, error: ReportedError): void => {
    found.set(input, [...(found.get(input) ?? []), error]);
  };
  for (const error of errors) {
    const [root] = error.path ?? [];
    const owner = typeof root === 'string' ? ownerOf(root) : undefined;
    const inputs = new Set(
      error.path === undefined ? error.places.map((place) => inputsByPlace.get(place)) : [],
    );
    const [declarer] = inputs;
    if (owner !== undefined && owner.input < count && selection.roots.includes(owner.key))
      put(owner.input, { ...error, path: [owner.key, ...(error.path ?? []).slice(1)] });
    else if (inputs.size === 1 && declarer !== undefined) put(declarer, error);
    else put(everybody, { ...error, path: undefined });
  }
  return found;
}

/**
 * The value of one input, unless an error reaches it: one whose path leads there, or one without a path where the value holds a
 * null, which is what an error leaves in its place.
 */
function outcomeIn(
  { data = {}, retryAfterMs }: GraphQLAnswer,
  { service, selection, errors: meanings }: Reading,
  errors: readonly ReportedError[],
  keyOf: (root: string) => string,
): Outcome<unknown> {
  const found = selected(selection, (root) => {
    const key = keyOf(root);
    return Object.hasOwn(data, key) ? data[key] : undefined;
  });
  if (typeof found === 'string') {
    const [error] = errors;
    if (error !== undefined) return outcomeOfError(error, meanings, service, undefined, retryAfterMs);
    return new TributaryError('UPSTREAM_INVALID_RESPONSE', undefined, { service, detail: found });
  }
  const error = errors.find((each) => isReachedBy(found, each, selection));
  return error === undefined
    ? found.value
    : outcomeOfError(error, meanings, service, undefined, retryAfterMs);
}

function isReachedBy(found: Selected, { path }: ReportedError, { roots }: Selection): boolean {
  // A root that was not asked for cannot be where the error is.
  if (path === undefined || !roots.includes(path[0] as string)) return holdsNull(found.value);
  return reaches(path, found);
}

/** What an answer without data means for a single input. */
function outcomeOfFailure(
  answer: GraphQLAnswer,
  { errors, service, declarations }: Reading,
): TributaryError | null {
  const { retryAfterMs } = answer;
  const telling = answer.errors.find(({ code }) => meaningOf(code, errors) !== undefined);
  const error = telling ?? (answer.errors[0] as ReportedError);
  const code = isOfVariables(error, declarations) ? 'BAD_USER_INPUT' : answer.codeOfStatus;
  return outcomeOfError(error, errors, service, code, retryAfterMs);
}

/** Servers point at the declaration of the variable whose value they refuse (as the reference implementation does). */
function isOfVariables({ path, places }: ReportedError, declarations: ReadonlySet<string>): boolean {
  return path === undefined && places.length > 0 && places.every((place) => declarations.has(place));
}

/** The meaning of the first error whose code means something. */
function codeIn({ errors }: GraphQLAnswer, meanings: ErrorMap): ErrorCode | null | undefined {
  for (const { code } of errors) {
    const meaning = meaningOf(code, meanings);
    if (meaning !== undefined)
      return meaning === null ? null : typeof meaning === 'object' ? meaning.code : meaning;
  }
  return undefined;
}

/** Codes that speak of what one input asks for. */
function isOfInputs(code: ErrorCode | null): boolean {
  return code === null || code === 'BAD_USER_INPUT' || code === 'NOT_FOUND' || code === 'CONFLICT';
}

/** Statuses that speak of the server or the credentials, and would be the same for any input. */
function isOfAll(status: number): boolean {
  return (
    status === 401 || status === 403 || status === 429 || status >= 500 || (status >= 300 && status < 400)
  );
}

/** What an input gets that shared its document with one to blame: `split` asks for it again, with fewer others. */
export function askedAgain({ service }: Reading): TributaryError {
  const detail = 'The answers of all inputs of the document were lost to an error.';
  return refusedAsList(new TributaryError('DOWNSTREAM_SERVICE_ERROR', undefined, { service, detail }));
}

function inputsOf<T>(count: number, of: (input: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, input) => of(input));
}
