import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../caller.ts';
import { TributaryError } from '../errors.ts';
import type { Execution } from '../execution/execution.ts';
import type { GraphQLHttpAnswer } from '../execution/http-answer.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { type ErrorAnswer, errorAnswer } from './error-answer.ts';
import { Exchange } from './exchange.ts';
import { checkSender, readGraphQLRequest } from './graphql-request.ts';
import { answerMediaType } from './media-type.ts';
import { requestTimeoutOf } from './request-headers.ts';
import { securityHeaders } from './security-headers.ts';
import { type SendOptions, sendAnswer } from './send-answer.ts';

const longestUrl = 8_192;

/** Tells who is calling, by the headers of a request; rejects with `UNAUTHENTICATED` and the like. */
export type CallerOf = (request: IncomingMessage) => Caller | Promise<Caller>;

export interface EndpointOptions {
  readonly path: string;
  readonly requestTimeoutMs: number;
  readonly execution: Execution;
  readonly telemetry: Telemetry;
  readonly callerOf: CallerOf;
  /** Names of the headers that `callerOf` reads: answers that are not the same for everybody vary by them. */
  readonly callerHeaders: readonly string[];
  /** Whether callers of `INTERNAL` may have their requests explained. */
  readonly explain: boolean;
  /** The page for browsers, where there is one. */
  readonly page: ((reply: FastifyReply) => FastifyReply) | undefined;
  readonly isStopping: () => boolean;
  /** The exchanges under way. */
  readonly exchanges: Set<Exchange>;
}

/** The way of a GraphQL request: begun with its headers, checked before its body is read, then executed and answered. */
export function serveEndpoint(app: FastifyInstance, options: EndpointOptions): void {
  const { path, telemetry, requestTimeoutMs, exchanges, callerOf, explain } = options;
  const sending: SendOptions = {
    isStopping: options.isStopping,
    privateVary: ['accept', ...options.callerHeaders].join(', '),
  };
  const over = (exchange: Exchange): void => void exchanges.delete(exchange);
  app.route({
    method: ['GET', 'POST'],
    url: path,
    exposeHeadRoute: false,
    onRequest(request, reply, done) {
      if (wantsPage(request)) return done();
      const exchange = new Exchange(request, reply, telemetry, requestTimeoutMs, over);
      request.exchange = exchange;
      exchanges.add(exchange);
      check(request, requestTimeoutMs);
      const caller = callerOf(request.raw);
      if (!(caller instanceof Promise)) {
        exchange.identify(caller, explain);
        return done();
      }
      caller.then((known) => {
        exchange.identify(known, explain);
        done();
      }, done);
    },
    handler: (request, reply) =>
      request.exchange === undefined
        ? page(options, reply)
        : answer(options, sending, request, reply, request.exchange),
  });
}

function check(request: FastifyRequest, requestTimeoutMs: number): void {
  const { headers, url } = request;
  if (url.length > longestUrl) throw new TributaryError('URI_TOO_LONG');
  if (answerMediaType(headers.accept) === undefined)
    throw new TributaryError(
      'NOT_ACCEPTABLE',
      'The answer can be `application/json` or `application/graphql-response+json`.',
    );
  requestTimeoutOf(headers['x-request-timeout'], requestTimeoutMs);
  checkSender(methodOf(request), headers);
}

function answer(
  { execution }: EndpointOptions,
  sending: SendOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  exchange: Exchange,
): FastifyReply | Promise<FastifyReply> {
  exchange.executing = true;
  const graphql = readGraphQLRequest(methodOf(request), request.headers, searchOf(request.url), request.body);
  const answered = execution.answer(graphql, exchange.run);
  const send = (whole: GraphQLHttpAnswer): FastifyReply => sendAnswer(whole, exchange, reply, sending);
  return answered instanceof Promise ? answered.then(send) : send(answered);
}

/** Sends an error on any route, and ends the exchange that it belongs to. */
export function sendError(
  error: TributaryError,
  requestId: string,
  request: FastifyRequest,
  reply: FastifyReply,
  isStopping: boolean,
): FastifyReply {
  const { exchange } = request;
  const whole: ErrorAnswer = errorAnswer(error, requestId, exchange?.run.mediaType);
  reply.code(whole.status).headers(securityHeaders).headers(whole.headers).header('x-request-id', requestId);
  // What is left of the body is not read, so the connection is of no more use.
  if (isStopping || error.code === 'PAYLOAD_TOO_LARGE') reply.header('connection', 'close');
  if (exchange !== undefined) {
    exchange.run.telemetry.failed({ error, fields: 0, path: undefined });
    exchange.report = { ...exchange.report, codes: [error.code] };
    exchange.end(whole.status);
  }
  return reply.send(whole.body);
}

function page({ page: show }: EndpointOptions, reply: FastifyReply): FastifyReply {
  if (show === undefined) throw new TributaryError('NOT_FOUND', 'There is no such path.');
  return show(reply);
}

/** A browser that opens the endpoint: it asks for HTML, and for nothing that the endpoint could answer instead. */
function wantsPage({ method, headers }: FastifyRequest): boolean {
  const { accept } = headers;
  return (
    method === 'GET' && accept?.includes('text/html') === true && !/application\/(\S*\+)?json/.test(accept)
  );
}

function methodOf(request: FastifyRequest): 'GET' | 'POST' {
  return request.method === 'GET' ? 'GET' : 'POST';
}

function searchOf(url: string): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at);
}
