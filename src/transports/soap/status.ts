import { type ErrorCode, TributaryError } from '../../errors.ts';
import type { HttpAnswer } from '../../wire/http-client.ts';
import { retryAfterMs } from '../../wire/retry-after.ts';

/** Whether the status says that there is an answer. */
export function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status <= 299;
}

/** What a status means where the body holds no fault. */
export function statusError({ status, headers, body }: HttpAnswer, service: string): TributaryError {
  const waitMs = retryAfterMs(headers['retry-after']);
  return new TributaryError(codeOfStatus(status), undefined, {
    service,
    detail: `HTTP ${status} without a fault: ${JSON.stringify(body.toString('utf8', 0, EXCERPT_BYTES))}`,
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  });
}

/** As much of an error's body as an operator needs to recognise it. */
const EXCERPT_BYTES = 300;

function codeOfStatus(status: number): ErrorCode {
  if (status === 429) return 'UPSTREAM_RATE_LIMITED';
  if (status >= 502 && status <= 504) return 'UPSTREAM_UNAVAILABLE';
  return status < 400 ? 'UPSTREAM_INVALID_RESPONSE' : 'DOWNSTREAM_SERVICE_ERROR';
}
