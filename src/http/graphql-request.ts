import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { TributaryError } from '../errors.ts';
import type { GraphQLHttpRequest } from '../execution/http-answer.ts';

export const longestUrl = 8_192;
const longestOperationName = 256;
const longestDocumentId = 256;
/** A page of another site cannot send these without asking first (CORS preflight), whatever its media type. */
const preflightHeaders = ['x-apollo-operation-name', 'apollo-require-preflight'] as const;
/** A form of another site can send these (Fetch standard, "CORS-safelisted request-header"). */
const simpleMediaTypes = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];

/**
 * Checks the form of a GraphQL request: "Request", GraphQL over HTTP §5. What it returns has a text to parse.
 *
 * @param text of the body, where it is known
 * @throws TributaryError `CSRF_BLOCKED`, `UNSUPPORTED_MEDIA_TYPE`, `BATCHING_DISABLED`, `BAD_REQUEST`,
 * `PERSISTED_QUERY_NOT_FOUND`, `PERSISTED_QUERY_HASH_MISMATCH`, `CANNOT_SEND_PQ_ID_AND_BODY`, `OPERATION_RESOLUTION_FAILURE`
 */
export function readGraphQLRequest(
  method: 'GET' | 'POST',
  headers: IncomingHttpHeaders,
  search: string,
  body: unknown,
  text?: string,
): GraphQLHttpRequest {
  const parameters = method === 'GET' ? fromSearch(search) : fromBody(body);
  const { query, documentId, operationName, variables, extensions } = parameters;
  if (operationName !== undefined && operationName.length > longestOperationName)
    throw new TributaryError(
      'OPERATION_RESOLUTION_FAILURE',
      `\`operationName\` may have ${longestOperationName} characters.`,
    );
  const persisted = (extensions as { persistedQuery?: unknown } | undefined)?.persistedQuery;
  const hash = persisted === undefined || persisted === null ? undefined : readHash(persisted, query);
  const hasText = query !== undefined && query !== '';
  if (documentId !== undefined && (hasText || hash !== undefined))
    throw new TributaryError('CANNOT_SEND_PQ_ID_AND_BODY');
  if (documentId !== undefined && documentId.length > longestDocumentId)
    throw new TributaryError('PERSISTED_QUERY_NOT_FOUND');
  if (!hasText && documentId === undefined && hash === undefined)
    throw new TributaryError(
      'BAD_REQUEST',
      '`query` is missing: the text of a GraphQL document is expected.',
    );
  return {
    method,
    query: query ?? '',
    documentId,
    hash,
    operationName,
    variables,
    text: method === 'GET' ? search : text,
    headers: {
      'content-type': headers['content-type'],
      'x-apollo-operation-name': textOf(headers['x-apollo-operation-name']),
      'apollo-require-preflight': textOf(headers['apollo-require-preflight']),
      'if-none-match': headers['if-none-match'],
    },
  };
}

/**
 * Refuses what a page of another site could make a browser send with the visitor's cookies, and bodies that are no JSON.
 * Runs before the body is read.
 */
export function checkSender(method: 'GET' | 'POST', headers: IncomingHttpHeaders): void {
  // What nearly every client sends.
  if (headers['content-type'] === 'application/json' && headers['content-encoding'] === undefined) return;
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  const isSimple = type === undefined || type === '' || simpleMediaTypes.includes(type);
  if (isSimple && !preflightHeaders.some((name) => textOf(headers[name]))) {
    throw new TributaryError(
      'CSRF_BLOCKED',
      'A page of another site could have sent this request. Send `content-type: application/json`, or a header ' +
        '`apollo-require-preflight: true`.',
    );
  }
  if (type !== 'application/json' && !(method === 'GET' && type === undefined))
    throw new TributaryError('UNSUPPORTED_MEDIA_TYPE', 'The body must be `application/json`.');
  const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset))
    throw new TributaryError('UNSUPPORTED_MEDIA_TYPE', 'The body must be encoded as UTF-8.');
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new TributaryError('UNSUPPORTED_MEDIA_TYPE', 'The body must not be compressed.');
}

interface Parameters {
  readonly query: string | undefined;
  readonly documentId: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
}

function fromBody(body: unknown): Parameters {
  if (Array.isArray(body)) throw new TributaryError('BATCHING_DISABLED');
  if (!isRecord(body)) throw new TributaryError('BAD_REQUEST', 'The body must be a JSON object.');
  return {
    query: stringOr(body.query, 'query'),
    documentId: stringOr(body.documentId, 'documentId'),
    operationName: stringOr(body.operationName, 'operationName'),
    variables: recordOr(body.variables, 'variables'),
    extensions: recordOr(body.extensions, 'extensions'),
  };
}

function fromSearch(search: string): Parameters {
  const parameters = new URLSearchParams(search);
  const once = (name: string): string | undefined => {
    const values = parameters.getAll(name);
    if (values.length > 1) throw new TributaryError('BAD_REQUEST', `\`${name}\` may be given once.`);
    return values[0];
  };
  const json = (name: string): Readonly<Record<string, unknown>> | undefined => {
    const text = once(name);
    if (text === undefined || text === '') return undefined;
    return recordOr(parseOr(text, name), name);
  };
  return {
    query: once('query'),
    documentId: once('documentId'),
    operationName: once('operationName') || undefined,
    variables: json('variables'),
    extensions: json('extensions'),
  };
}

function parseOr(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TributaryError('BAD_REQUEST', `\`${name}\` must be a JSON object.`);
  }
}

/** The hash of a document that was registered, or is to be where the text is there too. */
function readHash(persisted: unknown, query: string | undefined): string {
  const { sha256Hash, version } = isRecord(persisted) ? persisted : {};
  if (version !== 1 || typeof sha256Hash !== 'string')
    throw new TributaryError(
      'BAD_REQUEST',
      '`extensions.persistedQuery` must have `version` 1 and `sha256Hash`.',
    );
  if (query === undefined || query === '') return sha256Hash;
  if (createHash('sha256').update(query).digest('hex') !== sha256Hash)
    throw new TributaryError('PERSISTED_QUERY_HASH_MISMATCH');
  return sha256Hash;
}

function stringOr(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new TributaryError('BAD_REQUEST', `\`${name}\` must be a string.`);
  return value;
}

function recordOr(value: unknown, name: string): Readonly<Record<string, unknown>> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isRecord(value)) throw new TributaryError('BAD_REQUEST', `\`${name}\` must be a JSON object.`);
  return value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** What follows the path of a URL, with its question mark. */
export function searchOf(url: string): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at);
}
