import { Writable } from 'node:stream';
import { buildSchema, type GraphQLObjectType } from 'graphql';
import type { Caller } from '../../src/caller.ts';
import { ProblemsError } from '../../src/config/problems.ts';
import { type ServerConfigInput, serverConfigSchema } from '../../src/config/server-config.ts';
import { openAudienceExecutions } from '../../src/execution/audience-executions.ts';
import type { Gate } from '../../src/execution/gate.ts';
import { protect } from '../../src/graph/access/protect.ts';
import { attachResolvers } from '../../src/graph/attach.ts';
import { contractProblems, contractsOf } from '../../src/graph/audiences/contracts.ts';
import { contractDirectives } from '../../src/graph/contract.ts';
import { openServer } from '../../src/http/server.ts';
import type { Cache } from '../../src/operations/caches/cache.ts';
import { processCache } from '../../src/operations/caches/process-cache.ts';
import type { Datasource } from '../../src/operations/datasource.ts';
import { openEngine } from '../../src/operations/engine.ts';
import { openTelemetry } from '../../src/telemetry/telemetry.ts';
import { type Clock, steadyClock } from '../../src/util/clock.ts';
import { callersNamed } from '../support/callers-named.ts';

/** By the coordinate of the field: a binding or a function. */
export type Entries = Readonly<Record<string, unknown>>;

export interface BoundGraph {
  readonly url: string;
  readonly adminUrl: string;
  readonly clock: Clock & { skip(durationMs: number): void };
  /** POSTs a query; a second caller says who it is. */
  ask(query: string, more?: Asking): Promise<Asked>;
  log(): readonly Record<string, unknown>[];
  metrics(): Promise<string>;
  evict(tags: readonly string[]): Promise<void>;
  evictAll(): Promise<void>;
  close(): Promise<void>;
}

export interface Asking {
  readonly variables?: object;
  readonly operationName?: string;
  /** One of `callers`, or of those that the graph was opened with. */
  readonly as?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: 'GET' | 'POST';
  readonly signal?: AbortSignal;
}

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly data: Record<string, unknown> | undefined | null;
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
  readonly extensions?: Record<string, unknown>;
}

export const callers = {
  anna: { id: 'anna', audience: 'INTERNAL', tenant: 'acme' },
  bert: { id: 'bert', audience: 'INTERNAL', tenant: 'acme' },
  carl: { id: 'carl', audience: 'PARTNER', tenant: 'acme' },
  dora: { id: 'dora', audience: 'INTERNAL', tenant: 'other' },
  emil: { id: 'emil', audience: 'INTERNAL', tenant: undefined },
} as const satisfies Record<string, Caller>;

/** Servers and clients share the event loop of a test; it may stand still for longer than a server's should. */
const busy = { maxLagMs: 60_000 };

/** A server on free ports over a schema with bindings; callers tell who they are in the header `x-caller`. */
export async function openBoundGraph(
  sdl: string,
  entries: Entries,
  datasources: readonly Datasource[],
  config: ServerConfigInput = {},
  cacheOf: (clock: Clock) => Cache = (clock) =>
    processCache({ maxEntries: 10_000, maxBytes: 10_000_000, clock }),
  more: Readonly<Record<string, Caller>> = {},
  gate?: Gate,
  manifest?: ReadonlyMap<string, string>,
): Promise<BoundGraph> {
  const limits = { ...busy, ...config.limits };
  const whole = serverConfigSchema.parse({ port: 0, adminPort: 0, graphiql: false, ...config, limits });
  const schema = buildSchema(`${contractDirectives}\n${sdl}`);
  attachResolvers(
    Object.entries(entries).map(([coordinate, entry]) => {
      const [type = '', name = ''] = coordinate.split('.');
      const field = (schema.getType(type) as GraphQLObjectType).getFields()[name];
      if (field === undefined) throw new Error(`There is no ${coordinate}.`);
      return { coordinate, field, entry: entry as never };
    }),
  );
  let skipped = 0;
  const clock = {
    now: () => steadyClock.now() + skipped,
    skip: (durationMs: number) => {
      skipped += durationMs;
    },
  };
  const lines: string[] = [];
  const logStream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const telemetry = await openTelemetry({ logLevel: whole.logLevel, logStream });
  const cache = cacheOf(clock);
  const engine = await openEngine(datasources, { variables: {}, log: telemetry.log, cache, clock });
  const wrong = contractProblems(schema);
  if (wrong.length > 0) throw new ProblemsError(wrong);
  const contracts = contractsOf(schema);
  for (const contract of contracts.values()) protect(contract, schema, whole.access.everyOwnerScope);
  const execution = await openAudienceExecutions({
    contracts,
    manifest,
    engine,
    telemetry,
    config: whole,
    cache,
    clock,
    random: () => 0,
  });
  const gated = <Run extends object>(run: Run): Run => Object.assign(run, { gate });
  const server = await openServer({
    execution: {
      ...execution,
      answer: (request, run) => execution.answer(request, gated(run)),
      kept: (text, run) => execution.kept(text, gated(run)),
    },
    telemetry,
    config: whole,
    caches: engine,
    health: { ping: (signal) => engine.ping(signal) },
    callers: callersNamed(({ headers }) => callerNamed({ ...callers, ...more }, headers['x-caller'])),
  });
  const url = `${server.url}/graphql`;
  return {
    url,
    adminUrl: server.adminUrl,
    clock,
    async ask(query, { variables, operationName, as = 'anna', headers = {}, method = 'POST', signal } = {}) {
      const search = new URLSearchParams({
        query,
        ...(variables && { variables: JSON.stringify(variables) }),
      });
      const response = await fetch(method === 'GET' ? `${url}?${search}` : url, {
        method,
        headers: { 'content-type': 'application/json', 'x-caller': as, ...headers },
        ...(method === 'POST' && { body: JSON.stringify({ query, variables, operationName }) }),
        ...(signal && { signal }),
      });
      const text = await response.text();
      const body = text === '' ? { data: undefined } : (JSON.parse(text) as Pick<Asked, 'data'>);
      return { status: response.status, headers: response.headers, text, ...body };
    },
    log: () =>
      lines
        .join('')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    metrics: async () => await (await fetch(`${server.adminUrl}/metrics`)).text(),
    evict: (tags) => engine.evict(tags),
    evictAll: () => engine.evictAll(),
    async close() {
      await server.close();
      await execution.close();
      await engine.close();
      await telemetry.close();
    },
  };
}

function callerNamed(known: Readonly<Record<string, Caller>>, name: unknown = 'anna'): Caller {
  const caller = known[String(name)];
  if (caller === undefined) throw new Error(`There is no caller ${String(name)}.`);
  return caller;
}
