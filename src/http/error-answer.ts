import { errorTable, type TributaryError } from '../errors.ts';
import { type MediaType, mediaTypes, statusWithoutData } from '../execution/answer-status.ts';
import { showError } from '../execution/shown-errors.ts';

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * One error as a whole answer: the shape of a GraphQL answer without data, whatever the route was.
 *
 * @param mediaType of a GraphQL request; any other is answered with the real status, whatever went wrong
 */
export function errorAnswer(error: TributaryError, requestId: string, mediaType?: MediaType): ErrorAnswer {
  const status =
    mediaType === undefined ? errorTable[error.code].status : statusWithoutData(error.code, mediaType);
  return {
    status,
    headers: {
      'content-type': mediaType ?? mediaTypes.json,
      'cache-control': 'no-store',
      ...(status === 401 ? { 'www-authenticate': challengeFor(error) } : {}),
      ...(error.retryAfterMs === undefined
        ? {}
        : { 'retry-after': String(Math.max(1, Math.ceil(error.retryAfterMs / 1_000))) }),
    },
    body: JSON.stringify({ errors: [showError(error, requestId)] }),
  };
}

/** RFC 6750 §3: `invalid_token` where one was given; where none was, nothing is said of it. */
function challengeFor({ code }: TributaryError): string {
  const realm = 'Bearer realm="tributary"';
  return code === 'UNAUTHENTICATED' ? realm : `${realm}, error="invalid_token"`;
}
