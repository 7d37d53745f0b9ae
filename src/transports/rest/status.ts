import { type ErrorCode, TributaryError } from '../../errors.ts';
import type { HttpAnswer } from '../../wire/http-client.ts';
import { retryAfterMs } from '../../wire/retry-after.ts';
import type { StatusMap } from './options.ts';

/**
 * What a status beyond 2xx means where an operation does not say otherwise.
 *
 * Credentials that the backend refuses (401, 403) are the datasource's, so the caller cannot mend them. A 400 or 422 is
 * the caller's for a write, whose inputs are data that only the backend can judge; a read with a bad input is a
 * definition that does not fit. Of 5xx only those that say "not now" may go better when tried again.
 */
function defaultCode(status: number, kind: 'read' | 'write'): ErrorCode {
  switch (status) {
    case 400:
    case 422:
      return kind === 'write' ? 'BAD_USER_INPUT' : 'DOWNSTREAM_SERVICE_ERROR';
    case 404:
    case 410:
      return 'NOT_FOUND';
    case 409:
    // A condition (`If-Match`) that does not hold: somebody else was quicker (RFC 9110 §15.5.13).
    case 412:
      return 'CONFLICT';
    case 429:
      return 'UPSTREAM_RATE_LIMITED';
    case 502:
    case 503:
    case 504:
      return 'UPSTREAM_UNAVAILABLE';
    default:
      // A redirect is not followed, and "not modified" without a question is no answer.
      return status < 400 ? 'UPSTREAM_INVALID_RESPONSE' : 'DOWNSTREAM_SERVICE_ERROR';
  }
}

/**
 * What an answer's status means: an error, `null` where it stands for the answer `null`, or `undefined` where the body
 * is to be read.
 */
export function meaningOf(
  { status, headers, body }: HttpAnswer,
  kind: 'read' | 'write',
  onStatus: StatusMap,
  service: string,
): TributaryError | null | undefined {
  const declared = onStatus[status];
  if (declared === null) return null;
  if (declared === undefined && status >= 200 && status < 300) return undefined;
  const { code, message } =
    typeof declared === 'object'
      ? declared
      : { code: declared ?? defaultCode(status, kind), message: undefined };
  return new TributaryError(code, message, {
    service,
    detail: `HTTP ${status}: ${JSON.stringify(body.toString('utf8', 0, excerptBytes))}`,
    retryAfterMs: retryAfterMs(headers['retry-after']),
  });
}

/** As much of an error's body as an operator needs to recognise it. */
const excerptBytes = 300;
