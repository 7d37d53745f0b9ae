import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../caller.ts';
import { TributaryError } from '../errors.ts';
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

const nobody: Caller = Object.freeze({ id: 'unknown', audience: 'OPEN', tenant: undefined });

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A GraphQL request and its answer, from the first header to the record in the log. */
export interface Exchange {
  readonly run: HttpRun;
  report: RunReport;
  /** Who is calling, as soon as that is known. */
  identify(caller: Caller, mayExplain: boolean): void;
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
  const run: Writable<HttpRun> = {
    // Of requests that are refused before anybody knows who is calling.
    caller: nobody,
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    deadline: performance.now() + timeoutOrLongest(headers['x-request-timeout'], longestMs),
    requestId,
    telemetry: telemetry.request(requestId, headerText(headers.traceparent)),
    mediaType: answerMediaType(headers.accept) ?? mediaTypes.json,
  };
  let hasLeft = false;
  const exchange: Exchange = {
    run,
    report: emptyReport(),
    executing: false,
    identify(caller, mayExplain) {
      run.caller = caller;
      run.explain = mayExplain && caller.audience === 'INTERNAL' && headers['x-tributary-explain'] === '1';
    },
    end: (status) => end(exchange, status, hasLeft),
  };
  reply.raw.once('close', () => {
    if (reply.raw.writableFinished) return;
    hasLeft = true;
    controller.abort(new TributaryError('CLIENT_CLOSED'));
    if (!exchange.executing) exchange.end(499);
  });
  return exchange;
}

/** The signal of an operation that has failed is aborted already: it does not tell that its client has left. */
function end({ run, report }: Exchange, status: number, left: boolean): void {
  run.telemetry.end({
    caller: run.caller.id,
    audience: run.caller.audience,
    kind: report.kind,
    operationName: report.operationName,
    document: report.document,
    status: left ? 499 : status,
    codes: left ? ['CLIENT_CLOSED'] : report.codes,
    wholeAnswer: report.wholeAnswer,
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
