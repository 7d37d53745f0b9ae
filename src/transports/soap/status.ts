import { type ErrorCode, TributaryError } from '../../errors.ts';
import type { HttpAnswer } from '../../wire/http-client.ts';

/** Whether the status says that there is an answer. */
export function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status <= 299;
}

/** What a status means where the body holds no fault. */
export function statusError({ status, headers }: HttpAnswer, service: string): TributaryError {
  const seconds = Number(headers['retry-after']);
  return new TributaryError(codeOfStatus(status), undefined, {
    service,
    detail: `The service answered with HTTP status ${status} and no fault.`,
    ...(seconds > 0 && { retryAfterMs: seconds * 1_000 }),
  });
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 429) return 'UPSTREAM_RATE_LIMITED';
  if (status === 503) return 'UPSTREAM_OVERLOADED';
  return status === 502 || status === 504 ? 'UPSTREAM_UNAVAILABLE' : 'DOWNSTREAM_SERVICE_ERROR';
}
