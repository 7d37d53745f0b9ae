import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Actor } from '../../../src/access/actor.ts';
import type { Caller } from '../../../src/caller.ts';
import { TributaryError } from '../../../src/errors.ts';
import { AdminFile, adminRoute } from '../../../src/http/admin/route.ts';
import { openTestServer, type TestServer } from '../test-graph.ts';

const callers: Readonly<Record<string, Caller>> = {
  admin: internal('admin', ['admin:write']),
  reader: internal('reader', ['admin:read']),
  colleague: internal('colleague', []),
  partner: { ...internal('partner', ['admin:write']), audience: 'PARTNER' },
};

function internal(id: string, scopes: readonly string[]): Caller {
  return { id, audience: 'INTERNAL', tenant: undefined, isAuthenticated: true, scopes: new Set(scopes) };
}

const actors: Actor[] = [];
const routes = [
  adminRoute({
    name: 'getThing',
    method: 'GET',
    path: '/things/{thing}',
    summary: 'Reads a thing.',
    parameters: z.strictObject({ thing: z.string().max(5) }),
    query: z.strictObject({ size: z.coerce.number().int().min(1).default(10) }),
    answer: 'The thing.',
    async handle({ parameters, query }) {
      if (parameters.thing === 'odd') throw new TributaryError('BAD_USER_INPUT', 'It is odd.');
      if (parameters.thing === 'none') throw new TributaryError('NOT_FOUND', 'There is no such thing.');
      return { thing: parameters.thing, size: query.size };
    },
  }),
  adminRoute({
    name: 'makeThing',
    method: 'POST',
    path: '/things',
    summary: 'Makes a thing.',
    body: z.strictObject({ name: z.string().min(3), tags: z.array(z.string()).max(2) }),
    answer: 'The thing.',
    status: 201,
    async handle({ body, actor }) {
      actors.push(actor);
      return body;
    },
  }),
  adminRoute({
    name: 'exportThings',
    method: 'GET',
    path: '/things.csv',
    summary: 'Gives the things as a file.',
    answer: 'A file.',
    handle: async () => new AdminFile('text/csv; charset=utf-8', 'things.csv', 'a,b\n'),
  }),
];

let server: TestServer;
const ask = (path: string, caller: string | undefined, init: RequestInit = {}) =>
  fetch(`${server.adminUrl}/admin${path}`, {
    ...init,
    headers: {
      ...(caller === undefined ? {} : { 'x-caller': caller }),
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(init.headers as Record<string, string>),
    },
  });
const codeOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code;

beforeAll(async () => {
  server = await openTestServer(
    {},
    {
      adminRoutes: routes,
      callerOf: ({ headers }) =>
        callers[String(headers['x-caller'])] ?? { id: 'anonymous', audience: 'INTERNAL', tenant: undefined },
    },
  );
});
afterAll(() => server.close());

describe('the API for administrators', () => {
  it('answers internal callers who were granted it', async () => {
    const response = await ask('/things/t1?size=3', 'reader');
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(await response.json()).toEqual({ thing: 't1', size: 3 });
    expect((await ask('/things/t1', 'admin')).status).toBe(200);
  });

  it('refuses everybody else, whatever they ask for', async () => {
    const none = await ask('/things/t1', undefined);
    expect([none.status, await codeOf(none)]).toEqual([401, 'UNAUTHENTICATED']);
    for (const caller of ['colleague', 'partner']) {
      const refused = await ask('/things/t1', caller);
      expect([refused.status, await codeOf(refused)]).toEqual([403, 'FORBIDDEN']);
    }
    const body = JSON.stringify({ name: 'one', tags: [] });
    expect((await ask('/things', 'reader', { method: 'POST', body })).status).toBe(403);
    expect((await ask('/openapi.json', 'colleague')).status).toBe(403);
    expect(actors).toEqual([]);
  });

  it('tells who did something', async () => {
    const body = JSON.stringify({ name: 'one', tags: [] });
    const headers = { 'user-agent': 'curl/8', 'x-request-id': 'r1' };
    expect((await ask('/things', 'admin', { method: 'POST', body, headers })).status).toBe(201);
    expect(actors).toEqual([
      { type: 'operator', id: 'admin', address: '127.0.0.1', agent: 'curl/8', requestId: 'r1' },
    ]);
  });

  it('names everything that is wrong with a request, and no value of it', async () => {
    const body = JSON.stringify({ name: 's3', tags: ['canary-1', 2, 3], extra: true });
    const response = await ask('/things', 'admin', { method: 'POST', body });
    const text = await response.text();
    expect(response.status).toBe(400);
    for (const part of ['body.name', 'body.tags', 'extra']) expect(text).toContain(part);
    expect(text).not.toContain('canary-1');
    expect((await ask('/things/toolong?size=x', 'admin')).status).toBe(400);
  });

  it('gives files as files, and errors of the table as they are', async () => {
    const file = await ask('/things.csv', 'reader');
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="things.csv"');
    expect(await file.text()).toBe('a,b\n');
    const none = await ask('/things/none', 'reader');
    expect([none.status, await codeOf(none)]).toEqual([404, 'NOT_FOUND']);
    const odd = await ask('/things/odd', 'reader');
    expect([odd.status, await codeOf(odd)]).toEqual([400, 'BAD_USER_INPUT']);
  });

  it('accepts nothing of a page in a browser', async () => {
    const response = await ask('/things/t1', 'admin', { headers: { origin: 'https://evil.example' } });
    expect(await codeOf(response)).toBe('CSRF_BLOCKED');
  });

  it('L10: does not stand on the listener of the endpoint', async () => {
    const response = await fetch(`${server.url}/admin/things/t1`, { headers: { 'x-caller': 'admin' } });
    expect(response.status).toBe(404);
  });

  it('is described by OpenAPI, from the schemas that check what comes in', async () => {
    const description = (await (await ask('/openapi.json', 'reader')).json()) as {
      paths: Record<string, Record<string, Record<string, unknown>>>;
    };
    expect(Object.keys(description.paths)).toEqual([
      '/admin/things/{thing}',
      '/admin/things',
      '/admin/things.csv',
    ]);
    expect(description.paths['/admin/things/{thing}']?.get?.parameters).toMatchObject([
      { name: 'thing', in: 'path', required: true, schema: { type: 'string', maxLength: 5 } },
      { name: 'size', in: 'query', required: false },
    ]);
    expect(description.paths['/admin/things']?.post).toMatchObject({
      operationId: 'makeThing',
      requestBody: { content: { 'application/json': { schema: { required: ['name', 'tags'] } } } },
      responses: { 201: {} },
    });
  });
});
