import type { BaseUrl } from './base-url.ts';
import type { Headers } from './header-values.ts';

/** How many redirects are followed, one after the other, where a datasource declares that any are. */
export const mostRedirects = 3;

const statuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What a redirected request still carries: nothing that says who is asking. */
const harmless: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'if-modified-since',
  'if-none-match',
  'traceparent',
  'x-request-id',
]);

/**
 * Where an answer sends us, as path and query at the same origin; `undefined` where it sends us nowhere, or to another
 * origin (RFC 9110 §10.2.2).
 *
 * @param from path and query of the request
 */
export function redirectTarget(
  status: number,
  location: string | undefined,
  from: string,
  { origin }: BaseUrl,
): string | undefined {
  if (!statuses.has(status) || location === undefined || !URL.canParse(location, origin + from))
    return undefined;
  const url = new URL(location, origin + from);
  if (url.origin !== origin || url.username !== '' || url.password !== '') return undefined;
  return url.pathname + url.search;
}

export function withoutCredentials(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => harmless.has(name)));
}
