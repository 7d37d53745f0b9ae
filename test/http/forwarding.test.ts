import { Writable } from 'node:stream';
import { buildSchema, type GraphQLFieldResolver, type GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configuredIssuer } from '../../src/access/identity/configured-issuer.ts';
import { Identity } from '../../src/access/identity/identity.ts';
import { TokenVerifier } from '../../src/access/identity/token-verifier.ts';
import { type ServerConfigInput, serverConfigSchema } from '../../src/config/server-config.ts';
import { openExecution } from '../../src/execution/execution.ts';
import type { FieldContext } from '../../src/graph/fields.ts';
import { callersBy } from '../../src/http/callers.ts';
import { forwardedFrom } from '../../src/http/forwarded.ts';
import { openServer, type Server } from '../../src/http/server.ts';
import { processCache } from '../../src/operations/caches/process-cache.ts';
import { datasourceInfo } from '../../src/operations/datasource.ts';
import { openEngine } from '../../src/operations/engine.ts';
import { forwardingOfAll } from '../../src/operations/forwarding.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { openTelemetry } from '../../src/telemetry/telemetry.ts';
import { get } from '../../src/transports/rest/builders.ts';
import { rest } from '../../src/transports/rest/rest.ts';
import { steadyClock } from '../../src/util/clock.ts';
import { httpServer, sendJson, type TestServer } from '../support/http-server.ts';
import { type IdentityProvider, openIdentityProvider, recipient } from '../support/identity-provider.ts';
import { partnerKey } from '../support/partner-key.ts';
import { rawRequest } from './raw-request.ts';

const key = `trib_live_partner_CANARY31f0`;
const opened: (() => unknown)[] = [];
let provider: IdentityProvider;
let backend: TestServer;
let plain: TestServer;
let server: Server;
let tokens: { readonly anna: string; readonly bert: string };
let told = '';
/** Requests at the backend are answered when as many are there. */
let together = 1;
let waiting: (() => void)[] = [];

/** Says whose token and which language came, and gives away what it should not. */
function openBackend(): Promise<TestServer> {
  return httpServer(({ headers }, response) => {
    const payload = headers.authorization?.split('.')[1] ?? '';
    const { sub = 'nobody' } = payload === '' ? {} : JSON.parse(Buffer.from(payload, 'base64url').toString());
    response.setHeader('x-ratelimit-remaining', '41');
    response.setHeader('x-internal', 'rack-7');
    response.setHeader('set-cookie', 'session=CANARY');
    waiting.push(() => sendJson(response, { text: `${sub} ${headers['accept-language'] ?? ''}`.trim() }));
    if (waiting.length < together) return;
    for (const answer of waiting) answer();
    waiting = [];
  });
}

beforeAll(async () => {
  provider = await openIdentityProvider('ES256');
  tokens = { anna: await provider.token(), bert: await provider.token({ sub: 'bert' }) };
  backend = await openBackend();
  plain = await openBackend();
  server = await serve();
}, 30_000);
afterAll(async () => {
  for (const close of opened.reverse()) await close();
  await Promise.all([backend.stop(), plain.stop(), provider.stop()]);
});
beforeEach(() => {
  together = 1;
  for (const each of [backend, plain]) (each.received as unknown[]).length = 0;
});

async function serve(): Promise<Server> {
  const input: ServerConfigInput = {
    access: {
      issuers: [
        { name: 'people', issuer: provider.issuer, recipients: [recipient], jwksUrl: provider.jwksUrl },
      ],
    },
  };
  const config = serverConfigSchema.parse({
    port: 0,
    adminPort: 0,
    graphiql: false,
    logLevel: 'debug',
    ...input,
  });
  const logStream = new Writable({
    write(chunk, _encoding, done) {
      told += String(chunk);
      done();
    },
  });
  const telemetry = await openTelemetry({ logLevel: config.logLevel, traceUrl: undefined, logStream });
  const cache = processCache({ maxEntries: 1_000, maxBytes: 1_000_000, clock: steadyClock });
  const own = rest('own', {
    baseUrl: backend.url,
    forward: { authorization: true, headers: ['accept-language'] },
    returns: ['x-ratelimit-remaining'],
    operations: {
      kept: get<{ id: string }, { text: string }>('/kept', { cache: { ttlMs: 60_000 } }),
      asked: get<{ id: string }, { text: string }>('/asked'),
    },
  });
  const other = rest('other', {
    baseUrl: plain.url,
    operations: { asked: get<{ id: string }, { text: string }>('/asked', { scope: 'caller' }) },
  });
  const engine = await openEngine([own, other], { variables: {}, log: telemetry.log, cache });
  const schema = buildSchema(/* GraphQL */ `
    directive @cacheControl(maxAge: Int, scope: CacheControlScope) on FIELD_DEFINITION
    enum CacheControlScope { PUBLIC PRIVATE }
    type Query {
      kept(id: ID!): String @cacheControl(maxAge: 60, scope: PRIVATE)
      asked(id: ID!): String
      declared(id: ID!): String @cacheControl(maxAge: 60, scope: PRIVATE)
      other(id: ID!): String
    }
  `);
  const operations = { kept: own.kept, asked: own.asked, declared: own.asked, other: other.asked };
  for (const [name, operation] of Object.entries(operations)) {
    const resolve: GraphQLFieldResolver<unknown, FieldContext> = async (_parent, { id }, { load }) =>
      (await load(operation, { id })).text;
    const field = (schema.getType('Query') as GraphQLObjectType).getFields()[name];
    if (field !== undefined) field.resolve = resolve as never;
  }
  const execution = await openExecution({ schema, engine, telemetry, config, cache });
  const issuers = config.access.issuers.map((options) => configuredIssuer(options, noLog, steadyClock));
  const verifier = new TokenVerifier({
    issuers,
    clock: steadyClock,
    denied: { has: () => false, isBlind: () => false },
  });
  const identity = new Identity({
    anonymous: 'OPEN',
    environment: 'live',
    trustedProxies: [],
    keys: {
      verify: () => partnerKey,
    },
    tokens: verifier,
  });
  const made = await openServer({
    execution,
    telemetry,
    config,
    caches: engine,
    health: { ping: (signal) => engine.ping(signal) },
    callers: callersBy(identity),
    forwarding: forwardingOfAll([own, other].map((datasource) => datasource[datasourceInfo].forwarding)),
  });
  opened.push(
    () => telemetry.close(),
    () => engine.close(),
    () => execution.close(),
    () => made.close(),
    ...issuers.map((issuer) => () => issuer.keys.close()),
  );
  return made;
}

async function ask(query: string, token?: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'accept-language': 'de',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as { data?: unknown; errors?: unknown };
  return { status: response.status, headers: response.headers, data, errors };
}

describe('the caller’s token', () => {
  it('Z11: goes with each caller’s own call, though they ask the same at the same time', async () => {
    together = 2;
    const [anna, bert] = await Promise.all([
      ask('{ asked(id: 1) }', tokens.anna),
      ask('{ asked(id: 1) }', tokens.bert),
    ]);
    expect([anna.data, bert.data]).toEqual([{ asked: 'anna de' }, { asked: 'bert de' }]);
    expect(backend.received.map(({ headers }) => headers.authorization).sort()).toEqual(
      [`Bearer ${tokens.anna}`, `Bearer ${tokens.bert}`].sort(),
    );
  });

  it('Z11: is asked with on its own where one caller has two, or two languages', async () => {
    const renewed = await provider.token();
    together = 3;
    const answers = await Promise.all([
      ask('{ asked(id: 2) }', tokens.anna),
      ask('{ asked(id: 2) }', renewed),
      ask('{ asked(id: 2) }', tokens.anna, { 'accept-language': 'fr' }),
    ]);
    expect(answers.map(({ data }) => data)).toEqual([
      { asked: 'anna de' },
      { asked: 'anna de' },
      { asked: 'anna fr' },
    ]);
    expect(backend.received).toHaveLength(3);
  });

  it('Z10: leads to an answer that is kept for that caller, token and language alone', async () => {
    const query = '{ kept(id: 3) }';
    const asked = [
      ['anna', tokens.anna, 'de'],
      ['bert', tokens.bert, 'de'],
      ['anna', tokens.anna, 'fr'],
      ['nobody', undefined, 'de'],
    ] as const;
    for (let round = 0; round < 3; round += 1)
      for (const [who, token, language] of asked) {
        const answer = await ask(query, token, { 'accept-language': language });
        expect(answer.data).toEqual({ kept: `${who} ${language}` });
        expect(answer.headers.get('cache-control')).toBe('no-store');
      }
    expect(backend.received).toHaveLength(asked.length);
  });

  it('Z10: is in no whole answer, whatever the schema says of keeping it', async () => {
    for (const language of ['de', 'fr', 'de']) {
      const answer = await ask('{ declared(id: 10) }', tokens.anna, { 'accept-language': language });
      expect(answer.data).toEqual({ declared: `anna ${language}` });
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
    expect(backend.received).toHaveLength(3);
  });

  it('goes nowhere else, and neither does a key or a header that nobody declares', async () => {
    const token = await provider.token({ azp: 'partner-app' });
    await ask('{ other(id: 4) asked(id: 4) }', token, {
      'x-api-key': key,
      cookie: 'a=1',
      'x-else': '1',
    });
    await ask('{ asked(id: 5) }', key);
    expect([plain.received.length, backend.received.length]).toEqual([1, 2]);
    expect(plain.received[0]?.headers).not.toHaveProperty('authorization');
    expect(plain.received[0]?.headers['accept-language']).toBeUndefined();
    expect(backend.received.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${token}`,
      undefined,
    ]);
    for (const { headers } of [...plain.received, ...backend.received])
      for (const name of ['x-api-key', 'cookie', 'x-else']) expect(headers).not.toHaveProperty(name);
  });

  it('that is refused is never sent', async () => {
    const { status } = await ask('{ asked(id: 6) }', `${tokens.anna.slice(0, -8)}AAAAAAAA`);
    expect(status).toBe(401);
    expect(backend.received).toEqual([]);
  });

  it('is in no record of the log', async () => {
    await ask('{ asked(id: 7) kept(id: 7) }', tokens.anna);
    expect(told).toContain('"msg":"request"');
    for (const token of Object.values(tokens)) expect(told).not.toContain(token.split('.')[1]);
  });
});

describe('L07: the headers of a service’s answer', () => {
  it('come back by name alone, and only from a call that was made for this request', async () => {
    const first = await ask('{ kept(id: 8) }', tokens.anna);
    expect(first.headers.get('x-ratelimit-remaining')).toBe('41');
    expect(first.headers.get('x-internal')).toBeNull();
    expect(first.headers.get('set-cookie')).toBeNull();
    for (let round = 0; round < 2; round += 1) {
      const kept = await ask('{ kept(id: 8) }', tokens.anna);
      expect(kept.data).toEqual(first.data);
      expect(kept.headers.get('x-ratelimit-remaining')).toBeNull();
    }
    expect(backend.received).toHaveLength(1);
    const other = await ask('{ other(id: 8) }', tokens.anna);
    expect(other.headers.get('x-ratelimit-remaining')).toBeNull();
  });
});

describe('I06: a header that would end itself and begin another', () => {
  it.each([
    ['a null character', 'accept-language: d\0e'],
    ['a line of its own', 'accept-language: de\n x: y\r\r\nevil: 1'],
    ['a control character', 'accept-language: d\x01e'],
  ])('is refused before anything is asked: %s', async (_what, line) => {
    const body = JSON.stringify({ query: '{ asked(id: 9) }' });
    const head = `POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nconnection: close\r\n`;
    const answer = await rawRequest(
      server.url,
      `${head}${line}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(backend.received).toEqual([]);
  });

  it('is refused whatever let it through, by its name and never by its value', () => {
    const names = { names: ['accept-language', 'authorization'], returns: [] };
    for (const value of ['de\r\nevil: 1', 'd\0e', 'š', 'd\x7fe'])
      expect(() => forwardedFrom(names, { 'accept-language': value }, undefined)).toThrow(
        expect.objectContaining({
          code: 'BAD_REQUEST',
          message: 'The header `accept-language` holds characters that headers cannot.',
        }),
      );
    expect(
      forwardedFrom(names, { 'accept-language': '', authorization: 'Basic x', host: 'a' }, undefined),
    ).toEqual({});
    expect(forwardedFrom(names, { 'accept-language': 'dé' }, 'abc')).toEqual({
      'accept-language': 'dé',
      authorization: 'Bearer abc',
    });
  });
});
