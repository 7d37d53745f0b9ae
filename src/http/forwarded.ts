import type { IncomingHttpHeaders } from 'node:http';
import { TributaryError } from '../errors.ts';
import { isHeaderValue } from '../util/header-text.ts';

/** What some datasource of the project forwards or returns: names in lower case. */
export interface ForwardedNames {
  /** `authorization` is the caller's verified token, and nothing else of that header. */
  readonly names: readonly string[];
  readonly returns: readonly string[];
}

/**
 * What datasources may forward of a request whose caller is known, by name: no header that none of them declares.
 *
 * @param token the caller's, verified; never a key
 * @throws TributaryError `BAD_REQUEST` for a value that would end its header and begin another; it names the header alone
 */
export function forwardedFrom(
  { names }: ForwardedNames,
  headers: IncomingHttpHeaders,
  token: string | undefined,
): Readonly<Record<string, string>> {
  const forwarded: Record<string, string> = {};
  for (const name of names) {
    const value = name === 'authorization' ? token && `Bearer ${token}` : headers[name];
    if (typeof value !== 'string' || value === '') continue;
    if (!isHeaderValue(value))
      throw new TributaryError('BAD_REQUEST', `The header \`${name}\` holds characters that headers cannot.`);
    forwarded[name] = value;
  }
  return forwarded;
}
