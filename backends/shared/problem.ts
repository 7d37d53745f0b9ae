import type { Reply } from './reply.ts';

/** A refusal with an HTTP status; each server words it in its own protocol. */
export class Problem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param status the HTTP status, 400 and up.
   * @param detail a sentence for the caller; it may quote what the caller sent, nothing of ours.
   * @param headers further headers, e.g. `Allow`.
   */
  constructor(status: number, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.headers = headers;
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition failed',
  413: 'Body too large',
  415: 'Unsupported media type',
  422: 'Cannot be processed',
  428: 'Precondition required',
  500: 'Internal error',
};

/** The problem as `application/problem+json` (RFC 9457). */
export function problemReply(problem: Problem): Reply {
  const { status, message, headers } = problem;
  const title = titles[status] ?? 'Error';
  return {
    status,
    headers,
    contentType: 'application/problem+json',
    body: JSON.stringify({ type: 'about:blank', title, status, detail: message }),
  };
}
