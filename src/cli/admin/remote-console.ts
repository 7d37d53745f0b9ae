import { request } from 'undici';
import { type codeOf, errorTable, isTributaryError, TributaryError } from '../../errors.ts';
import type { AskedOfRoute } from '../../http/admin/call-route.ts';
import type { Console } from './console-type.ts';

const answerLimitMs = 30_000;

interface Described {
  readonly method: string;
  readonly path: string;
}

/** A console on the API of a server that runs; what it can do is read from the server's own description. */
export async function openRemoteConsole(url: string, key: string | undefined): Promise<Console> {
  if (key === undefined || key === '')
    throw new TributaryError(
      'UNAUTHENTICATED',
      'Set TRIBUTARY_ADMIN_KEY to an internal API key with the scope `admin:write`.',
    );
  if (!/^https?:/.test(url) || !URL.canParse(url))
    throw new TributaryError('BAD_USER_INPUT', '`--url` is an address such as http://127.0.0.1:4001.');
  const ask = (method: string, path: string, body?: unknown) => exchange(url, key, method, path, body);
  const routes = routesOf(await ask('GET', '/admin/openapi.json').catch(elsewhere));
  return {
    async call(name, asked = {}) {
      const route = routes.get(name);
      if (route === undefined)
        throw new TributaryError('NOT_FOUND', `The server knows no \`${name}\`: it is of another release.`);
      return ask(route.method, pathOf(route, asked), asked.body);
    },
    close: async () => {},
  };
}

async function exchange(
  url: string,
  key: string,
  method: string,
  path: string,
  body: unknown,
): Promise<unknown> {
  const answer = await request(new URL(path, url), {
    method: method as 'GET',
    headers: { 'x-api-key': key, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(answerLimitMs),
  }).catch((cause: unknown) => {
    throw new TributaryError('AUTH_UNAVAILABLE', 'The server cannot be reached at that address.', { cause });
  });
  const text = await answer.body.text();
  const isJson = String(answer.headers['content-type']).startsWith('application/json');
  if (answer.statusCode >= 400) throw failure(isJson ? JSON.parse(text) : undefined, answer.statusCode);
  return isJson ? JSON.parse(text) : text;
}

/** Most often the address of the endpoint. */
function elsewhere(thrown: unknown): never {
  if (!isTributaryError(thrown) || thrown.code !== 'NOT_FOUND') throw thrown;
  throw new TributaryError(
    'NOT_FOUND',
    'There is no API for administrators at that address: it is on the listener for operators (ADMIN_PORT).',
  );
}

function failure(value: unknown, status: number): TributaryError {
  const [error] =
    (Object(value) as { errors?: readonly { message?: unknown; extensions?: { code?: unknown } }[] })
      .errors ?? [];
  const code = String(error?.extensions?.code);
  const known = Object.hasOwn(errorTable, code)
    ? (code as ReturnType<typeof codeOf>)
    : 'INTERNAL_SERVER_ERROR';
  const message = typeof error?.message === 'string' ? error.message : `The server answered ${status}.`;
  return new TributaryError(known, message);
}

function routesOf(description: unknown): ReadonlyMap<string, Described> {
  const { paths = {} } = Object(description) as {
    paths?: Record<string, Record<string, { operationId?: string }>>;
  };
  const routes = new Map<string, Described>();
  for (const [path, methods] of Object.entries(paths))
    for (const [method, { operationId }] of Object.entries(methods))
      if (operationId !== undefined) routes.set(operationId, { method: method.toUpperCase(), path });
  return routes;
}

function pathOf({ path }: Described, { parameters, query }: AskedOfRoute): string {
  const values = Object(parameters) as Record<string, unknown>;
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
  const given = Object.entries(Object(query) as Record<string, unknown>).filter(
    ([, value]) => value !== undefined,
  );
  const search = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
  return given.length === 0 ? filled : `${filled}?${search}`;
}
