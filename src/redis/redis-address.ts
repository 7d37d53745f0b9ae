/** Where a Redis is: one server, a master that Sentinels know, or a Cluster. */
export interface RedisAddress {
  readonly kind: 'single' | 'sentinel' | 'cluster';
  /** The server; the Sentinels; or any nodes of the Cluster. */
  readonly nodes: readonly RedisNode[];
  readonly tls: boolean;
  /** The file of the authorities that may have signed its certificate, where they are not the usual ones. */
  readonly authorities: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  /** What the Sentinels call the master. */
  readonly master: string | undefined;
  readonly sentinelPassword: string | undefined;
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

const form =
  /^redis(?<tls>s)?(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<user>[^@/]*)@)?(?<hosts>[^/?]+)(?<path>\/[^?]*)?(?:\?(?<query>.*))?$/;
const host = /^(?:\[(?<six>[0-9a-f:.]+)\]|(?<name>[^:[\]\s]+))(?::(?<port>\d{1,5}))?$/i;

/**
 * Reads the address of a Redis. `rediss` in place of `redis` means TLS, then `?sslrootcert=ca.pem` names the authorities to
 * trust in place of the usual ones.
 *
 * | form | what it names |
 * |------|---------------|
 * | `redis://[user:password@]host[:port][/database]` | one server |
 * | `redis+sentinel://[user:password@]host[:port],…/master[/database][?sentinelPassword=…]` | the master that the Sentinels agree on |
 * | `redis+cluster://[user:password@]host[:port],…` | a Cluster, by any of its nodes |
 *
 * Throws an `Error` that says what is wrong and never repeats the address: it may hold a password.
 */
export function readRedisAddress(url: string): RedisAddress {
  const parts = form.exec(url.trim())?.groups;
  if (parts === undefined) throw unreadable('it has none of the forms that an address of Redis has');
  const kind = (parts.kind ?? 'single') as RedisAddress['kind'];
  const defaultPort = kind === 'sentinel' ? 26_379 : 6_379;
  const nodes = (parts.hosts ?? '').split(',').map((text) => readNode(text, defaultPort));
  if (kind === 'single' && nodes.length > 1)
    throw unreadable('it names several hosts, which only `redis+sentinel://` and `redis+cluster://` may');
  const { master, database } = readPath(kind, parts.path ?? '');
  const { username, password } = readCredentials(parts.user);
  const tls = parts.tls === 's';
  const { sslrootcert, sentinelPassword } = readQuery(parts.query, [
    ...(kind === 'sentinel' ? ['sentinelPassword'] : []),
    ...(tls ? ['sslrootcert'] : []),
  ]);
  return {
    kind,
    nodes,
    tls,
    authorities: sslrootcert,
    username,
    password,
    database,
    master,
    sentinelPassword,
  };
}

function readNode(text: string, defaultPort: number): RedisNode {
  const parts = host.exec(text)?.groups;
  const port = Number(parts?.port ?? defaultPort);
  if (parts === undefined || port < 1 || port > 65_535)
    throw unreadable('a host is not of the form `name:port`');
  return { host: (parts.six ?? parts.name) as string, port };
}

function readPath(kind: RedisAddress['kind'], path: string): { master?: string; database: number } & object {
  const segments = path.split('/').filter((segment) => segment !== '');
  const master = kind === 'sentinel' ? decode(segments.shift()) : undefined;
  if (kind === 'sentinel' && master === undefined)
    throw unreadable("the master's name is missing: `redis+sentinel://host:26379/mymaster`");
  const [database = '0', ...rest] = segments;
  if (rest.length > 0 || !/^\d{1,5}$/.test(database)) throw unreadable('the database is no number');
  if (kind === 'cluster' && database !== '0') throw unreadable('a Cluster has the database 0 alone');
  return { ...(master === undefined ? {} : { master }), database: Number(database) };
}

function readCredentials(text: string | undefined): { username?: string; password?: string } {
  if (text === undefined || text === '') return {};
  const colon = text.indexOf(':');
  const username = decode(colon === -1 ? text : text.slice(0, colon));
  const password = colon === -1 ? undefined : decode(text.slice(colon + 1));
  return {
    ...(username === undefined || username === '' ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

function readQuery(query: string | undefined, known: readonly string[]): Readonly<Record<string, string>> {
  const parameters = [...new URLSearchParams(query)];
  if (parameters.some(([name]) => !known.includes(name)))
    throw unreadable('it has a parameter that is not known');
  return Object.fromEntries(parameters);
}

function decode(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    throw unreadable('a part of it is not percent-encoded');
  }
}

function unreadable(why: string): Error {
  return new Error(
    `The address of Redis cannot be read: ${why}. Write \`redis://host:6379\`, \`redis+sentinel://host:26379/mymaster\` or \`redis+cluster://host:6379,host:6379\`.`,
  );
}
