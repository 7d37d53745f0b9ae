import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, Pool } from 'undici';
import { TributaryError } from '../errors.ts';
import { type BaseUrl, parseBaseUrl, parseUrl } from './base-url.ts';
import { Exchange, type RawAnswer } from './exchange.ts';
import { assertHeaderValues, type Headers } from './header-values.ts';
import { acceptedCodings, inflate } from './inflate.ts';

export interface HttpClientOptions {
  /** The name of the datasource: every error carries it. */
  readonly service: string;
  /** Where the service is; a base path is kept, credentials become basic authentication. */
  readonly baseUrl: string;
  /** The name of the option that `baseUrl` came from, for messages. @default 'baseUrl' */
  readonly baseUrlOption?: string;
  /** The most sockets kept open to the service. @default 64 */
  readonly connections?: number;
  /** The largest body accepted, in bytes, after inflating. @default 10485760 */
  readonly maxResponseBytes?: number;
  /** How long opening a socket may take, in milliseconds. @default 1000 */
  readonly connectTimeoutMs?: number;
  /** Accepts compressed answers: less traffic, more CPU. @default false */
  readonly compression?: boolean;
}

export const httpClientDefaults = {
  connections: 64,
  maxResponseBytes: 10_485_760,
  connectTimeoutMs: 1_000,
  compression: false,
} as const;

export interface HttpRequest {
  readonly method: string;
  /** Path and query, encoded, below the base URL's path: begins with `/`. Empty: the base URL itself. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Headers;
  readonly body?: string | Buffer;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Whole and inflated. */
  readonly body: Buffer;
}

export interface HttpClient {
  /**
   * Sends one request and gives the answer whatever its status; a redirect is an answer like any other.
   *
   * Rejects with the signal's reason when aborted, and with `UPSTREAM_UNAVAILABLE` (refused, unresolved, untrusted,
   * broken off), `UPSTREAM_TIMEOUT` (silent for five minutes), `UPSTREAM_RESPONSE_TOO_LARGE`,
   * `UPSTREAM_INVALID_RESPONSE` (not HTTP), or `BAD_USER_INPUT` (a header or path that cannot be sent).
   */
  request(request: HttpRequest): Promise<HttpAnswer>;
  /** Resolves where the service answers `GET path` with a status below 500. */
  ping(path: string, signal: AbortSignal): Promise<void>;
  /** Lets what is in flight end, then closes the sockets. */
  close(): Promise<void>;
}

/**
 * Opens the pool of sockets to one service. No socket is opened before the first request. Throws an `Error` that names
 * the option where the base URL is not one.
 *
 * @example
 * const client = openHttpClient({ service: 'rides', baseUrl: 'http://127.0.0.1:4101' });
 * const { status, body } = await client.request({ method: 'GET', path: '/cities', headers: {}, signal });
 */
export function openHttpClient(options: HttpClientOptions): HttpClient {
  const { service } = options;
  const connections = options.connections ?? httpClientDefaults.connections;
  const maxBytes = options.maxResponseBytes ?? httpClientDefaults.maxResponseBytes;
  const timeout = options.connectTimeoutMs ?? httpClientDefaults.connectTimeoutMs;
  const compression = options.compression ?? httpClientDefaults.compression;
  assertWhole(connections, 'connections');
  assertWhole(maxBytes, 'maxResponseBytes');
  assertWhole(timeout, 'connectTimeoutMs');
  const base = parseBaseUrl(options.baseUrl, options.baseUrlOption ?? 'baseUrl');
  const pool = new Pool(base.origin, { connections, pipelining: 1, connect: { timeout } });
  const common = commonHeaders(base, compression);

  const request = async ({ method, path, headers, body, signal }: HttpRequest): Promise<HttpAnswer> => {
    signal.throwIfAborted();
    const target = targetOf(base, path);
    assertTarget(target, base, service);
    const sent = { ...common, ...headers };
    assertHeaderValues(sent, service);
    const answer = await new Promise<RawAnswer>((resolve, reject) => {
      const told = `${method} ${base.origin}${target.split('?', 1)[0]}`;
      const exchange = new Exchange({ service, request: told, maxBytes, signal }, resolve, reject);
      pool.dispatch(
        { method: method as Dispatcher.HttpMethod, path: target, headers: sent, body: body ?? null },
        exchange,
      );
    });
    const coding = answer.headers['content-encoding'];
    if (coding === undefined) return answer;
    return { ...answer, body: await inflate(answer.body, coding, maxBytes, service) };
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
    close: () => pool.close(),
  };
}

/** The root is `/`, never empty (RFC 9112 §3.2.1). */
function targetOf({ basePath }: BaseUrl, path: string): string {
  const target = basePath + path;
  return target === '' || target.startsWith('?') ? `/${target}` : target;
}

/** What every server is expected to take (RFC 9110 §4.1). */
const longestTarget = 8_000;

/**
 * The last fence before the wire, whatever put the path together: read as a URL, the target must be of this origin and
 * must already be in its normal form. `//evil/x`, `/a/../../b`, a backslash and a control character are not.
 */
function assertTarget(target: string, { origin, basePath }: BaseUrl, service: string): void {
  if (target.length > longestTarget) {
    const message = 'The values are too long to be sent in an address.';
    throw new TributaryError('BAD_USER_INPUT', message, { service, detail: `${target.length} characters.` });
  }
  const url = parseUrl(origin + target);
  const path = target.split('?', 1)[0] as string;
  if (
    url !== null &&
    url.origin === origin &&
    url.pathname === path &&
    !path.slice(basePath.length).includes('//') &&
    (path === basePath || path.startsWith(`${basePath}/`)) &&
    !/[^\x21-\x7e]|#/.test(target)
  )
    return;
  throw new TributaryError('BAD_USER_INPUT', 'A value cannot be sent as part of a path.', {
    service,
    detail: `The path ${JSON.stringify(path)} is not one below the base URL.`,
  });
}

function commonHeaders({ authorization }: BaseUrl, compression: boolean): Headers {
  return {
    ...(authorization !== undefined && { authorization }),
    ...(compression && { 'accept-encoding': acceptedCodings }),
  };
}

function assertWhole(value: number, option: string): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new Error(`\`${option}\` must be a whole number of at least 1, but is ${value}.`);
}
