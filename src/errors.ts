/**
 * The one table of error codes. Everything a client may be told is in it; whatever is not is masked as
 * `INTERNAL_SERVER_ERROR` and logged whole.
 *
 * `status` is the HTTP status when there is no data at all; an error of a single field travels with 200.
 * `mender` says who can mend it. `message` is the text a client sees when the thrower gives no better one.
 */
export interface ErrorRow {
  readonly status: number;
  readonly mender: 'client' | 'backend' | 'operator' | 'bug';
  /** Whether asking again, unchanged, may succeed. */
  readonly retryable: boolean;
  readonly message: string;
}

export const errorTable = {
  BAD_REQUEST: row(400, 'client', 'The body is not a GraphQL request.'),
  GRAPHQL_PARSE_FAILED: row(400, 'client', 'The document is not valid GraphQL.'),
  GRAPHQL_VALIDATION_FAILED: row(400, 'client', 'The document does not fit the schema.'),
  BAD_USER_INPUT: row(400, 'client', 'A value of the request is not acceptable.'),
  OPERATION_RESOLUTION_FAILURE: row(
    400,
    'client',
    'The operation to run could not be told from the request.',
  ),
  METHOD_NOT_ALLOWED: row(405, 'client', 'This HTTP method is not allowed here.'),
  UNSUPPORTED_MEDIA_TYPE: row(415, 'client', 'The media type of the body is not supported.'),
  NOT_ACCEPTABLE: row(406, 'client', 'None of the accepted media types can be produced.'),
  PAYLOAD_TOO_LARGE: row(413, 'client', 'The body is larger than allowed.'),
  URI_TOO_LONG: row(414, 'client', 'The URL is longer than allowed.'),
  HEADERS_TOO_LARGE: row(431, 'client', 'The headers are larger than allowed.'),
  CSRF_BLOCKED: row(
    400,
    'client',
    'The request could have been sent by a page of another site; send a preflighted header.',
  ),
  BATCHING_DISABLED: row(400, 'client', 'Several operations in one request are not accepted.'),
  PERSISTED_QUERY_NOT_FOUND: row(200, 'client', 'PersistedQueryNotFound'),
  PERSISTED_QUERY_HASH_MISMATCH: row(400, 'client', 'The hash does not belong to the document.'),
  PERSISTED_QUERY_ONLY: row(400, 'client', 'This app may run registered operations only.'),
  CANNOT_SEND_PQ_ID_AND_BODY: row(
    400,
    'client',
    'Send the id of a registered operation or the text of a document, not both.',
  ),
  MAX_DEPTH_EXCEEDED: row(400, 'client', 'The document is nested too deeply.'),
  MAX_TOKENS_EXCEEDED: row(400, 'client', 'The document has too many tokens.'),
  MAX_ALIASES_EXCEEDED: row(400, 'client', 'The document has too many aliases.'),
  MAX_DIRECTIVES_EXCEEDED: row(400, 'client', 'The document has too many directives.'),
  MAX_ROOT_FIELDS_EXCEEDED: row(400, 'client', 'The operation has too many root fields.'),
  MAX_SELECTIONS_EXCEEDED: row(400, 'client', 'The document selects too many fields.'),
  MAX_INTROSPECTION_DEPTH: row(400, 'client', 'The introspection is nested too deeply.'),
  QUERY_TOO_COMPLEX: row(400, 'client', 'The document repeats the same fields too often.'),
  COST_ESTIMATED_TOO_EXPENSIVE: row(400, 'client', 'The operation may cost more than allowed.'),
  INTROSPECTION_DISABLED: row(400, 'client', 'Introspection is not available.'),
  OPERATION_BLOCKED: row(403, 'operator', 'This operation is switched off.'),
  UNAUTHENTICATED: row(401, 'client', 'Credentials are needed.'),
  API_KEY_INVALID: row(401, 'client', 'The API key is not valid.'),
  API_KEY_REVOKED: row(401, 'client', 'The API key was revoked.'),
  API_KEY_EXPIRED: row(401, 'client', 'The API key has expired.'),
  TOKEN_INVALID: row(401, 'client', 'The token is not valid.'),
  TOKEN_EXPIRED: row(401, 'client', 'The token has expired.'),
  AMBIGUOUS_CREDENTIALS: row(400, 'client', 'The credentials of the request contradict each other.'),
  KEY_NOT_ALLOWED_HERE: row(403, 'client', 'The credentials may not be used in this way or from this place.'),
  FORBIDDEN: row(403, 'client', 'The caller may not do this.'),
  NOT_FOUND: row(404, 'client', 'There is no such thing.'),
  CONFLICT: row(409, 'client', 'The state of the thing does not allow this.'),
  RATE_LIMITED: row(429, 'client', 'Too many requests.', true),
  CONCURRENCY_LIMITED: row(429, 'client', 'Too many requests at the same time.', true),
  QUOTA_EXCEEDED: row(429, 'client', 'The quota is used up.'),
  QUOTA_UNAVAILABLE: row(503, 'operator', 'The quota cannot be looked up at present.', true),
  AUTH_UNAVAILABLE: row(503, 'operator', 'Credentials cannot be verified at present.', true),
  OVERLOADED: row(503, 'operator', 'The server has too much to do.', true),
  SHUTTING_DOWN: row(503, 'operator', 'The server is stopping.', true),
  REQUEST_TIMEOUT: row(504, 'backend', 'The request took longer than allowed.', true),
  CLIENT_CLOSED: row(499, 'client', 'The client left before the answer.'),
  UPSTREAM_TIMEOUT: row(504, 'backend', 'A service did not answer in time.', true),
  UPSTREAM_UNAVAILABLE: row(502, 'backend', 'A service cannot be reached.', true),
  UPSTREAM_OVERLOADED: row(503, 'backend', 'A service has too much to do.', true),
  UPSTREAM_CIRCUIT_OPEN: row(
    503,
    'backend',
    'A service failed too often and is left alone for a moment.',
    true,
  ),
  UPSTREAM_RATE_LIMITED: row(503, 'backend', 'A service accepts no more requests for now.', true),
  UPSTREAM_INVALID_RESPONSE: row(502, 'backend', 'A service gave an answer that cannot be understood.'),
  UPSTREAM_RESPONSE_TOO_LARGE: row(502, 'backend', 'A service gave a larger answer than allowed.'),
  DOWNSTREAM_SERVICE_ERROR: row(502, 'backend', 'A service reported an error.'),
  CONFIGURATION_INVALID: row(500, 'operator', 'The configuration is not valid.'),
  INTERNAL_SERVER_ERROR: row(500, 'bug', 'Something went wrong inside the server.'),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;

export interface ErrorOptions {
  /** The public name of the datasource that failed, shown as `extensions.service`. */
  readonly service?: string;
  /** What an operator needs: backend text, statement, place in a document. Goes to the log, never to a client. */
  readonly detail?: string;
  /** The error underneath. Goes to the log, never to a client. */
  readonly cause?: unknown;
  /** How long the backend or the server asks to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Further values that a client may see, as `extensions`: a fault code, say. JSON only. */
  readonly shown?: Readonly<Record<string, unknown>>;
}

/** An error whose `message` a client may read. Branch on `code`, never on the text. */
export class TributaryError extends Error {
  override readonly name = 'TributaryError';
  readonly code: ErrorCode;
  readonly service: string | undefined;
  readonly detail: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly shown: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string = errorTable[code].message, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.service = options.service;
    this.detail = options.detail;
    this.retryAfterMs = options.retryAfterMs;
    this.shown = options.shown;
  }
}

/**
 * Whether a value is one of our errors. Compares the name, not the class: a graph project may bring its own copy
 * of the package.
 */
export function isTributaryError(value: unknown): value is TributaryError {
  return value instanceof Error && value.name === 'TributaryError' && 'code' in value;
}

/** The code of any error: its own if it is in the table, else `INTERNAL_SERVER_ERROR`. */
export function codeOf(value: unknown): ErrorCode {
  return isTributaryError(value) ? value.code : 'INTERNAL_SERVER_ERROR';
}

/** What was thrown, as an Error: libraries throw strings and objects too. */
export function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}

function row(status: number, mender: ErrorRow['mender'], message: string, retryable = false): ErrorRow {
  return { status, mender, message, retryable };
}
