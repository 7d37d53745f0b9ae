import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { TributaryError } from '../errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** What empties caches: the engine. */
export interface Evictions {
  evict(tags: readonly string[]): Promise<void>;
  evictAll(): Promise<void>;
}

/** `/metrics`, for Prometheus. It stands on the listener for operators alone. */
export function serveMetrics(app: FastifyInstance, metrics: Metrics): void {
  app.get('/metrics', async (_request, reply) => {
    const { contentType, body } = await metrics.text();
    return reply.header('content-type', contentType).header('cache-control', 'no-store').send(body);
  });
}

const tagsSchema = z.strictObject({ tags: z.array(z.string().min(1).max(1_024)).min(1).max(1_000) });
const nothingSchema = z.strictObject({});

/**
 * `POST /cache/evict` with `{"tags": ["ride:7"]}` and `POST /cache/evict-all` with `{}`: nothing that is kept under the
 * tags, or nothing at all, is found any more when the answer comes; answers of operations and whole answers alike.
 * They stand on the listener for operators alone. Only JSON that no page of a browser sent is accepted.
 */
export function serveEvictions(app: FastifyInstance, evictions: Evictions, log: Log): void {
  app.post('/cache/evict', async (request, reply) => {
    const { tags } = read(
      request,
      tagsSchema,
      'The body must be `{"tags": [...]}`: 1 to 1,000 tags, each a text of 1 to 1,024 characters.',
    );
    await evictions.evict(tags);
    log.info({ tags: tags.length }, 'Kept answers were evicted by an operator.');
    return reply.header('cache-control', 'no-store').send({ evicted: tags });
  });
  app.post('/cache/evict-all', async (request, reply) => {
    read(request, nothingSchema, 'The body must be `{}`.');
    await evictions.evictAll();
    log.info({}, 'All kept answers were evicted by an operator.');
    return reply.header('cache-control', 'no-store').send({ evicted: 'all' });
  });
}

function read<Value>({ body, headers }: FastifyRequest, schema: z.ZodType<Value>, expected: string): Value {
  // A browser says where a page's request comes from; operators' tools do not.
  if (headers.origin !== undefined)
    throw new TributaryError('CSRF_BLOCKED', 'Requests of browsers are not accepted here.');
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new TributaryError('BAD_REQUEST', expected);
  return parsed.data;
}
