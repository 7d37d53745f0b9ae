import { randomUUID } from 'node:crypto';
import { TributaryError } from '../errors.ts';

/** The id that a client or a proxy gave the request, if it is harmless in logs and headers; else a new one. */
export function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\w.:-]{1,128}$/.test(header) ? header : newRequestId();
}

/** What ids of this process begin with, so that no two processes have one in common. */
const processPart = randomUUID().slice(0, 24);
let requests = 0;

/** In the form of a UUID, and as unique; counted, since nothing has to be kept from guessing it. */
function newRequestId(): string {
  requests += 1;
  return processPart + requests.toString(16).padStart(12, '0');
}

/**
 * How long the client waits, in milliseconds: `X-Request-Timeout: 500` or `500ms`, never longer than the server allows.
 *
 * @throws TributaryError `BAD_REQUEST`
 */
export function requestTimeoutOf(header: string | string[] | undefined, longestMs: number): number {
  if (header === undefined) return longestMs;
  const match = typeof header === 'string' ? /^(\d{1,9})(?:ms)?$/.exec(header.trim()) : null;
  const asked = Number(match?.[1] ?? 0);
  if (asked === 0)
    throw new TributaryError(
      'BAD_REQUEST',
      'The header `X-Request-Timeout` must be a whole number of milliseconds above 0.',
    );
  return Math.min(asked, longestMs);
}
