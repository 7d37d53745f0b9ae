import { TributaryError } from '../errors.ts';
import { isHeaderName, isHeaderValue } from '../util/header-text.ts';

export type Headers = Readonly<Record<string, string>>;

/** Set by the connection; a header of a definition that has one of these names would break the framing (RFC 9110 §7.6.1). */
const reserved: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Why a header of a definition cannot be sent, or `undefined`. Names are checked at start-up: no input makes one. */
export function headerNameProblem(name: string): string | undefined {
  if (!isHeaderName(name)) return `\`${name}\` is no name for a header.`;
  if (reserved.has(name.toLowerCase())) return `The header \`${name}\` is set by the connection.`;
  return undefined;
}

/**
 * Refuses header values that would end the header and begin another. Throws `BAD_USER_INPUT` naming the header, never
 * its value.
 */
export function assertHeaderValues(headers: Headers, service: string): void {
  for (const name in headers) {
    if (isHeaderValue(headers[name] as string)) continue;
    const message = `A value cannot be sent as the header \`${name}\`: it holds characters that headers cannot.`;
    throw new TributaryError('BAD_USER_INPUT', message, { service });
  }
}
