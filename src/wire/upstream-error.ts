import { type ErrorCode, TributaryError, toError } from '../errors.ts';

/** The codes of failures below HTTP that are not simply "cannot be reached". */
const codes: Readonly<Record<string, ErrorCode>> = {
  UND_ERR_HEADERS_TIMEOUT: 'UPSTREAM_TIMEOUT',
  UND_ERR_BODY_TIMEOUT: 'UPSTREAM_TIMEOUT',
  UND_ERR_HEADERS_OVERFLOW: 'UPSTREAM_RESPONSE_TOO_LARGE',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'UPSTREAM_INVALID_RESPONSE',
  UND_ERR_INVALID_ARG: 'INTERNAL_SERVER_ERROR',
};

/**
 * What a failure of the connection means: refused, unresolved, untrusted and broken off are all
 * `UPSTREAM_UNAVAILABLE`; an answer that is not HTTP is `UPSTREAM_INVALID_RESPONSE`.
 *
 * @param request what was asked, for the log: method, origin and path without its query
 */
export function upstreamError(thrown: unknown, service: string, request: string): TributaryError {
  const cause = toError(thrown);
  const code = 'code' in cause ? String(cause.code) : '';
  const meaning =
    cause.name === 'HTTPParserError' ? 'UPSTREAM_INVALID_RESPONSE' : (codes[code] ?? 'UPSTREAM_UNAVAILABLE');
  return new TributaryError(meaning, undefined, { service, detail: `${request}: ${cause.message}`, cause });
}
