import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { pageSecurityPolicy } from './security-headers.ts';

/** Where the built page is: beside the built server, or in `dist/` where the sources run. */
const folders = ['../web/', '../../dist/web/'];

export interface GraphiqlOptions {
  /** Path of the GraphQL endpoint. */
  readonly endpoint: string;
  /** What the editor opens with. */
  readonly query: string | undefined;
  /** Folder of the built page, for tests. */
  readonly folder?: string | undefined;
}

/**
 * Serves GraphiQL from our own files. Files have hashes in their names and are kept by browsers for ever; the page and
 * its settings are not.
 *
 * @returns sends the page; `undefined` where it was not built
 */
export async function serveGraphiql(
  app: FastifyInstance,
  { endpoint, query, folder = builtFolder() }: GraphiqlOptions,
): Promise<((reply: FastifyReply) => FastifyReply) | undefined> {
  if (folder === undefined || !existsSync(`${folder}/index.html`)) return undefined;
  const html = readFileSync(`${folder}/index.html`);
  await app.register(fastifyStatic, {
    root: `${folder}/assets`,
    prefix: '/graphiql/assets/',
    decorateReply: false,
    index: false,
    immutable: true,
    maxAge: '365d',
  });
  app.get('/graphiql/settings.json', async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ endpoint, ...(query === undefined ? {} : { query }) }),
  );
  return (reply) =>
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', pageSecurityPolicy)
      .header('cache-control', 'no-store')
      .header('vary', 'accept')
      .send(html);
}

function builtFolder(): string | undefined {
  return folders
    .map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
    .find((folder) => existsSync(`${folder}/index.html`));
}
