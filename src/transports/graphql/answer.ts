import { type ErrorCode, TributaryError } from '../../errors.ts';
import { parseJson } from '../../formats/json.ts';
import type { HttpAnswer } from '../../wire/http-client.ts';
import { retryAfterMs } from '../../wire/retry-after.ts';

type Members = Readonly<Record<string, unknown>>;

/** A GraphQL answer as far as it can be believed. */
export interface GraphQLAnswer {
  /** `undefined` where nothing was answered, by `null` or by nothing at all. */
  readonly data: Members | undefined;
  readonly errors: readonly ReportedError[];
  /** What the status says of a request that failed, where the errors do not. */
  readonly codeOfStatus: ErrorCode;
  readonly status: number;
  readonly retryAfterMs: number | undefined;
}

/** An error of an answer, with what is usable of it. */
export interface ReportedError {
  /** `undefined` where it has none, or one that cannot be a path. */
  readonly path: readonly (string | number)[] | undefined;
  /** Places in the document, those that can be: `3:1` is the first character of the third line. */
  readonly places: readonly string[];
  /** Its `extensions.code`, where that is a text. */
  readonly code: string | undefined;
  readonly text: string;
}

/** What says that an answer is one of GraphQL whatever its status (GraphQL over HTTP, "application/graphql-response+json"). */
export const graphqlResponse = 'application/graphql-response+json';

/**
 * Reads an answer of GraphQL over HTTP. In `application/graphql-response+json` it is one whatever its status; in
 * `application/json` only with 2xx, as anybody on the way may have written another ("Status Codes"): of those the errors are
 * heard, and never the data.
 *
 * Throws `UPSTREAM_INVALID_RESPONSE` for what is no GraphQL answer with 2xx, and what the status stands for with any other.
 */
export function readAnswer(answer: HttpAnswer, service: string): GraphQLAnswer {
  const { status, headers } = answer;
  const succeeded = status >= 200 && status < 300;
  const type = mediaTypeOf(headers['content-type']);
  const believed = succeeded || type === graphqlResponse;
  const common = {
    status,
    codeOfStatus: codeOfStatus(status),
    retryAfterMs: retryAfterMs(headers['retry-after']),
  };
  try {
    const body = bodyOf(answer, type);
    const errors = errorsOf(body.errors);
    const { data } = body;
    if (data === undefined || data === null || !believed) {
      if (errors.length === 0) throw new Error('The answer holds neither data nor errors.');
      return { ...common, data: undefined, errors };
    }
    if (!isMembers(data)) throw new Error(`Expected an object as \`data\`, got ${kindOf(data)}.`);
    return { ...common, data, errors };
  } catch (cause) {
    const code = succeeded ? 'UPSTREAM_INVALID_RESPONSE' : common.codeOfStatus;
    const detail = `HTTP ${status}, ${type || 'no type'}: ${(cause as Error).message} ${excerptOf(answer)}`;
    throw new TributaryError(code, undefined, { service, detail, retryAfterMs: common.retryAfterMs });
  }
}

/** Credentials that are refused are the datasource's. Of 5xx only those that say "not now" may go better when tried again. */
function codeOfStatus(status: number): ErrorCode {
  if (status === 429) return 'UPSTREAM_RATE_LIMITED';
  if (status >= 502 && status <= 504) return 'UPSTREAM_UNAVAILABLE';
  // A redirect is not followed, and anything else below 400 is no answer to a POST.
  return status >= 300 && status < 400 ? 'UPSTREAM_INVALID_RESPONSE' : 'DOWNSTREAM_SERVICE_ERROR';
}

function bodyOf({ body }: HttpAnswer, type: string): Members {
  if (type !== '' && type !== graphqlResponse && !/^(?:application|text)\/(?:json|[\w.-]+\+json)$/.test(type))
    throw new Error('The answer is no JSON.');
  const value = parseJson(body);
  if (!isMembers(value)) throw new Error(`Expected an object, got ${kindOf(value)}.`);
  return value;
}

function mediaTypeOf(header = ''): string {
  return (header.split(';', 1)[0] as string).trim().toLowerCase();
}

/** `null` and an empty list are no errors: servers write both, though the specification allows neither. */
function errorsOf(errors: unknown): readonly ReportedError[] {
  if (errors === undefined || errors === null) return [];
  if (!Array.isArray(errors)) throw new Error(`Expected a list as \`errors\`, got ${kindOf(errors)}.`);
  return errors.map(errorOf);
}

/** Something stood in the list of errors, so there was one, whatever it looks like. */
function errorOf(error: unknown): ReportedError {
  if (!isMembers(error)) return { path: undefined, places: [], code: undefined, text: kindOf(error) };
  const { message, path, locations, extensions } = error;
  const code = isMembers(extensions) && Object.hasOwn(extensions, 'code') ? extensions.code : undefined;
  return {
    path: isPath(path) ? path : undefined,
    places: Array.isArray(locations) ? locations.map(placeOf).filter((place) => place !== undefined) : [],
    code: typeof code === 'string' ? code : undefined,
    text: typeof message === 'string' ? message : '',
  };
}

function isPath(path: unknown): path is readonly (string | number)[] {
  return (
    Array.isArray(path) &&
    path.length > 0 &&
    path.every((part) => typeof part === 'string' || (Number.isInteger(part) && Number(part) >= 0))
  );
}

function placeOf(location: unknown): string | undefined {
  if (!isMembers(location)) return undefined;
  const { line, column } = location;
  return Number.isSafeInteger(line) && Number.isSafeInteger(column) ? `${line}:${column}` : undefined;
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

function excerptOf({ body }: HttpAnswer): string {
  return JSON.stringify(body.toString('utf8', 0, excerptBytes));
}

/** As much of a body as an operator needs to recognise it. */
const excerptBytes = 300;
