import { isIP } from 'node:net';
import { TributaryError } from '../errors.ts';

const maxItems = 100;

/** A text for people: a name, a reason. Rejects with `BAD_USER_INPUT` what is empty, too long or not printable. */
export function checkedText(what: string, text: string, maxLength = 100): string {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > maxLength || /\p{Cc}|\p{Cs}/u.test(trimmed))
    throw badInput(`${what} is a text of 1 to ${maxLength} characters without control characters.`);
  return trimmed;
}

/** Scopes: words without spaces, as RFC 6749 §3.3 has them. Without repetitions. */
export function checkedScopes(scopes: readonly string[]): readonly string[] {
  if (scopes.some((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(scope)))
    throw badInput('A scope is a word of printable characters, without quotes and backslashes.');
  return distinct('scopes', scopes);
}

/** CIDR blocks and single addresses. */
export function checkedAddresses(addresses: readonly string[]): readonly string[] {
  if (!addresses.every(isBlock))
    throw badInput('An address is of the form `192.0.2.7`, `192.0.2.0/24` or `2001:db8::/32`.');
  return distinct('addresses', addresses);
}

/** Origins as browsers send them: scheme, host, and a port where it is not the scheme's own. */
export function checkedOrigins(origins: readonly string[]): readonly string[] {
  if (
    !origins.every(
      (origin) => URL.canParse(origin) && /^https?:/.test(origin) && new URL(origin).origin === origin,
    )
  )
    throw badInput('An origin is of the form `https://example.org`, without a path.');
  return distinct('origins', origins);
}

export function checkedEmail(email: string): string {
  const text = email.trim().toLowerCase();
  if (
    text.length > 254 ||
    !/^[^\s@"<>(),:;\\]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(text) ||
    /\p{Cc}/u.test(text)
  )
    throw badInput('An e-mail address such as `ada@example.org` is expected.');
  return text;
}

export function badInput(message: string): TributaryError {
  return new TributaryError('BAD_USER_INPUT', message);
}

function isBlock(text: string): boolean {
  const [address = '', bits, more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more !== undefined || address.includes('%')) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

function distinct(what: string, texts: readonly string[]): readonly string[] {
  if (texts.length > maxItems) throw badInput(`There are at most ${maxItems} ${what}.`);
  return [...new Set(texts)];
}
