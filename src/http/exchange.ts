import type { FastifyReply, FastifyRequest } from 'fastify';
import { everyone } from '../caller.ts';
import { isTributaryError, TributaryError } from '../errors.ts';
import { mediaTypes } from '../execution/answer-status.ts';
import { emptyReport, type HttpRun, type RunReport } from '../execution/http-run.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { newAbortController } from '../util/abort.ts';
import { answerMediaType } from './media-type.ts';
import { requestIdOf, requestTimeoutOf } from './request-headers.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The GraphQL request under way, on the endpoint's routes. */
    exchange: Exchange | undefined;
  }
}

/** A GraphQL request and its answer, from the first header to the record in the log. */
export interface Exchange {
  readonly run: HttpRun;
  report: RunReport;
  /** Whether an answer will come; until then a client that leaves ends the exchange. */
  executing: boolean;
  /** Writes the record and counts the request, once. */
  end(status: number): void;
}

/**
 * Begins an exchange. A client that leaves aborts its signal, down to every call that was made for it.
 *
 * @param longestMs the longest time that a client may ask for
 */
export function beginExchange(
  request: FastifyRequest,
  reply: FastifyReply,
  telemetry: Telemetry,
  longestMs: number,
): Exchange {
  const { headers } = request;
  const controller = newAbortController();
  const requestId = requestIdOf(headers['x-request-id']);
  const run: HttpRun = {
    caller: everyone,
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    deadline: performance.now() + timeoutOrLongest(headers['x-request-timeout'], longestMs),
    requestId,
    telemetry: telemetry.request(requestId, headerText(headers.traceparent)),
    mediaType: answerMediaType(headers.accept) ?? mediaTypes.json,
  };
  const exchange: Exchange = {
    run,
    report: emptyReport(),
    executing: false,
    end: (status) => end(exchange, status),
  };
  reply.raw.once('close', () => {
    if (reply.raw.writableFinished) return;
    controller.abort(new TributaryError('CLIENT_CLOSED'));
    if (!exchange.executing) exchange.end(499);
  });
  return exchange;
}

function end({ run, report }: Exchange, status: number): void {
  const reason: unknown = run.signal.aborted ? run.signal.reason : undefined;
  const left = isTributaryError(reason) && reason.code === 'CLIENT_CLOSED';
  run.telemetry.end({
    caller: run.caller.id,
    audience: run.caller.audience,
    kind: report.kind,
    operationName: report.operationName,
    document: report.document,
    status: left ? 499 : status,
    codes: left ? ['CLIENT_CLOSED'] : report.codes,
  });
}

/** A header that cannot be read is refused later, with an answer; until then the longest time counts. */
function timeoutOrLongest(header: string | string[] | undefined, longestMs: number): number {
  try {
    return requestTimeoutOf(header, longestMs);
  } catch {
    return longestMs;
  }
}

function headerText(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
