import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TributaryError } from '../errors.ts';
import type { GraphQLHttpAnswer } from '../execution/http-answer.ts';
import type { Admission } from './admission.ts';
import { arrivalOf } from './arrivals.ts';
import type { EndpointOptions } from './endpoint-options.ts';
import { type ErrorAnswer, errorAnswer } from './error-answer.ts';
import { Exchange } from './exchange.ts';
import { standBefore } from './front.ts';
import { checkSender, longestUrl, readGraphQLRequest, searchOf } from './graphql-request.ts';
import { answerMediaType } from './media-type.ts';
import { textOfBody } from './read-body.ts';
import { requestTimeoutOf } from './request-headers.ts';
import { securityHeaders } from './security-headers.ts';
import { type SendOptions, sendAnswer } from './send-answer.ts';

/** The way of a GraphQL request: begun with its headers, checked before its body is read, then executed and answered. */
export function serveEndpoint(app: FastifyInstance, options: EndpointOptions, admission: Admission): void {
  const { path, telemetry, requestTimeoutMs, exchanges, callerOf, explain } = options;
  const sending = sendingOf(options);
  standBefore(app, options, sending, admission);
  const over = (exchange: Exchange): void => void exchanges.delete(exchange);
  app.route({
    method: ['GET', 'POST'],
    url: path,
    exposeHeadRoute: false,
    onRequest(request, reply, done) {
      if (wantsPage(request)) return done();
      const arrival = arrivalOf(request.raw);
      const exchange =
        arrival?.exchange ?? new Exchange(request.raw, reply.raw, telemetry, requestTimeoutMs, over);
      request.exchange = exchange;
      exchanges.add(exchange);
      check(request, requestTimeoutMs);
      const caller = arrival?.caller ?? callerOf(request.raw);
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

function sendingOf({ isStopping, callerHeaders }: EndpointOptions): SendOptions {
  return { isStopping, privateVary: ['accept', ...callerHeaders].join(', ') };
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
  const { raw, headers, body, url } = request;
  const read = arrivalOf(raw)?.body;
  const graphql = readGraphQLRequest(
    methodOf(request),
    headers,
    searchOf(url),
    body,
    read && textOfBody(read),
  );
  const answered = execution.answer(graphql, exchange.run);
  const send = (whole: GraphQLHttpAnswer): FastifyReply => {
    reply.hijack();
    sendAnswer(whole, exchange, reply.raw, sending);
    return reply;
  };
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
