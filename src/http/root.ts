import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TributaryError } from '../errors.ts';

/**
 * Leads a browser from the address that the log shows first to the page of the endpoint: whoever opens the server for the
 * first time types no path. For everybody else there is nothing there.
 */
export function serveRoot(app: FastifyInstance, endpoint: string): void {
  if (endpoint === '/') return;
  app.get('/', (request, reply) => {
    if (!wantsPage(request)) throw new TributaryError('NOT_FOUND', 'There is no such path.');
    return reply.header('vary', 'accept').redirect(endpoint);
  });
}

/** A browser that opens an address: it asks for HTML, and for nothing that the endpoint could answer instead. */
export function wantsPage({ method, headers }: FastifyRequest): boolean {
  const { accept } = headers;
  return (
    method === 'GET' && accept?.includes('text/html') === true && !/application\/(\S*\+)?json/.test(accept)
  );
}
