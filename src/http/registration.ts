import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Registration } from '../access/registration/registration.ts';
import { TributaryError } from '../errors.ts';
import { shown } from './admin/shown.ts';
import type { Callers } from './callers.ts';

const asking = z.strictObject({ email: z.string().max(254), name: z.string().max(100) });
const confirming = z.strictObject({ code: z.string().min(1).max(200) });

/**
 * `POST /register` with `{"email", "name"}`: whoever has the address gets a code, and nobody else learns whether they were
 * known. `POST /register/confirm` with `{"code"}`: an app on the open plan, and its key, shown once.
 */
export function serveRegistration(app: FastifyInstance, registration: Registration, callers: Callers): void {
  app.post('/register', async (request, reply) => {
    const { email, name } = read(asking, request.body, '`{"email": "…", "name": "…"}`');
    await registration.register(email, name, callers.take(request.raw).address);
    return reply
      .code(202)
      .header('cache-control', 'no-store')
      .send({ message: 'If the address can be used, a message with a code is on its way to it.' });
  });
  app.post('/register/confirm', async (request, reply) => {
    const { code } = read(confirming, request.body, '`{"code": "…"}`');
    const { app: made, key } = await registration.confirm(code, callers.take(request.raw).address);
    return reply
      .code(201)
      .header('cache-control', 'no-store')
      .send(shown({ app: made, key: key.key, info: key.info }));
  });
}

function read<Value>(type: z.ZodType<Value>, body: unknown, expected: string): Value {
  const parsed = type.safeParse(body);
  if (!parsed.success) throw new TributaryError('BAD_REQUEST', `The body must be ${expected}.`);
  return parsed.data;
}
