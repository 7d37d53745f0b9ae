/** Where a port is: what the HTTP client connects to, and the path that calls go to. */
export interface Address {
  /** Origin, with the credentials that the address holds. */
  readonly baseUrl: string;
  /** Path and query. */
  readonly path: string;
}

/**
 * The address of a port: the datasource's, else the description's. A datasource's address without a path takes the path
 * from the description, so that `env('TARIFFS_URL')` need only say where the service runs.
 *
 * @param option the datasource's `url`
 * @param described the address in the WSDL
 */
export function addressOf(option: string | undefined, described: string): Address {
  const own = parseUrl(described);
  const url = option === undefined ? own : parseUrl(option);
  // The HTTP client says what is wrong with it.
  if (url === null) return { baseUrl: option ?? described, path: '/' };
  const bare = option !== undefined && url.pathname === '/' && url.search === '';
  const path = bare && own !== null ? own.pathname + own.search : url.pathname + url.search;
  url.pathname = '/';
  url.search = '';
  url.hash = '';
  return { baseUrl: url.href, path };
}

/** Throws nothing, unlike the constructor. */
export function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
