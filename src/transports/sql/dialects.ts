import type { Dialect } from './dialect.ts';

/** Only the driver that a URL asks for is loaded. */
const dialects: Readonly<Record<string, () => Promise<Dialect>>> = {
  sqlite: async () => (await import('./dialects/sqlite.ts')).sqlite,
  postgres: async () => (await import('./dialects/postgres.ts')).postgres,
  postgresql: async () => (await import('./dialects/postgres.ts')).postgres,
  mysql: async () => (await import('./dialects/mysql.ts')).mysql,
  mariadb: async () => (await import('./dialects/mysql.ts')).mariadb,
};

/** The dialect of a database's URL. Throws where the scheme is none of them; the URL itself is not repeated. */
export async function dialectOf(url: string): Promise<Dialect> {
  const scheme = /^([a-z]+):/i.exec(url)?.[1]?.toLowerCase() ?? '';
  const load = Object.hasOwn(dialects, scheme) ? dialects[scheme] : undefined;
  if (load !== undefined) return await load();
  const known = Object.keys(dialects).map((name) => `\`${name}:\``);
  throw new Error(`\`url\` must begin with one of ${known.join(', ')}.`);
}
