import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../access/actor.ts';
import type { SwitchBoard } from '../../access/switches/switch-board.ts';
import type { Caller } from '../../caller.ts';
import { TributaryError } from '../../errors.ts';
import type { Callers } from '../callers.ts';
import { requestIdOf } from '../request-headers.ts';
import { callRoute } from './call-route.ts';
import { describeRoutes } from './openapi.ts';
import { AdminFile, type AdminRoute, scopeOf } from './route.ts';

export interface AdminOptions {
  readonly routes: readonly AdminRoute[];
  readonly callers: Callers;
  /** Whose key or app is switched off administers nothing either. @default nobody's is */
  readonly switches?: Pick<SwitchBoard, 'refusesCredentials'> | undefined;
}

/**
 * The API for administrators, below `/admin`, on the listener for operators alone. Internal credentials with the scope
 * `admin:read` or `admin:write` may use it; pages of browsers may not. `/admin/openapi.json` describes it.
 */
export function serveAdmin(app: FastifyInstance, options: AdminOptions): void {
  const { routes } = options;
  const description = describeRoutes(routes);
  app.get('/admin/openapi.json', async (request, reply) => {
    await actorOf(request, options, 'admin:read');
    return reply.header('cache-control', 'no-store').send(description);
  });
  for (const route of routes)
    app.route({
      method: route.method,
      url: `/admin${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      handler: async (request, reply) => {
        const actor = await actorOf(request, options, scopeOf(route));
        const { params, query, body } = request;
        return send(reply, route, await callRoute(route, { parameters: params, query, body }, actor));
      },
    });
}

/** Who asks; whoever may not is told nothing but that. */
async function actorOf(
  { raw, headers }: FastifyRequest,
  { callers, switches }: AdminOptions,
  scope: string,
): Promise<Actor> {
  // A browser says where a page's request comes from; operators' tools do not.
  if (headers.origin !== undefined)
    throw new TributaryError('CSRF_BLOCKED', 'Requests of browsers are not accepted here.');
  const credentials = callers.take(raw);
  const caller = await callers.identify(credentials);
  if (caller.isAuthenticated !== true)
    throw new TributaryError('UNAUTHENTICATED', 'Administrators need an internal API key or token.');
  if (caller.audience !== 'INTERNAL' || !grants(caller, scope))
    throw new TributaryError('FORBIDDEN', `The scope \`${scope}\` is needed, of an internal app or user.`);
  const blocked = switches?.refusesCredentials(caller);
  if (blocked !== undefined) throw blocked;
  const agent = headers['user-agent'];
  // The scope makes an operator of whoever has it: users of ours are limited to their groups.
  return {
    type: 'operator',
    id: caller.user ?? caller.id,
    address: credentials.address,
    ...(agent === undefined ? {} : { agent }),
    requestId: requestIdOf(headers['x-request-id']),
  };
}

/** Who may change things may look at them. */
function grants({ scopes }: Caller, scope: string): boolean {
  return scopes !== undefined && (scopes.has(scope) || scopes.has('admin:write'));
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
