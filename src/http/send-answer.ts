import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TributaryError } from '../errors.ts';
import { type GraphQLHttpAnswer, isNotModified, type KeptAnswer } from '../execution/http-answer.ts';
import { knownError } from '../execution/shown-errors.ts';
import { errorAnswer } from './error-answer.ts';
import type { Exchange } from './exchange.ts';
import { securityHeaders } from './security-headers.ts';

export interface SendOptions {
  readonly isStopping: () => boolean;
  /** The `Vary` of what is the same for everybody. */
  readonly publicVary: string;
  /** The `Vary` of what is not the same for everybody. */
  readonly privateVary: string;
}

const onEveryAnswer: readonly string[] = Object.entries(securityHeaders).flat();

/**
 * Sends the answer of an exchange, and ends it. Past fastify's own sending, which looks into every answer for what it
 * could be: this one is a text whose headers are known.
 */
export function sendAnswer(
  answer: GraphQLHttpAnswer,
  exchange: Exchange,
  response: ServerResponse,
  options: SendOptions,
  more: readonly string[] = [],
): void {
  const headers = [...headersOf(answer, exchange, options), ...more];
  if (answer.age !== undefined) headers.push('age', String(answer.age));
  if (answer.returned !== undefined) headers.push(...answer.returned);
  // RFC 9110 §15.4.5: no content, and none of the headers that describe it.
  if (answer.status !== 304) headers.push(...contentHeadersOf(answer, Buffer.byteLength(answer.body)));
  exchange.report = answer.report;
  send(response, answer.status, headers, answer.body, 'utf8', exchange, options);
}

/** As `sendAnswer`, for an answer that is kept: what is the same each time is made once. */
export function sendKept(
  { answer, age }: KeptAnswer,
  exchange: Exchange,
  { method, headers: asked }: Pick<IncomingMessage, 'method' | 'headers'>,
  response: ServerResponse,
  options: SendOptions,
): void {
  const ready = readyOf(answer, exchange, options);
  exchange.report = answer.report;
  if (isNotModified(answer, method, asked['if-none-match']))
    send(response, 304, [...ready.headers, 'age', String(age)], '', 'latin1', exchange, options);
  else
    send(response, 200, [...ready.withContent, 'age', String(age)], ready.body, 'latin1', exchange, options);
}

function send(
  response: ServerResponse,
  status: number,
  headers: string[],
  body: string,
  encoding: BufferEncoding,
  exchange: Exchange,
  { isStopping }: SendOptions,
): void {
  const recorded = exchange.end(status, Buffer.byteLength(body, encoding));
  headers.push(...exchange.limitHeaders, 'x-request-id', exchange.run.requestId);
  if (isStopping()) headers.push('connection', 'close');
  if (recorded === undefined) response.writeHead(status, headers).end(body, encoding);
  else
    recorded.then(
      () => response.writeHead(status, headers).end(body, encoding),
      (thrown: unknown) => sendUnrecorded(knownError(thrown), exchange, response),
    );
}

/** In place of an answer whose usage could not be written down. */
function sendUnrecorded(error: TributaryError, exchange: Exchange, response: ServerResponse): void {
  const { requestId, mediaType } = exchange.run;
  const { status, headers, body } = errorAnswer(error, requestId, mediaType);
  const all = [...onEveryAnswer, ...Object.entries(headers).flat(), 'x-request-id', requestId];
  response.writeHead(status, [...all, 'content-length', String(Buffer.byteLength(body))]).end(body);
}

/** A kept answer as it is sent. */
interface Ready {
  readonly headers: readonly string[];
  readonly withContent: readonly string[];
  /** One character a byte: Node sends it in one piece with the headers. */
  readonly body: string;
}

const readyAnswers = {
  anonymous: new WeakMap<GraphQLHttpAnswer, Ready>(),
  known: new WeakMap<GraphQLHttpAnswer, Ready>(),
};

function readyOf(answer: GraphQLHttpAnswer, exchange: Exchange, options: SendOptions): Ready {
  const kept = exchange.run.caller.isAuthenticated === true ? readyAnswers.known : readyAnswers.anonymous;
  let ready = kept.get(answer);
  if (ready === undefined) {
    const headers = headersOf(answer, exchange, options);
    const body = Buffer.from(answer.body).toString('latin1');
    ready = { headers, withContent: [...headers, ...contentHeadersOf(answer, body.length)], body };
    kept.set(answer, ready);
  }
  return ready;
}

/** What one gets who has credentials, a cache between us gives to nobody else: another may see less (C16). */
function headersOf(
  { isPublic, cacheControl, etag, allow }: GraphQLHttpAnswer,
  { run }: Exchange,
  { publicVary, privateVary }: SendOptions,
): string[] {
  const forAll = isPublic && run.caller.isAuthenticated !== true;
  const vary = forAll ? publicVary : privateVary;
  const control = isPublic && !forAll ? cacheControl.replace('public', 'private') : cacheControl;
  const headers = [...onEveryAnswer, 'vary', vary, 'cache-control', control];
  if (etag !== undefined) headers.push('etag', etag);
  if (allow !== undefined) headers.push('allow', allow);
  return headers;
}

function contentHeadersOf({ contentType }: GraphQLHttpAnswer, bytes: number): readonly string[] {
  return ['content-type', contentType, 'content-length', String(bytes)];
}
