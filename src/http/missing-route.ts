import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TributaryError } from '../errors.ts';

/**
 * Tells what is wrong with a request that no route takes, from the routes that are added from here on: `NOT_FOUND`, or
 * `METHOD_NOT_ALLOWED` with `Allow` in the reply where other methods of the path are served. Implements "405 Method Not Allowed",
 * RFC 9110 §15.5.6: a client that is told 404 would look for another address.
 *
 * @param endpoints the paths of the GraphQL endpoint, which say more of their methods
 */
export function missingRoutes(
  app: FastifyInstance,
  endpoints: ReadonlySet<string>,
): (request: FastifyRequest, reply: FastifyReply) => TributaryError {
  const methodsByPath = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ method, url }) => {
    // Preflights may ask about every path, whether it is there or not.
    if (url === '*') return;
    // A browser is led on from there; for others it is the wrong address, with whatever method.
    if (url === '/' && !endpoints.has('/')) return;
    const methods = methodsByPath.get(url) ?? new Set();
    methodsByPath.set(url, methods);
    for (const each of [method].flat()) methods.add(each.toUpperCase());
  });
  return ({ url, method }, reply) => {
    const [path = ''] = url.split('?', 1);
    const allowed = allowedAt(path, methodsByPath);
    // A route that takes the method and has nothing there, as one for files.
    if (allowed.length === 0 || allowed.includes(method))
      return new TributaryError('NOT_FOUND', 'There is no such path.');
    reply.header('allow', allowed.join(', '));
    const message = endpoints.has(path) ? 'Use POST, or GET for queries.' : `Use ${allowed.join(' or ')}.`;
    return new TributaryError('METHOD_NOT_ALLOWED', message);
  };
}

/** Paths with parameters are looked through one by one: there are some dozens, and only who asks amiss comes here. */
function allowedAt(path: string, methodsByPath: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const allowed = new Set<string>();
  for (const [template, methods] of methodsByPath)
    if (template === path || isAt(path, template)) for (const method of methods) allowed.add(method);
  return [...allowed].sort();
}

/** Whether a path is one of a template such as `/admin/apps/:app/keys` or `/graphiql/assets/*`. */
function isAt(path: string, template: string): boolean {
  if (!/[:*]/.test(template)) return false;
  const asked = path.split('/');
  const parts = template.split('/');
  const isOpen = parts.at(-1) === '*';
  if (isOpen ? asked.length < parts.length : asked.length !== parts.length) return false;
  return parts.every((part, at) => {
    if (part.startsWith(':')) return asked[at] !== '';
    return part === asked[at] || (isOpen && at === parts.length - 1);
  });
}
