import {
  type Context,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, ParentBasedSampler } from '@opentelemetry/sdk-trace-base';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { Span, Tracing } from './span.ts';

const exportTimeoutMs = 5_000;
const closeTimeoutMs = 2_000;

/**
 * Sends spans to a collector over OTLP/HTTP. Spans wait in a bounded queue: with a collector that is slow or down they
 * are dropped, and no request notices.
 *
 * @param url address of the collector; `/v1/traces` is added where it has no path
 */
export function openTracing(url: string): Tracing {
  const exporter = new OTLPTraceExporter({ url: tracesUrl(url), timeoutMillis: exportTimeoutMs });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'tributary' }),
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    spanProcessors: [
      new BatchSpanProcessor(exporter, {
        maxQueueSize: 4_096,
        maxExportBatchSize: 512,
        scheduledDelayMillis: 1_000,
        exportTimeoutMillis: exportTimeoutMs,
      }),
    ],
  });
  // The provider is asked directly and spans are handed on by hand: nothing global, no context per promise.
  const tracer = provider.getTracer('tributary');
  return {
    request: (traceparent) => begin(tracer, 'request', contextOf(traceparent), SpanKind.SERVER, {}),
    close: () => withinTime(provider.shutdown(), closeTimeoutMs),
  };
}

function begin(
  tracer: Tracer,
  name: string,
  parent: Context,
  kind: SpanKind,
  attributes: Readonly<Record<string, string | number>>,
): Span {
  const span = tracer.startSpan(name, { kind, attributes }, parent);
  return {
    child: (childName, childAttributes) =>
      begin(
        tracer,
        childName,
        trace.setSpan(parent, span),
        childName.startsWith('wire') ? SpanKind.CLIENT : SpanKind.INTERNAL,
        childAttributes,
      ),
    set: (more) => void span.setAttributes(more),
    rename: (newName) => void span.updateName(newName),
    end: (codes) => endSpan(span, codes),
    traceparent: () => format(span.spanContext()),
  };
}

function endSpan(span: OtelSpan, codes: readonly string[]): void {
  if (codes.length > 0) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.setAttribute('tributary.codes', [...new Set(codes)]);
  }
  span.end();
}

/** W3C Trace Context §3.2.2: `version-traceid-parentid-flags`; anything else starts a trace of its own. */
function contextOf(traceparent: string | undefined): Context {
  const match = traceparent?.match(/^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/);
  if (!match) return ROOT_CONTEXT;
  const [, traceId, spanId, flags] = match as unknown as [string, string, string, string];
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

function format({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

function tracesUrl(url: string): string {
  const parsed = new URL(url);
  if (parsed.pathname === '/') parsed.pathname = '/v1/traces';
  return parsed.href;
}

async function withinTime(work: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}
