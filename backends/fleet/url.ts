/** Reads and shows database URLs. */

export type DatabaseKind = 'sqlite' | 'postgres' | 'mysql';

const kinds: Readonly<Record<string, DatabaseKind>> = {
  sqlite: 'sqlite',
  postgres: 'postgres',
  postgresql: 'postgres',
  mysql: 'mysql',
  mariadb: 'mysql',
};

/** @throws Error that names the schemes there are; it does not show the URL, which may hold a password. */
export function databaseKind(url: string): DatabaseKind {
  const scheme = /^([a-z]+):./i.exec(url)?.[1]?.toLowerCase() ?? '';
  const kind = Object.hasOwn(kinds, scheme) ? kinds[scheme] : undefined;
  if (!kind) throw new Error(`the database URL must begin with ${Object.keys(kinds).join(':, ')}:`);
  return kind;
}

/** The file of a SQLite URL: `sqlite:.data/fleet.db`, `sqlite:/var/fleet.db`, `sqlite:///var/fleet.db`. */
export function sqliteFile(url: string): string {
  return url.replace(/^sqlite:(\/\/)?/i, '').replace(/[?#].*$/, '');
}

/** The URL for people to read: passwords are three stars. */
export function maskUrl(url: string): string {
  if (/^sqlite:/i.test(url)) return url;
  try {
    const parsed = new URL(url);
    if (parsed.password !== '') parsed.password = '***';
    for (const name of [...parsed.searchParams.keys()]) {
      if (/password|secret|token|key/i.test(name)) parsed.searchParams.set(name, '***');
    }
    return parsed.href;
  } catch {
    return `${/^[a-z]+/i.exec(url)?.[0] ?? 'database'}://***`;
  }
}
