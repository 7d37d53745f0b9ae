import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Actor } from '../../access/actor.ts';
import type { Caller } from '../../caller.ts';
import { TributaryError } from '../../errors.ts';
import type { Callers } from '../callers.ts';
import { requestIdOf } from '../request-headers.ts';
import { describeRoutes } from './openapi.ts';
import { AdminFile, type AdminRequest, type AdminRoute, scopeOf } from './route.ts';

export interface AdminOptions {
  readonly routes: readonly AdminRoute[];
  readonly callers: Callers;
}

/**
 * The API for administrators, below `/admin`, on the listener for operators alone. Internal credentials with the scope
 * `admin:read` or `admin:write` may use it; pages of browsers may not. `/admin/openapi.json` describes it.
 */
export function serveAdmin(app: FastifyInstance, { routes, callers }: AdminOptions): void {
  const description = describeRoutes(routes);
  app.get('/admin/openapi.json', async (request, reply) => {
    await actorOf(request, callers, 'admin:read');
    return reply.header('cache-control', 'no-store').send(description);
  });
  for (const route of routes)
    app.route({
      method: route.method,
      url: `/admin${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      handler: async (request, reply) => {
        const actor = await actorOf(request, callers, scopeOf(route));
        return send(reply, route, await route.handle(read(request, route, actor)));
      },
    });
}

/** Who asks; whoever may not is told nothing but that. */
async function actorOf(
  { raw, headers, ip }: FastifyRequest,
  callers: Callers,
  scope: string,
): Promise<Actor> {
  // A browser says where a page's request comes from; operators' tools do not.
  if (headers.origin !== undefined)
    throw new TributaryError('CSRF_BLOCKED', 'Requests of browsers are not accepted here.');
  const caller = await callers.identify(callers.take(raw));
  if (caller.isAuthenticated !== true)
    throw new TributaryError('UNAUTHENTICATED', 'Administrators need an internal API key or token.');
  if (caller.audience !== 'INTERNAL' || !grants(caller, scope))
    throw new TributaryError('FORBIDDEN', `The scope \`${scope}\` is needed, of an internal app or user.`);
  const agent = headers['user-agent'];
  return {
    type: caller.user === undefined ? 'operator' : 'user',
    id: caller.user ?? caller.id,
    address: ip,
    ...(agent === undefined ? {} : { agent }),
    requestId: requestIdOf(headers['x-request-id']),
  };
}

/** Who may change things may look at them. */
function grants({ scopes }: Caller, scope: string): boolean {
  return scopes !== undefined && (scopes.has(scope) || scopes.has('admin:write'));
}

function read(
  { params, query, body }: FastifyRequest,
  route: AdminRoute,
  actor: Actor,
): AdminRequest<unknown, unknown, unknown> {
  const wrong: string[] = [];
  const part = (name: string, type: z.ZodType | undefined, value: unknown): unknown => {
    if (type === undefined) return undefined;
    const parsed = type.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues)
      wrong.push(`${[name, ...path].map(String).join('.')}: ${message}`);
    return undefined;
  };
  const asked = {
    parameters: part('path', route.parameters, params),
    query: part('query', route.query, query),
    body: part('body', route.body, body),
    actor,
  };
  if (wrong.length > 0)
    throw new TributaryError('BAD_REQUEST', `The request is not acceptable. ${wrong.join('. ')}.`);
  return asked;
}

function send(reply: FastifyReply, { status = 200 }: AdminRoute, answer: unknown): FastifyReply {
  reply.header('cache-control', 'no-store');
  if (!(answer instanceof AdminFile)) return reply.code(status).send(answer ?? {});
  return reply
    .code(status)
    .header('content-type', answer.mediaType)
    .header('content-disposition', `attachment; filename="${answer.name}"`)
    .send(answer.text);
}
