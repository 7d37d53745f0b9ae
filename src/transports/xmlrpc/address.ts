/** Where a server is, taken apart: what the HTTP client connects to, and the path that every call goes to. */
export interface Address {
  /** Origin, with the credentials that the address holds. */
  readonly baseUrl: string;
  /** Path and query, as written: `/RPC2`, `/xmlrpc.php?for=acme`. */
  readonly path: string;
}

/** The path that servers use when none is said, as Python's client knows it. */
const USUAL_PATH = '/RPC2';

/**
 * Takes the address of a server apart. An address that cannot be read is handed on whole: the HTTP client says what is
 * wrong with it.
 *
 * @example addressOf('http://127.0.0.1:9001') // { baseUrl: 'http://127.0.0.1:9001', path: '/RPC2' }
 */
export function addressOf(url: string): Address {
  const parsed = parseUrl(url);
  if (parsed === null) return { baseUrl: url, path: USUAL_PATH };
  const { pathname, search } = parsed;
  const path = pathname === '/' && search === '' ? USUAL_PATH : pathname + search;
  parsed.pathname = '/';
  parsed.search = '';
  return { baseUrl: parsed.href, path };
}

/** Throws nothing, unlike the constructor. */
function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
