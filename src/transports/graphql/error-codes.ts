import { type ErrorCode, TributaryError } from '../../errors.ts';
import type { ReportedError } from './answer.ts';

/** What an error of the backend means: an error of ours, or `null` where it stands for the answer `null`. */
export type ErrorMeaning = ErrorCode | CodedError | null;

export interface CodedError {
  readonly code: ErrorCode;
  /** What the client reads. @default the code's own sentence */
  readonly message?: string;
}

/** Which `extensions.code` stands for what: `{ BOOK_GONE: null, OUT_OF_STOCK: 'CONFLICT' }`. */
export type ErrorMap = Readonly<Record<string, ErrorMeaning>>;

/**
 * Codes that servers agree on. Credentials that the backend refuses are the datasource's, so the caller cannot mend them.
 * A document that does not fit is a definition that does not.
 */
export const usualCodes: ErrorMap = {
  BAD_USER_INPUT: 'BAD_USER_INPUT',
  NOT_FOUND: 'NOT_FOUND',
  CONFLICT: 'CONFLICT',
  UNAUTHENTICATED: 'DOWNSTREAM_SERVICE_ERROR',
  FORBIDDEN: 'DOWNSTREAM_SERVICE_ERROR',
  RATE_LIMITED: 'UPSTREAM_RATE_LIMITED',
  TOO_MANY_REQUESTS: 'UPSTREAM_RATE_LIMITED',
  THROTTLED: 'UPSTREAM_RATE_LIMITED',
  SERVICE_UNAVAILABLE: 'UPSTREAM_UNAVAILABLE',
  UNAVAILABLE: 'UPSTREAM_UNAVAILABLE',
  TIMEOUT: 'UPSTREAM_TIMEOUT',
  GATEWAY_TIMEOUT: 'UPSTREAM_TIMEOUT',
  REQUEST_TIMEOUT: 'UPSTREAM_TIMEOUT',
  INTERNAL_SERVER_ERROR: 'DOWNSTREAM_SERVICE_ERROR',
};

/** What a code means, of those that somebody has said something about. */
export function meaningOf(code: string | undefined, meanings: ErrorMap): ErrorMeaning | undefined {
  return code !== undefined && Object.hasOwn(meanings, code) ? meanings[code] : undefined;
}

/**
 * An error of the backend as an outcome. Its text goes to the log, and so does its code; of its other extensions nothing
 * goes anywhere.
 *
 * @param otherwise for a code that nothing is said about
 */
export function outcomeOfError(
  error: ReportedError,
  meanings: ErrorMap,
  service: string,
  otherwise: ErrorCode = 'DOWNSTREAM_SERVICE_ERROR',
  retryAfterMs?: number,
): TributaryError | null {
  const known = meaningOf(error.code, meanings);
  if (known === null) return null;
  const { code, message }: CodedError = typeof known === 'object' ? known : { code: known ?? otherwise };
  return new TributaryError(code, message, {
    service,
    detail: detailOf(error),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

function detailOf({ code, text, path }: ReportedError): string {
  const at = path === undefined ? '' : ` at ${path.join('.').slice(0, mostShown)}`;
  return `${code?.slice(0, mostShown) ?? 'Error'}${at}: ${JSON.stringify(text.slice(0, mostShown))}`;
}

/** As much of an error's text as an operator needs to recognise it. */
const mostShown = 300;
