/** Cookies of one server, kept while the process runs. */
export interface CookieJar {
  /** Takes over what a `Set-Cookie` header says. */
  keep(setCookie: string | readonly string[] | undefined): void;
  /** The value of the `Cookie` header; `undefined` while there is nothing to send. */
  header(): string | undefined;
}

/** A server needs a few; more are not kept. */
const MOST_COOKIES = 20;
const LONGEST_COOKIE = 4_096;

/**
 * Keeps the cookies of one address. Path, domain and the time of expiry are not looked at, as everything goes to this
 * address: a cookie lasts until the server deletes it (an empty value, `Max-Age=0`, a date that has passed).
 * Implements what RFC 6265 §5.3 asks of a client with one address.
 */
export function cookieJar(): CookieJar {
  const cookies = new Map<string, string>();
  return {
    keep(setCookie) {
      for (const header of setCookie === undefined ? [] : [setCookie].flat()) {
        const [pair = '', ...attributes] = header.split(';');
        const equals = pair.indexOf('=');
        const name = pair.slice(0, equals).trim();
        const value = pair.slice(equals + 1).trim();
        if (equals < 1 || pair.length > LONGEST_COOKIE || !isSendable(name + value)) continue;
        if (value === '' || attributes.some(isOver)) cookies.delete(name);
        else if (cookies.has(name) || cookies.size < MOST_COOKIES) cookies.set(name, value);
      }
    },
    header: () =>
      cookies.size === 0 ? undefined : [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
  };
}

function isSendable(text: string): boolean {
  return /^[\x21-\x7e ]*$/.test(text);
}

function isOver(attribute: string): boolean {
  const [name = '', value = ''] = attribute.split('=').map((part) => part.trim());
  if (/^max-age$/i.test(name)) return Number(value) <= 0;
  return /^expires$/i.test(name) && Date.parse(value) <= Date.now();
}
