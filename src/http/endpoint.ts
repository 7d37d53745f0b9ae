import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Credentials, withBodyKey } from '../access/identity/credentials.ts';
import type { Audience, Caller } from '../caller.ts';
import { TributaryError } from '../errors.ts';
import type { GraphQLHttpAnswer } from '../execution/http-answer.ts';
import type { Admission } from './admission.ts';
import { arrivalOf } from './arrivals.ts';
import { assertAudience, endpointPaths } from './audience-paths.ts';
import { callerByHeaders } from './callers.ts';
import { corsHeaders } from './cors.ts';
import type { EndpointOptions } from './endpoint-options.ts';
import { type ErrorAnswer, errorAnswer } from './error-answer.ts';
import { Exchange } from './exchange.ts';
import { standBefore } from './front.ts';
import { checkSender, longestUrl, readGraphQLRequest, searchOf } from './graphql-request.ts';
import { answerMediaType } from './media-type.ts';
import { textOfBody } from './read-body.ts';
import { requestTimeoutOf } from './request-headers.ts';
import { wantsPage } from './root.ts';
import { securityHeaders } from './security-headers.ts';
import { type SendOptions, sendAnswer } from './send-answer.ts';

/** The way of a GraphQL request: begun with its headers, checked before its body is read, then executed and answered. */
export function serveEndpoint(app: FastifyInstance, options: EndpointOptions, admission: Admission): void {
  const sending = sendingOf(options);
  standBefore(app, options, sending, admission);
  for (const [path, audience] of endpointPaths(options.path))
    serveRoute(app, options, sending, path, audience);
}

/** @param audience the only one that the path is for */
function serveRoute(
  app: FastifyInstance,
  options: EndpointOptions,
  sending: SendOptions,
  path: string,
  audience: Audience | undefined,
): void {
  const { telemetry, requestTimeoutMs, exchanges, callers, explain, metering } = options;
  const over = (exchange: Exchange): void => void exchanges.delete(exchange);
  app.route({
    method: ['GET', 'POST'],
    url: path,
    exposeHeadRoute: false,
    onRequest(request, reply, done) {
      if (audience === undefined && wantsPage(request)) return done();
      const arrival = arrivalOf(request.raw);
      const exchange =
        arrival?.exchange ??
        new Exchange(request.raw, reply.raw, telemetry, requestTimeoutMs, over, metering);
      request.exchange = exchange;
      exchanges.add(exchange);
      check(request, requestTimeoutMs);
      const credentials =
        arrival?.credentials ?? (arrival === undefined ? callers.take(request.raw) : undefined);
      exchange.credentials = credentials;
      const caller =
        arrival === undefined && credentials !== undefined
          ? callerByHeaders(callers, credentials, request.method)
          : arrival?.caller;
      const identify = (known: Caller): void => {
        exchange.identify(known, explain);
        done();
      };
      if (caller === undefined) done();
      else if (caller instanceof Promise) caller.then(identify).catch(done);
      else identify(caller);
    },
    handler: (request, reply) =>
      request.exchange === undefined
        ? page(options, reply)
        : identified(options, request, request.exchange, audience, (exchange) =>
            answer(options, sending, request, reply, exchange),
          ),
  });
}

function sendingOf({ isStopping, callers, varyByOrigin }: EndpointOptions): SendOptions {
  const publicVary = varyByOrigin ? ['accept', 'origin'] : ['accept'];
  const privateVary = new Set([...publicVary, ...callers.headers]);
  return { isStopping, publicVary: publicVary.join(', '), privateVary: [...privateVary].join(', ') };
}

/** Goes on when it is known who is calling: the body may hold a key, which is taken out of it. */
function identified<Result>(
  { callers, explain }: EndpointOptions,
  { body }: FastifyRequest,
  exchange: Exchange,
  audience: Audience | undefined,
  next: (exchange: Exchange) => Result | Promise<Result>,
): Result | Promise<Result> {
  const known = exchange.credentials as Credentials;
  const credentials = withBodyKey(known, body);
  const letIn = (caller: Caller): Result | Promise<Result> => {
    assertAudience(caller, audience);
    const entering = exchange.enter();
    return entering === undefined ? next(exchange) : entering.then(() => next(exchange));
  };
  const identify = (caller: Caller): Result | Promise<Result> => {
    exchange.identify(caller, explain);
    return letIn(caller);
  };
  if (exchange.isIdentified && credentials === known) return letIn(exchange.run.caller);
  exchange.credentials = credentials;
  const caller = callers.identify(credentials);
  return caller instanceof Promise ? caller.then(identify) : identify(caller);
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
  { execution, forwarding }: EndpointOptions,
  sending: SendOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  exchange: Exchange,
): FastifyReply | Promise<FastifyReply> {
  exchange.executing = true;
  const { raw, headers, body, url } = request;
  const location = exchange.credentials?.key?.location;
  if (forwarding !== undefined) exchange.forward(forwarding);
  // A text with a key in it is never asked again by somebody who is not its holder.
  const read = location === 'body' ? undefined : arrivalOf(raw)?.body;
  // A proxy may have kept the URL with its key: nothing that it leads to is kept.
  if (location === 'query') delete headers['if-none-match'];
  const graphql = readGraphQLRequest(
    methodOf(request),
    headers,
    searchOf(url),
    body,
    read && textOfBody(read),
  );
  exchange.variables = graphql.variables;
  const answered = execution.answer(graphql, exchange.run);
  const send = (whole: GraphQLHttpAnswer): FastifyReply => {
    reply.hijack();
    const shown = location === 'query' ? neverKept(whole) : whole;
    sendAnswer(shown, exchange, reply.raw, sending, allowedOrigin(reply));
    return reply;
  };
  return answered instanceof Promise ? answered.then(send) : send(answered);
}

function neverKept(answer: GraphQLHttpAnswer): GraphQLHttpAnswer {
  return { ...answer, cacheControl: 'private, no-store', isPublic: false, etag: undefined, age: undefined };
}

/** Of a page of another site: what the browser must be told. */
function allowedOrigin(reply: FastifyReply): readonly string[] {
  return reply.hasHeader(corsHeaders[0])
    ? corsHeaders.flatMap((name) => (reply.hasHeader(name) ? [name, String(reply.getHeader(name))] : []))
    : [];
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
    // An error is not billed, so it need not wait for the disk.
    exchange.end(whole.status, Buffer.byteLength(whole.body))?.catch(() => {});
    for (let at = 0; at < exchange.limitHeaders.length; at += 2)
      reply.header(exchange.limitHeaders[at] as string, exchange.limitHeaders[at + 1]);
  }
  return reply.send(whole.body);
}

function page({ page: show }: EndpointOptions, reply: FastifyReply): FastifyReply {
  if (show === undefined) throw new TributaryError('NOT_FOUND', 'There is no such path.');
  return show(reply);
}

function methodOf(request: FastifyRequest): 'GET' | 'POST' {
  return request.method === 'GET' ? 'GET' : 'POST';
}
