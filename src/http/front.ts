import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Credentials } from '../access/identity/credentials.ts';
import type { Caller } from '../caller.ts';
import type { Admission } from './admission.ts';
import { handOver } from './arrivals.ts';
import { type Callers, callerByHeaders } from './callers.ts';
import type { EndpointOptions } from './endpoint-options.ts';
import { Exchange } from './exchange.ts';
import { longestUrl, searchOf } from './graphql-request.ts';
import { answerMediaType } from './media-type.ts';
import { readBody, textOfBody } from './read-body.ts';
import { type SendOptions, sendKept } from './send-answer.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Stands before fastify: a request whose text was read before, and whose whole answer is kept in this process, is answered
 * here. It is let in, begun, told who is calling, counted and recorded like every other; whatever is unusual about it, or
 * not kept, goes on to fastify with what is known of it by then.
 *
 * Promises that keep it fast: nothing waits unless who is calling must be waited for; no header is read but those named here; nothing is
 * parsed, and no text is made but the key of the body.
 */
export function standBefore(
  app: FastifyInstance,
  options: EndpointOptions,
  sending: SendOptions,
  admission: Admission,
): void {
  const {
    path,
    telemetry,
    requestTimeoutMs,
    maxBodyBytes,
    exchanges,
    callers,
    explain,
    execution,
    metering,
  } = options;

  const take = (request: IncomingMessage, response: ServerResponse, next: Handler): void => {
    const over = (ended: Exchange): void => {
      exchanges.delete(ended);
      admission.leave(admitted);
    };
    const exchange = new Exchange(request, response, telemetry, requestTimeoutMs, over, metering);
    const admitted = { exchange };
    exchanges.add(exchange);
    admission.enter(admitted);
    const { credentials, caller } = told(callers, request);
    const look = (text: string | undefined, body: Buffer | undefined): void => {
      const kept = text === undefined ? undefined : execution.kept(text, exchange.run);
      if (kept !== undefined) sendKept(kept, exchange, request, response, sending);
      else {
        handOver(request, { exchange, credentials, caller, body });
        next(request, response);
      }
    };
    // A key in the URL changes the answer's headers.
    if (caller === undefined || caller instanceof Promise || credentials?.key?.location === 'query') {
      handOver(request, { exchange, credentials, caller, body: undefined });
      next(request, response);
      return;
    }
    exchange.credentials = credentials;
    exchange.identify(caller, explain);
    if (request.method === 'GET') look(searchOf(request.url as string), undefined);
    else readBody(request, maxBodyBytes, (_error, body) => look(textOfBody(body), body));
  };

  const [next] = app.server.listeners('request') as [Handler];
  app.server.off('request', next);
  app.server.on('request', (request, response) => {
    if (isUsual(request, path, maxBodyBytes) && admission.hasRoom()) take(request, response, next);
    else next(request, response);
  });
}

interface Told {
  readonly credentials: Credentials | undefined;
  readonly caller: Caller | Promise<Caller> | undefined;
}

/** A refusal is told by fastify, like every error: it goes on as a promise that is rejected. */
function told(callers: Callers, request: IncomingMessage): Told {
  let credentials: Credentials | undefined;
  try {
    credentials = callers.take(request);
    return { credentials, caller: callerByHeaders(callers, credentials, request.method) };
  } catch (thrown) {
    const caller = Promise.reject<Caller>(thrown);
    caller.catch(() => {});
    return { credentials, caller };
  }
}

/** What most requests of programs look like. Whatever else one may be, fastify's hooks and routes see to it. */
function isUsual(
  { method, url = '', headers }: IncomingMessage,
  path: string,
  maxBodyBytes: number,
): boolean {
  if (headers['content-type'] !== 'application/json' || isSpecial(headers)) return false;
  if (method === 'POST') return url === path && Number(headers['content-length']) <= maxBodyBytes;
  return method === 'GET' && url.length <= longestUrl && url.startsWith(`${path}?`);
}

function isSpecial(headers: IncomingHttpHeaders): boolean {
  const { accept } = headers;
  return (
    headers['content-encoding'] !== undefined ||
    headers['x-request-timeout'] !== undefined ||
    // Of a page, perhaps of another site.
    headers.origin !== undefined ||
    (accept !== undefined && (accept.includes('text/html') || answerMediaType(accept) === undefined))
  );
}
