import { TributaryError, toError } from '../../errors.ts';
import { parseJson } from '../../formats/json.ts';
import type { Scope } from '../../operations/operation.ts';
import { Described, type Outcome, type Validator } from '../../operations/outcome.ts';
import type { CancelSignal } from '../../util/abort.ts';
import { atPath } from '../../util/at-path.ts';
import type { HttpAnswer } from '../../wire/http-client.ts';
import type { RestSpec } from './builders.ts';
import { descriptionOf } from './http-cache.ts';
import { meaningOf } from './status.ts';
import { compileXmlAnswer } from './xml-answer.ts';
import type { XmlCodecs } from './xml-codecs.ts';

type Inputs = Readonly<Record<string, unknown>>;

export type AnswerReader = (
  answer: HttpAnswer,
  input: Inputs,
  asked: Validator | undefined,
  signal: CancelSignal,
) => Outcome<unknown> | Promise<Outcome<unknown>>;

/**
 * Compiles how an operation's answers are read. Answers of 204 and 205, and empty ones to a write that say "created" or
 * "accepted", are `null`. The reader throws `UPSTREAM_INVALID_RESPONSE` for a body that is not JSON or lacks the
 * declared part, and gives an error of the table for a status that stands for one.
 */
export function compileAnswer(
  { kind, options }: RestSpec,
  scope: Scope | undefined,
  headersFromInputs: ReadonlySet<string>,
  service: string,
  codecs: XmlCodecs,
): AnswerReader {
  const { onStatus = {} } = options;
  const read = compileBodyReader(options.answer, service, codecs);
  return (answer, input, asked, signal) => {
    const description = descriptionOf(answer.headers, scope, headersFromInputs);
    if (answer.status === 304 && asked !== undefined)
      return new Described(undefined, { ...description, notModified: true });
    const meaning = meaningOf(answer, kind, onStatus, service);
    if (meaning instanceof Error) return meaning;
    const empty = meaning === null || isEmpty(answer, kind);
    const described = (value: unknown): Outcome<unknown> =>
      description === undefined ? value : new Described(value, description);
    const value = empty ? null : read(answer, input, signal);
    return value instanceof Promise ? value.then(described) : described(value);
  };
}

function compileBodyReader(
  answer: RestSpec['options']['answer'],
  service: string,
  codecs: XmlCodecs,
): (answer: HttpAnswer, input: Inputs, signal: CancelSignal) => unknown {
  if (typeof answer === 'object') {
    if (answer.as !== 'xml')
      throw new Error("`answer` must be a path, a function or `{ as: 'xml', shape }`.");
    const read = compileXmlAnswer(answer.shape, codecs, service);
    return (got, _input, signal) => read(got, signal);
  }
  const select = compileSelection(answer, service);
  return (got, input) => select(bodyOf(got, service), input);
}

function isEmpty({ status, body }: HttpAnswer, kind: 'read' | 'write'): boolean {
  if (status === 204 || status === 205) return true;
  return body.length === 0 && kind === 'write' && (status === 201 || status === 202);
}

function bodyOf({ headers, body }: HttpAnswer, service: string): unknown {
  const type = headers['content-type'];
  if (type !== undefined && !isJson(type)) throw unreadable(service, `The body is ${type}, not JSON.`);
  try {
    return parseJson(body);
  } catch (cause) {
    throw unreadable(service, `The body of ${body.length} bytes is not JSON.`, cause);
  }
}

/** `application/json`, `text/json` and everything that ends in `+json` (RFC 6839 §3.1), in UTF-8 (RFC 8259 §8.1). */
function isJson(type: string): boolean {
  return /^\s*(?:application\/json|text\/json|[\w.-]+\/[\w.!#$&^-]+\+json)\s*(?:;|$)/i.test(type);
}

function compileSelection(
  answer: Exclude<RestSpec['options']['answer'], object> | ((body: unknown, input: Inputs) => unknown),
  service: string,
): (body: unknown, input: Inputs) => unknown {
  if (answer === undefined) return (body) => body;
  if (typeof answer === 'function') {
    return (body, input) => {
      try {
        return answer(body, input);
      } catch (thrown) {
        throw unreadable(service, `\`answer\` failed: ${toError(thrown).message}`, thrown);
      }
    };
  }
  if (answer.split('.').includes(''))
    throw new Error(`\`answer\` must be a dotted path, but is \`${answer}\`.`);
  return (body) => {
    const value = atPath(body, answer);
    if (value === undefined) throw unreadable(service, `The body holds nothing at \`${answer}\`.`);
    return value;
  };
}

function unreadable(service: string, detail: string, cause?: unknown): TributaryError {
  return new TributaryError('UPSTREAM_INVALID_RESPONSE', undefined, { service, detail, cause });
}
