import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import {
  buildSchema,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { Registration } from '../../src/access/registration/registration.ts';
import { type ServerConfigInput, serverConfigSchema } from '../../src/config/server-config.ts';
import { TributaryError } from '../../src/errors.ts';
import { type Execution, openExecution } from '../../src/execution/execution.ts';
import type { FieldContext } from '../../src/graph/fields.ts';
import type { AdminRoute } from '../../src/http/admin/route.ts';
import type { Callers } from '../../src/http/callers.ts';
import type { Metering } from '../../src/http/metered.ts';
import type { OAuthOptions } from '../../src/http/oauth.ts';
import { openServer, type Server } from '../../src/http/server.ts';
import { processCache } from '../../src/operations/caches/process-cache.ts';
import type { CallContext } from '../../src/operations/call.ts';
import { defineDatasource } from '../../src/operations/datasource.ts';
import { type OperationEngine, openEngine } from '../../src/operations/engine.ts';
import type { OperationSpec } from '../../src/operations/operation.ts';
import { openTelemetry, type Telemetry } from '../../src/telemetry/telemetry.ts';
import { signalOf } from '../../src/util/abort.ts';
import { steadyClock } from '../../src/util/clock.ts';
import { type CallerOf, callersNamed } from '../support/callers-named.ts';

export const sdl = /* GraphQL */ `
  directive @cacheControl(
    maxAge: Int
    scope: CacheControlScope
    inheritMaxAge: Boolean
  ) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
  enum CacheControlScope { PUBLIC PRIVATE }
  enum Colour { RED GREEN }
  input Filter { colour: Colour!, sizes: [Int!], nested: Filter }
  input Choice @oneOf { byId: ID, byName: String }
  type Query {
    hello: String @cacheControl(maxAge: 60)
    echo(text: String, filter: Filter, choice: Choice, count: Int): String
    thing(id: ID!): Thing
    things(ids: [ID!]!): [Thing]
    cached: Cached @cacheControl(maxAge: 30, scope: PRIVATE)
    fails(how: String!): String
    must: String!
    stuck: String
    leaks: Int
  }
  type Mutation { bump: Int, count: Int }
  type Thing { id: ID!, name: String, self: Thing }
  type Cached { a: String, b: String @cacheControl(maxAge: 10) }
`;

/** What the backend does with a request for an id. */
export type Behaviour = (id: string, request: IncomingMessage, response: ServerResponse) => void;

export interface Backend {
  readonly url: string;
  /** How many requests came, and how many of them were cut before their answer. */
  readonly counts: { requests: number; cut: number };
  behave(behaviour: Behaviour): void;
  close(): Promise<void>;
}

/** A real server that answers `/<id>,<id>` with the names of things. */
export async function openBackend(): Promise<Backend> {
  const usual: Behaviour = (ids, _request, response) => {
    response.end(JSON.stringify(Object.fromEntries(ids.split(',').map((id) => [id, `thing ${id}`]))));
  };
  let behaviour = usual;
  const counts = { requests: 0, cut: 0 };
  const server = createServer((request, response) => {
    counts.requests += 1;
    response.on('close', () => {
      if (!response.writableFinished) counts.cut += 1;
    });
    behaviour(decodeURIComponent(request.url?.slice(1) ?? ''), request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    counts,
    behave: (next) => {
      behaviour = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Id = { id: string };
interface Thing {
  readonly id: string;
  readonly name: string | undefined;
}

function thingsOf(url: string) {
  const spec: OperationSpec<Id, Thing> = {
    protocol: 'test',
    kind: 'read',
    spec: undefined,
    options: {},
    batched: true,
    keyInputs: ['id'],
    adapters: [],
  };
  return defineDatasource('test', 'things', { operations: { thing: spec } }, {}, () => ({
    prepare: () => ({
      maxInputs: 100,
      call: (async (inputs: readonly Id[], context: CallContext) => {
        const ids = inputs.map(({ id }) => id).join(',');
        const signal = signalOf(context.signal);
        const response = await fetch(`${url}/${encodeURIComponent(ids)}`, { signal }).catch(
          (cause: unknown) => {
            throw new TributaryError('UPSTREAM_UNAVAILABLE', undefined, { service: 'things', cause });
          },
        );
        const text = await response.text();
        if (!response.ok)
          throw new TributaryError('DOWNSTREAM_SERVICE_ERROR', undefined, {
            service: 'things',
            detail: text,
          });
        const names = JSON.parse(text) as Record<string, string>;
        return inputs.map(({ id }) => ({ id, name: names[id] }));
      }) as never,
    }),
    ping: async (signal) => {
      await (await fetch(`${url}/ping`, { signal })).text();
    },
  }));
}

type Resolver = GraphQLFieldResolver<unknown, FieldContext>;

/** How often each field of this schema was resolved. */
export type Resolved = Map<string, number>;

function schemaOf(things: ReturnType<typeof thingsOf>, resolved: Resolved): GraphQLSchema {
  const schema = buildSchema(sdl);
  const on = (type: string, name: string, resolver: Resolver): void => {
    const field = (schema.getType(type) as GraphQLObjectType).getFields()[name];
    if (field === undefined) throw new Error(`There is no ${type}.${name}.`);
    field.resolve = (...parameters) => {
      resolved.set(`${type}.${name}`, (resolved.get(`${type}.${name}`) ?? 0) + 1);
      return resolver(...(parameters as Parameters<Resolver>));
    };
  };
  let count = 0;
  on('Query', 'hello', () => 'world');
  on('Query', 'echo', (_parent, args) => args.text ?? JSON.stringify(args));
  on('Query', 'thing', (_parent, args, { load }) => load(things.thing, { id: args.id }));
  on('Query', 'things', (_parent, args, { load }) =>
    (args.ids as string[]).map((id) => load(things.thing, { id })),
  );
  on('Thing', 'self', (parent, _args, { load }) => load(things.thing, { id: (parent as Thing).id }));
  on('Query', 'cached', () => ({ a: 'a', b: 'b' }));
  on('Query', 'must', () => null);
  on('Query', 'stuck', () => new Promise(() => {}));
  on('Query', 'leaks', () => 'canary-from-a-backend');
  on('Query', 'fails', (_parent, { how }) => {
    if (how === 'plain') throw new Error('plain trouble at /etc/secret-canary with password=hunter2-canary');
    if (how === 'string') throw 'a thrown string-canary';
    if (how === 'graphql')
      throw new GraphQLError('told by a graphql-canary', { extensions: { secret: 'x-canary' } });
    if (how === 'foreign')
      throw Object.assign(new Error('foreign-canary'), { name: 'TributaryError', code: 'NOT_OF_THE_TABLE' });
    throw new TributaryError('CONFLICT', 'The ride is over already.', {
      service: 'things',
      detail: 'detail-for-operators',
      shown: { faultCode: 7, code: 'HIDDEN' },
    });
  });
  on('Mutation', 'bump', async (_parent, _args, { load }) => {
    await load(things.thing, { id: 'seen' });
    count += 1;
    return count;
  });
  on('Mutation', 'count', () => count);
  return schema;
}

export interface TestServer extends Server {
  readonly backend: Backend;
  readonly engine: OperationEngine;
  readonly execution: Execution;
  readonly telemetry: Telemetry;
  readonly resolved: Resolved;
  /** How many requests were read, and not answered by their text alone. */
  reads(): number;
  /** The records of the log so far. */
  log(): readonly Record<string, unknown>[];
  /** Everything that was logged, as text. */
  logText(): string;
  /** POSTs a GraphQL request. */
  ask(body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** POSTs a query and gives the whole answer. */
  query(query: string, variables?: unknown): Promise<Answer>;
}

export interface Answer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: Record<string, unknown>;
  }[];
}

/** The whole server on free ports: a real engine, a real backend, a schema made by hand. */
export async function openTestServer(
  input: ServerConfigInput = {},
  more: {
    readonly webFolder?: string;
    readonly cacheFault?: () => string | undefined;
    readonly callerOf?: CallerOf;
    readonly adminRoutes?: readonly AdminRoute[];
    readonly callers?: Callers;
    readonly unready?: () => readonly string[];
    readonly oauth?: OAuthOptions;
    readonly metering?: Metering;
    readonly registration?: Registration;
  } = {},
): Promise<TestServer> {
  const config = serverConfigSchema.parse({ port: 0, adminPort: 0, graphiql: false, ...input });
  const chunks: string[] = [];
  const logStream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  const backend = await openBackend();
  const telemetry = await openTelemetry({ logLevel: config.logLevel, traceUrl: config.traceUrl, logStream });
  const things = thingsOf(backend.url);
  const cache = processCache({ maxEntries: 1_000, maxBytes: 1_000_000, clock: steadyClock });
  const engine = await openEngine([things], { variables: {}, log: telemetry.log, cache });
  const resolved: Resolved = new Map();
  const schema = schemaOf(things, resolved);
  const execution = await openExecution({ schema, engine, telemetry, config, cache });
  let reads = 0;
  const server = await openServer({
    execution: {
      ...execution,
      answer(request, run) {
        reads += 1;
        return execution.answer(request, run);
      },
    },
    telemetry,
    config,
    caches: engine,
    health: {
      ping: (signal) => engine.ping(signal),
      ...(more.cacheFault ? { cacheFault: more.cacheFault } : {}),
      ...(more.unready ? { unready: more.unready } : {}),
    },
    oauth: more.oauth,
    metering: more.metering,
    registration: more.registration,
    ...(more.callers === undefined ? {} : { callers: more.callers }),
    ...(more.callerOf === undefined ? {} : { callers: callersNamed(more.callerOf) }),
    ...(more.adminRoutes === undefined ? {} : { adminRoutes: more.adminRoutes }),
    ...(more.webFolder === undefined ? {} : { webFolder: more.webFolder }),
  });
  const logText = (): string => chunks.join('');
  const ask: TestServer['ask'] = (body, headers = {}) =>
    fetch(`${server.url}${config.path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    });
  return {
    ...server,
    backend,
    engine,
    execution,
    telemetry,
    resolved,
    reads: () => reads,
    logText,
    log: () =>
      logText()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    ask,
    query: async (query, variables) => (await (await ask({ query, variables })).json()) as Answer,
    async close() {
      await server.close();
      await execution.close();
      await engine.close();
      await telemetry.close();
      await backend.close();
    },
  };
}
