import type { z } from 'zod';
import type { Actor } from '../../access/actor.ts';
import { TributaryError } from '../../errors.ts';
import { AdminFile, type AdminRoute } from './route.ts';
import { shown } from './shown.ts';

/** What was asked of a route, as it came: not checked yet. */
export interface AskedOfRoute {
  readonly parameters?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

/**
 * Does what a route does. The HTTP API and the command line both come here.
 *
 * @throws TributaryError `BAD_REQUEST`, which names everything that is wrong and repeats no value; what the route throws
 */
export async function callRoute(route: AdminRoute, asked: AskedOfRoute, actor: Actor): Promise<unknown> {
  const wrong: string[] = [];
  const part = (name: string, type: z.ZodType | undefined, value: unknown): unknown => {
    if (type === undefined) return undefined;
    const parsed = type.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues)
      wrong.push(`${[name, ...path].map(String).join('.')}: ${message}`);
    return undefined;
  };
  const request = {
    parameters: part('path', route.parameters, asked.parameters ?? {}),
    query: part('query', route.query, asked.query ?? {}),
    body: part('body', route.body, asked.body),
    actor,
  };
  if (wrong.length > 0)
    throw new TributaryError('BAD_REQUEST', `The request is not acceptable. ${wrong.join('. ')}.`);
  const answer = await route.handle(request);
  return answer instanceof AdminFile ? answer : shown(answer ?? {});
}
