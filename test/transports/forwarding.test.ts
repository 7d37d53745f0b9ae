import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { OperationSpecs } from '../../src/operations/datasource.ts';
import { type OperationEngine, openEngine } from '../../src/operations/engine.ts';
import { forwardedOf } from '../../src/operations/forwarded.ts';
import type { ForwardingOptions } from '../../src/operations/forwarding.ts';
import type { Operation } from '../../src/operations/operation.ts';
import { ReturnedHeaders } from '../../src/operations/returned-headers.ts';
import { query } from '../../src/transports/graphql/builders.ts';
import { graphql } from '../../src/transports/graphql/graphql.ts';
import { get } from '../../src/transports/rest/builders.ts';
import { rest } from '../../src/transports/rest/rest.ts';
import { request } from '../../src/transports/soap/builders.ts';
import { soap } from '../../src/transports/soap/soap.ts';
import { method } from '../../src/transports/xmlrpc/builders.ts';
import { xmlrpc } from '../../src/transports/xmlrpc/xmlrpc.ts';
import { httpServer, type TestServer } from '../support/http-server.ts';
import { contextOf } from '../support/operations.ts';
import { priced, shopWsdl } from './soap/shop.ts';
import { response as xmlRpcAnswer } from './xmlrpc/servers.ts';

let server: TestServer | undefined;
let engine: OperationEngine | undefined;
let now = 0;

afterEach(async () => {
  await engine?.close();
  await server?.stop();
});

interface Protocol {
  readonly name: string;
  readonly body: string;
  readonly type: string;
  datasource(
    url: string,
    forwarding: ForwardingOptions,
    cache?: { ttlMs: number; staleWhileRevalidateMs: number },
  ): { readonly price: Operation<{ code: string }, unknown> };
}

const priceBody = '<code>1</code><price currency="EUR">1.10</price><rebate>1</rebate><stock>1</stock>';
const protocols: readonly Protocol[] = [
  {
    name: 'REST',
    body: '{"price":1}',
    type: 'application/json',
    datasource: (baseUrl, forwarding, cache) =>
      rest('shop', {
        baseUrl,
        ...forwarding,
        operations: { price: get<{ code: string }, unknown>('/price', { ...(cache && { cache }) }) },
      }),
  },
  {
    name: 'SOAP',
    body: priced(priceBody),
    type: 'text/xml',
    datasource: (url, forwarding, cache) =>
      soap('shop', {
        wsdl: shopWsdl,
        url,
        ...forwarding,
        operations: { price: request<{ code: string }, unknown>('GetPrice', { ...(cache && { cache }) }) },
      } as { wsdl: URL; operations: OperationSpecs }) as never,
  },
  {
    name: 'XML-RPC',
    body: String(xmlRpcAnswer('<int>1</int>')),
    type: 'text/xml',
    datasource: (url, forwarding, cache) =>
      xmlrpc('shop', {
        url,
        ...forwarding,
        operations: { price: method<{ code: string }, unknown>('price', { ...(cache && { cache }) }) },
      } as { url: string; operations: OperationSpecs }) as never,
  },
  {
    name: 'GraphQL',
    body: '{"data":{"price":1}}',
    type: 'application/graphql-response+json',
    datasource: (url, forwarding, cache) =>
      graphql('shop', {
        url,
        ...forwarding,
        operations: {
          price: query<{ code: string }, unknown>({
            document: 'query ($code: String!) { price(code: $code) }',
            ...(cache && { cache }),
          }),
        },
      }),
  },
];

const headers = { 'x-left': '7', 'x-internal': 'host-4', 'set-cookie': 'session=1', server: 'secret/1.0' };

async function serve({ body, type }: Protocol): Promise<string> {
  server = await httpServer((_received, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': type, ...headers }).end(body);
  });
  return server.url;
}

describe.each(protocols)('$name', (protocol) => {
  const sent = { authorization: 'Bearer t1', 'accept-language': 'de', 'x-other': 'not declared' };
  const forwarding = { forward: { authorization: true, headers: ['Accept-Language'] }, returns: ['X-Left'] };

  async function opened(
    options: ForwardingOptions,
    cache?: { ttlMs: number; staleWhileRevalidateMs: number },
  ) {
    const datasource = protocol.datasource(await serve(protocol), options, cache);
    engine = await openEngine([datasource as never], { variables: {}, clock: { now: () => now } });
    return engine.call(datasource.price);
  }

  it('L07: sends what it declares of the client’s request, and returns what it declares of the answer', async () => {
    const call = await opened(forwarding);
    const returned = new ReturnedHeaders();
    const [outcome] = await call([{ code: '1' }], contextOf({ forwarded: forwardedOf(sent), returned }));
    expect(outcome).not.toBeInstanceOf(Error);
    expect(server?.received.at(-1)?.headers).toMatchObject({
      authorization: 'Bearer t1',
      'accept-language': 'de',
    });
    expect(server?.received.at(-1)?.headers).not.toHaveProperty('x-other');
    expect(returned.list).toEqual(['x-left', '7']);
  });

  it('sends and returns nothing where nothing is declared', async () => {
    const call = await opened({});
    const returned = new ReturnedHeaders();
    await call([{ code: '1' }], contextOf({ forwarded: forwardedOf(sent), returned }));
    expect(server?.received).toHaveLength(1);
    expect(server?.received[0]?.headers).not.toHaveProperty('authorization');
    expect(server?.received[0]?.headers['accept-language']).toBeUndefined();
    expect(returned.list).toEqual([]);
  });

  it('L07: returns nothing from a kept answer, nor from one that two requests share', async () => {
    const call = await opened(forwarding, { ttlMs: 1_000, staleWhileRevalidateMs: 1_000 });
    const both = [new ReturnedHeaders(), new ReturnedHeaders(), new ReturnedHeaders()] as const;
    const one = (returned: ReturnedHeaders) =>
      call([{ code: '1' }], contextOf({ forwarded: forwardedOf(sent), returned }));
    await Promise.all([one(both[0]), one(both[1])]);
    await one(both[2]);
    expect(server?.received).toHaveLength(1);
    expect(both.map(({ list }) => list)).toEqual([[], [], []]);
  });

  it('asks again in the background with what the caller sent, and returns nothing of it', async () => {
    now = 1_000;
    const call = await opened(forwarding, { ttlMs: 1_000, staleWhileRevalidateMs: 60_000 });
    const context = () => contextOf({ forwarded: forwardedOf(sent) });
    await call([{ code: '1' }], context());
    now += 2_000;
    const returned = new ReturnedHeaders();
    await call([{ code: '1' }], { ...context(), returned });
    await expect.poll(() => server?.received.length).toBe(2);
    expect(server?.received[1]?.headers.authorization).toBe('Bearer t1');
    expect(returned.list).toEqual([]);
  });
});
