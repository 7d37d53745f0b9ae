/** Where a service is, in parts that requests are put together from. */
export interface BaseUrl {
  /** `https://rides.example:8443` */
  readonly origin: string;
  /** `/v2`, without a slash at the end; empty where there is none. */
  readonly basePath: string;
  /** The `Authorization` header that `user:password@` in the address stands for (RFC 7617). */
  readonly authorization: string | undefined;
}

/**
 * Takes the address of a service apart. Throws an `Error` that names the option and says what is expected; the address
 * itself is not repeated, because it may hold a password.
 *
 * @param option the name of the option, for the message
 * @example parseBaseUrl('https://rides.example/v2/', 'baseUrl') // { origin: 'https://rides.example', basePath: '/v2', … }
 */
export function parseBaseUrl(text: string, option: string): BaseUrl {
  const url = parseUrl(text);
  if (url === null) throw new Error(`\`${option}\` must be an address such as https://rides.example/v2.`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Error(
      `\`${option}\` must begin with http:// or https://, but begins with \`${url.protocol}\`.`,
    );
  if (url.search !== '' || url.hash !== '')
    throw new Error(`\`${option}\` must end with its path; write query parameters into the operations.`);
  return {
    origin: url.origin,
    basePath: url.pathname.replace(/(?<!\/)\/+$/, ''),
    authorization: authorizationOf(url, option),
  };
}

function authorizationOf({ username, password }: URL, option: string): string | undefined {
  if (username === '' && password === '') return undefined;
  try {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(credentials).toString('base64')}`;
  } catch {
    throw new Error(`The user and the password in \`${option}\` must be percent-encoded.`);
  }
}

/** Throws nothing, unlike the constructor, and exists in every supported Node, unlike `URL.parse`. */
export function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
