import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openTestServer } from '../http/test-graph.ts';

interface ExportedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
}

/** A collector that keeps what it is sent as OTLP/HTTP JSON. */
async function openCollector(status = 200) {
  const spans: ExportedSpan[] = [];
  const bodies: string[] = [];
  const paths: string[] = [];
  const server = createServer(async (request, response) => {
    paths.push(request.url ?? '');
    let body = '';
    for await (const chunk of request) body += String(chunk);
    bodies.push(body);
    const { resourceSpans = [] } = JSON.parse(body) as {
      resourceSpans?: { scopeSpans: { spans: ExportedSpan[] }[] }[];
    };
    for (const resource of resourceSpans) for (const scope of resource.scopeSpans) spans.push(...scope.spans);
    response.statusCode = status;
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    bodies,
    paths,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

describe('traces', () => {
  it('have a span for the request, each batch and each wire request, and continue the trace of the client', async () => {
    const collector = await openCollector();
    closers.push(collector.close);
    const server = await openTestServer({ traceUrl: collector.url });
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const response = await server.ask(
      {
        query: 'query Names($ids: [ID!]!) { things(ids: $ids) { name } }',
        variables: { ids: ['canary-1', 'canary-2'] },
      },
      { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    );
    await response.text();
    await server.close();
    expect(collector.paths).toContain('/v1/traces');
    const [request] = collector.spans.filter(({ name }) => name === 'query Names');
    const [batch] = collector.spans.filter(({ name }) => name === 'batch things.thing');
    const [wire] = collector.spans.filter(({ name }) => name === 'wire things.thing');
    expect(collector.spans).toHaveLength(3);
    expect(new Set(collector.spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    expect(request?.parentSpanId).toBe('b7ad6b7169203331');
    expect(batch?.parentSpanId).toBe(request?.spanId);
    expect(wire?.parentSpanId).toBe(batch?.spanId);
    expect([request?.kind, batch?.kind, wire?.kind]).toEqual([2, 1, 3]);
    expect(batch?.attributes).toContainEqual({ key: 'tributary.inputs', value: { intValue: 2 } });
    expect(collector.bodies.join('')).not.toContain('canary');
  });

  it('begin a trace of their own where the client sends none that is valid', async () => {
    const collector = await openCollector();
    closers.push(collector.close);
    const server = await openTestServer({ traceUrl: `${collector.url}/custom/path` });
    for (const traceparent of ['', 'nonsense', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`])
      await (await server.ask({ query: '{ hello }' }, { traceparent })).text();
    await server.close();
    expect(collector.paths[0]).toBe('/custom/path');
    expect(collector.spans).toHaveLength(3);
    expect(collector.spans.every((span) => !span.parentSpanId && /^[0-9a-f]{32}$/.test(span.traceId))).toBe(
      true,
    );
    expect(new Set(collector.spans.map((span) => span.traceId)).size).toBe(3);
  });

  it('O03: do nothing to requests while the collector fails or is away, and hold up no stop', async () => {
    const failing = await openCollector(500);
    closers.push(failing.close);
    for (const traceUrl of [failing.url, 'http://127.0.0.1:9']) {
      const server = await openTestServer({ traceUrl });
      for (let index = 0; index < 50; index += 1)
        expect(await server.query('{ hello }')).toEqual({ data: { hello: 'world' } });
      const begin = performance.now();
      await server.close();
      expect(performance.now() - begin).toBeLessThan(4_000);
    }
  });
});
