import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { readBody } from './body.ts';
import { type CallCounter, callCounter } from './calls.ts';
import { type FaultSwitch, type Faults, faultSwitch, readFaults } from './faults.ts';
import { Problem, problemReply } from './problem.ts';
import { json, type Reply } from './reply.ts';

/**
 * What every backend's server has in common. A request takes this way:
 * `/health`, `/calls` and `/faults` are answered here, uncounted; any other is counted, its body read (1 MB at most),
 * given its operation names by the backend, spoilt if a fault is in force, and answered by the backend.
 */

/** A request as a backend sees it: complete, with its body. */
export interface ServiceRequest {
  /** HEAD is given as GET; Node leaves the body out. */
  method: string;
  url: URL;
  /** The path's segments, percent-decoded: `/rides/R%201` is `['rides', 'R 1']`. */
  segments: readonly string[];
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** What a request asks for, and how to answer it. */
export interface Route {
  /** Names to count it under. */
  operations: readonly string[];
  answer(): Reply;
}

/** A backend: finds the route of a request, and words a refusal in its own protocol. */
export interface Service {
  name: string;
  route(request: ServiceRequest): Route;
  /** @default a JSON problem (RFC 9457) */
  refuse?(problem: Problem, request: { url: URL }): Reply;
}

export interface ListenOptions {
  /** 0 takes a free port. */
  port: number;
  /** @default '127.0.0.1' */
  host?: string;
}

export interface RunningBackend {
  port: number;
  /** Origin, without a slash at the end. */
  url: string;
  /** Stops listening, lets requests in flight end (two seconds at most), closes all sockets. */
  close(): Promise<void>;
}

/** A client that sends nothing more must not hold a socket for ever. */
const timeouts = { headersTimeout: 10_000, requestTimeout: 30_000 };

/**
 * Listens and serves.
 *
 * @throws the listen error (`EADDRINUSE`, `EACCES`) when the port cannot be had.
 */
export async function startService(
  service: Service,
  { port, host = '127.0.0.1' }: ListenOptions,
): Promise<RunningBackend> {
  const calls = callCounter();
  const faults = faultSwitch();
  let closing = false;
  const server = createServer(timeouts, (request, response) => {
    // A connection kept alive would hold up the close for as long as its client likes.
    response.once('close', () => {
      if (closing) server.closeIdleConnections();
    });
    serve(service, calls, faults, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        closing = true;
        const force = setTimeout(() => server.closeAllConnections(), 2_000);
        server.close(() => {
          clearTimeout(force);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

async function serve(
  service: Service,
  calls: CallCounter,
  faults: FaultSwitch,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = parseUrl(request.url);
  const isControl =
    url !== undefined && ['/health', '/calls', '/calls/reset', '/faults'].includes(url.pathname);
  if (!isControl) calls.arrived();
  const taken = isControl ? undefined : faults.take();
  if (taken?.drop) {
    response.destroy();
    return;
  }
  let reply: Reply;
  try {
    if (!url) throw new Problem(400, 'The request target is no path.');
    const body = await readBody(request);
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
    const segments = url.pathname.split('/').slice(1).map(decode);
    const asked: ServiceRequest = { method, url, segments, headers: request.headers, body };
    if (isControl) {
      reply = control(service.name, calls, faults, asked);
    } else {
      const route = findRoute(service, calls, asked);
      if (taken?.delayMs) await wait(taken.delayMs, undefined, { signal: whenGone(response) });
      reply = spoilt(taken) ?? route.answer();
    }
  } catch (error) {
    if (response.destroyed) return;
    reply = refusal(service, error, url);
  }
  if (taken?.lateMs) await wait(taken.lateMs, undefined, { signal: whenGone(response) });
  send(response, reply, taken);
}

/** Names are counted even when the answer will be a refusal; what has no name counts as such. */
function findRoute(service: Service, calls: CallCounter, request: ServiceRequest): Route {
  try {
    const route = service.route(request);
    calls.named(route.operations);
    return route;
  } catch (error) {
    calls.named(['(unknown)']);
    // The refusal is the route's answer: faults in force concern it like any other.
    return {
      operations: [],
      answer: () => {
        throw error;
      },
    };
  }
}

function control(name: string, calls: CallCounter, faults: FaultSwitch, request: ServiceRequest): Reply {
  switch (`${request.method} ${request.url.pathname}`) {
    case 'GET /health':
      return json({ status: 'ok', name, pid: process.pid });
    case 'GET /calls':
      return json(calls.snapshot());
    case 'POST /calls/reset':
      calls.reset();
      return json(calls.snapshot());
    case 'GET /faults':
      return json(faults.current() ?? {});
    case 'PUT /faults':
      faults.set(readFaults(parseJson(request.body)));
      return json(faults.current() ?? {});
    case 'DELETE /faults':
      faults.clear();
      return json({});
    default:
      throw new Problem(405, `${request.url.pathname} does not answer ${request.method}.`);
  }
}

function refusal(service: Service, error: unknown, url: URL | undefined): Reply {
  const known = error instanceof Problem;
  // What went wrong inside is for the operator's eyes only.
  if (!known) console.error(error);
  const problem = known ? error : new Problem(500, 'Something went wrong inside.');
  const refuse = service.refuse ?? problemReply;
  return refuse(problem, { url: url ?? new URL('http://backend/') });
}

function spoilt(faults: Faults | undefined): Reply | undefined {
  if (faults?.status === undefined && faults?.body === undefined) return undefined;
  return {
    status: faults.status ?? 200,
    contentType: faults.contentType ?? 'text/plain',
    body: faults.body ?? '',
  };
}

function send(response: ServerResponse, reply: Reply, faults: Faults | undefined): void {
  const whole = Buffer.from(reply.body);
  const cut = faults?.cut;
  if (cut === 0 && faults?.hangUp) {
    response.destroy();
    return;
  }
  const sent = cut === undefined ? whole : whole.subarray(0, cut);
  const hasBody = reply.status !== 204 && reply.status !== 304;
  response.writeHead(reply.status, {
    ...(reply.contentType && hasBody ? { 'content-type': reply.contentType } : {}),
    ...(hasBody ? { 'content-length': faults?.hangUp ? whole.length : sent.length } : {}),
    ...reply.headers,
    ...faults?.headers,
  });
  if (!hasBody) response.end();
  else if (faults?.hangUp) response.write(sent, () => response.destroy());
  else response.end(sent);
}

/** Aborted when the client leaves before it was answered. */
function whenGone(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}

function parseUrl(target: string | undefined): URL | undefined {
  // Only origin form (RFC 9112 §3.2.1): an absolute or `//host` target must not choose the host.
  if (!target?.startsWith('/') || target.startsWith('//')) return undefined;
  try {
    return new URL(target, 'http://backend');
  } catch {
    return undefined;
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Problem(400, 'The path is not percent-encoded UTF-8.');
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new Problem(400, 'The body is not JSON.');
  }
}
