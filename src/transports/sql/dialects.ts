import type { Dialect } from './dialect.ts';

/** Only the driver that a URL asks for is loaded. */
const dialects: Readonly<Record<string, () => Promise<Dialect>>> = {
  sqlite: async () => (await import('./dialects/sqlite.ts')).sqlite,
};

/** The dialect of a database's URL. Throws where the scheme is none of them; the URL itself is not repeated. */
export async function dialectOf(url: string): Promise<Dialect> {
  const scheme = /^([a-z]+):/i.exec(url)?.[1]?.toLowerCase() ?? '';
  const load = Object.hasOwn(dialects, scheme) ? dialects[scheme] : undefined;
  if (load !== undefined) return await load();
  throw new Error(
    `\`url\` must begin with ${Object.keys(dialects)
      .map((known) => `\`${known}:\``)
      .join(', ')}, but it begins with \`${scheme}:\`.`,
  );
}
