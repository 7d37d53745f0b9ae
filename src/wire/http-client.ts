import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { TributaryError } from '../errors.ts';
import type { CancelSignal } from '../util/abort.ts';
import type { BaseUrl } from './base-url.ts';
import { parseBaseUrl } from './base-url.ts';
import { openConnector } from './connector.ts';
import type { Carried, HttpSecurity } from './credentials.ts';
import type { RawAnswer } from './exchange.ts';
import { assertHeaderValues, type Headers } from './header-values.ts';
import { acceptedCodings, inflate } from './inflate.ts';
import { fullLimits, type WireLimits } from './limits.ts';
import { mostRedirects, redirectTarget, withoutCredentials } from './redirects.ts';
import { openSockets } from './sockets.ts';
import { assertTarget, routeOf, targetOf } from './target.ts';

/** What a datasource over HTTP may say of its connections. */
export interface ConnectionOptions extends WireLimits {
  /** The most sockets kept open to the service. @default 64 */
  readonly connections?: number;
  /** Accepts compressed answers: less traffic, more CPU. @default false */
  readonly compression?: boolean;
  /**
   * Follows redirects of a GET: three at most, to the same origin alone, and without credentials.
   * @default 'refuse'
   */
  readonly redirects?: 'refuse' | 'same-origin';
}

export interface HttpClientOptions extends ConnectionOptions {
  /** The name of the datasource: every error carries it. */
  readonly service: string;
  /** Where the service is; a base path is kept, credentials become basic authentication. */
  readonly baseUrl: string;
  /** The name of the option that `baseUrl` came from, for messages. @default 'baseUrl' */
  readonly baseUrlOption?: string;
  /**
   * Connects to this Unix-domain socket instead of the address's host, which is still named in `Host`. Needs an `http://`
   * address.
   * @default the address's host and port
   */
  readonly socketPath?: string | undefined;
  /** Credentials and TLS, as `securityOf` makes them. */
  readonly security?: HttpSecurity;
}

export const connectionDefaults = { connections: 64, compression: false, redirects: 'refuse' } as const;

export interface HttpRequest {
  readonly method: string;
  /** Path and query, encoded, below the base URL's path: begins with `/`. Empty: the base URL itself. */
  readonly path: string;
  /** The path as the definition has it, for the log: values of inputs stay out of it. @default the path */
  readonly route?: string;
  /** Names in lower case. */
  readonly headers: Headers;
  readonly body?: string | Buffer;
  readonly signal: CancelSignal;
  /** Whether doing it twice is doing it once. @default whether the method is GET */
  readonly repeatable?: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Whole and inflated. */
  readonly body: Buffer;
}

export interface HttpClient {
  /**
   * Sends one request and gives the answer whatever its status; a redirect that is not followed is an answer like any
   * other. A repeatable request whose kept socket turns out to be closed before any byte of an answer is sent once more,
   * at once, on a fresh socket; one whose token is refused, once more with a renewed one.
   *
   * Rejects with the signal's reason when aborted, and with `UPSTREAM_UNAVAILABLE` (refused, unresolved, untrusted,
   * broken off), `UPSTREAM_TIMEOUT` (the answer did not begin in time, stopped coming or drips),
   * `UPSTREAM_RESPONSE_TOO_LARGE`, `UPSTREAM_INVALID_RESPONSE` (not HTTP), `BAD_USER_INPUT` (a header or path that
   * cannot be sent), or what fetching a token fails with.
   */
  request(request: HttpRequest): Promise<HttpAnswer>;
  /** Resolves where the service answers `GET path` with a status below 500. */
  ping(path: string, signal: AbortSignal): Promise<void>;
  /** Lets what is in flight end, then closes the sockets. */
  close(): Promise<void>;
}

/**
 * Opens the pool of sockets to one service. No socket is opened before the first request. Throws an `Error` that names
 * the option where the base URL is not one, or a limit cannot be meant.
 *
 * @example
 * const client = openHttpClient({ service: 'rides', baseUrl: 'http://127.0.0.1:4101' });
 * const { status, body } = await client.request({ method: 'GET', path: '/cities', headers: {}, signal });
 */
export function openHttpClient(options: HttpClientOptions): HttpClient {
  const { service } = options;
  const credentials = options.security?.credentials;
  const redirects = options.redirects ?? connectionDefaults.redirects;
  const wire = openWire(options);

  /** What was refused has done nothing, so that a write may be sent again as well. */
  const authorized = async (request: HttpRequest, mayRenew = true): Promise<HttpAnswer> => {
    const given = credentials?.carried(request.signal);
    const carried = given instanceof Promise ? await given : given;
    const answer = await wire.send(request, carried);
    if (carried === undefined) return answer;
    if (answer.status !== 401) credentials?.accepted?.(carried);
    else if (mayRenew && credentials?.refused?.(carried) === true) return authorized(request, false);
    return answer;
  };

  const followed = async (asked: HttpRequest): Promise<HttpAnswer> =>
    wire.follow(await authorized(asked), asked);

  /** Every promise between here and the socket is paid for by every request: the plain one goes straight there. */
  const request = (asked: HttpRequest): Promise<HttpAnswer> => {
    if (asked.signal.aborted) return Promise.reject(asked.signal.reason);
    if (redirects === 'same-origin' && asked.method === 'GET') return followed(asked);
    return credentials === undefined ? wire.send(asked, undefined) : authorized(asked);
  };

  return {
    request,
    async ping(path, signal) {
      const { status } = await request({ method: 'GET', path, headers: {}, signal });
      if (status < 500) return;
      throw new TributaryError('UPSTREAM_UNAVAILABLE', undefined, {
        service,
        detail: `GET ${path}: ${status}.`,
      });
    },
    async close() {
      await Promise.all([wire.close(), credentials?.close?.()]);
    },
  };
}

/** The pool, and what every request goes through. */
function openWire(options: HttpClientOptions) {
  const { service } = options;
  const limits = fullLimits(options);
  const connections = options.connections ?? connectionDefaults.connections;
  if (!(Number.isInteger(connections) && connections > 0))
    throw new Error(`\`connections\` must be a whole number of at least 1, but is ${connections}.`);
  const base = parseBaseUrl(options.baseUrl, options.baseUrlOption ?? 'baseUrl');
  const { socketPath } = options;
  if (socketPath !== undefined) assertSocketPath(socketPath, base);
  const connector = openConnector(limits.connectTimeoutMs, options.security?.tls, socketPath);
  const common = commonHeaders(base, options.compression ?? connectionDefaults.compression);
  const sockets = openSockets(base, connector, connections);

  const inflated = (answer: RawAnswer): HttpAnswer | Promise<HttpAnswer> => {
    const coding = answer.headers['content-encoding'];
    if (coding === undefined) return answer;
    return inflate(answer.body, coding, limits.maxResponseBytes, service).then((body) => ({
      ...answer,
      body,
    }));
  };

  const exchange = (target: string, request: HttpRequest, headers: Headers): Promise<HttpAnswer> => {
    const { method, body, signal, repeatable = method === 'GET' } = request;
    assertHeaderValues(headers, service);
    const told = () => `${method} ${base.origin}${routeOf(base, request.route, target)}`;
    const sent = { method: method as Dispatcher.HttpMethod, path: target, headers, body: body ?? null };
    return sockets.send(sent, { service, told, limits, signal }, repeatable, inflated);
  };

  return {
    send(request: HttpRequest, carried: Carried | undefined): Promise<HttpAnswer> {
      try {
        const target = targetOf(base, request.path, carried?.query);
        assertTarget(target, base, limits.maxUrlLength, request.route, service);
        const plain = carried === undefined && common === undefined;
        return exchange(
          target,
          request,
          plain ? request.headers : { ...common, ...request.headers, ...carried?.headers },
        );
      } catch (refused) {
        return Promise.reject(refused);
      }
    },
    /** Where redirects lead in the end; the redirect itself, where they lead too far. */
    async follow(first: HttpAnswer, request: HttpRequest): Promise<HttpAnswer> {
      const headers = withoutCredentials({ ...common, ...request.headers });
      let [answer, at] = [first, targetOf(base, request.path, undefined)];
      for (let hop = 0; hop < mostRedirects; hop++) {
        const next = redirectTarget(answer.status, answer.headers.location, at, base);
        if (next === undefined) break;
        at = next;
        answer = await exchange(at, request, headers);
      }
      return answer;
    },
    close: () => sockets.close(),
  };
}

function assertSocketPath(socketPath: string, { origin }: BaseUrl): void {
  if (socketPath === '') throw new Error('`socketPath` must be the path of a socket, but is empty.');
  if (origin.startsWith('https:'))
    throw new Error(
      '`socketPath` goes with an address that begins with http://: a socket of this machine needs no TLS.',
    );
}

/** What every request carries; `undefined` where that is nothing. */
function commonHeaders({ authorization }: BaseUrl, compression: boolean): Headers | undefined {
  if (authorization === undefined && !compression) return undefined;
  return {
    ...(authorization !== undefined && { authorization }),
    ...(compression && { 'accept-encoding': acceptedCodings }),
  };
}
