import type { FastifyReply } from 'fastify';
import type { GraphQLHttpAnswer } from '../execution/http-answer.ts';
import type { Exchange } from './exchange.ts';
import { securityHeaders } from './security-headers.ts';

export interface SendOptions {
  readonly isStopping: () => boolean;
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
  reply: FastifyReply,
  { isStopping, privateVary }: SendOptions,
): FastifyReply {
  const { status, body, etag, age, allow } = answer;
  exchange.report = answer.report;
  exchange.end(status);
  const headers = [
    ...onEveryAnswer,
    'x-request-id',
    exchange.run.requestId,
    'vary',
    answer.isPublic ? 'accept' : privateVary,
    'cache-control',
    answer.cacheControl,
  ];
  if (etag !== undefined) headers.push('etag', etag);
  if (age !== undefined) headers.push('age', String(age));
  if (allow !== undefined) headers.push('allow', allow);
  if (isStopping()) headers.push('connection', 'close');
  // RFC 9110 §15.4.5: no content, and none of the headers that describe it.
  if (status !== 304)
    headers.push('content-type', answer.contentType, 'content-length', String(Buffer.byteLength(body)));
  reply.hijack();
  reply.raw.writeHead(status, headers).end(body);
  return reply;
}
