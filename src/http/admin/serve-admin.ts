import type { FastifyInstance, FastifyReply } from 'fastify';
import { type AdminActors, actorOf } from './admin-actor.ts';
import { callRoute } from './call-route.ts';
import { describeRoutes } from './openapi.ts';
import { AdminFile, type AdminRoute, scopeOf } from './route.ts';

export interface AdminOptions extends AdminActors {
  readonly routes: readonly AdminRoute[];
}

/**
 * The API for administrators, below `/admin`, on the listener for operators alone. Internal credentials with the scope
 * `admin:read` or `admin:write` may use it; pages of browsers may not. `/admin/openapi.json` describes it.
 */
export function serveAdmin(app: FastifyInstance, options: AdminOptions): void {
  const { routes } = options;
  const description = describeRoutes(routes);
  app.get('/admin/openapi.json', async (request, reply) => {
    await actorOf(request, options, { name: 'openapi', scope: 'admin:read' });
    return reply.header('cache-control', 'no-store').send(description);
  });
  for (const route of routes)
    app.route({
      method: route.method,
      url: `/admin${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      handler: async (request, reply) => {
        const actor = await actorOf(request, options, { name: route.name, scope: scopeOf(route) });
        const { params, query, body } = request;
        return send(reply, route, await callRoute(route, { parameters: params, query, body }, actor));
      },
    });
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
