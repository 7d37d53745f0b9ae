import type { Server as HttpsServer } from 'node:https';
import fastify, { type FastifyInstance } from 'fastify';
import type { AuditNotes } from '../access/audit/audit-notes.ts';
import type { Registration } from '../access/registration/registration.ts';
import { isOnFor } from '../config/audience-switch.ts';
import { type Problem, ProblemsError } from '../config/problems.ts';
import type { ServerConfig } from '../config/server-config.ts';
import type { TlsOptions } from '../config/tls-options.ts';
import { isTributaryError, TributaryError } from '../errors.ts';
import type { Execution } from '../execution/execution.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { AdminRoute } from './admin/route.ts';
import { serveAdmin } from './admin/serve-admin.ts';
import { type Evictions, serveEvictions, serveMetrics } from './admin.ts';
import { type Admission, admit, openAdmission } from './admission.ts';
import { endpointPaths } from './audience-paths.ts';
import { type Callers, everybody } from './callers.ts';
import { answerClientError } from './client-errors.ts';
import { allowOrigins } from './cors.ts';
import { sendError, serveEndpoint } from './endpoint.ts';
import type { EndpointOptions } from './endpoint-options.ts';
import type { Exchange } from './exchange.ts';
import type { ForwardedNames } from './forwarded.ts';
import { serveGraphiql } from './graphiql.ts';
import { type HealthSources, readinessOf, serveHealth } from './health.ts';
import { acceptJsonBodies } from './json-body.ts';
import { listen, urlOf } from './listening.ts';
import type { Metering } from './metered.ts';
import { missingRoutes } from './missing-route.ts';
import { type OAuthOptions, serveOAuth } from './oauth.ts';
import { serveRegistration } from './registration.ts';
import { requestIdOf } from './request-headers.ts';
import { serveRoot } from './root.ts';
import { securityHeaders } from './security-headers.ts';
import { stopListener } from './stopping.ts';
import { tlsOf, watchTls } from './tls.ts';

export interface ServerOptions {
  readonly execution: Execution;
  readonly telemetry: Telemetry;
  readonly health: HealthSources;
  readonly config: ServerConfig;
  /** Who is calling. @default everybody is the same caller */
  readonly callers?: Callers;
  /** Tokens for apps. @default none are issued */
  readonly oauth?: OAuthOptions | undefined;
  /** Limits, switches and usage. @default everything may be asked, and nothing is counted */
  readonly metering?: Metering | undefined;
  /** What datasources forward and return. @default nothing */
  readonly forwarding?: ForwardedNames | undefined;
  /** Empties caches, for operators. */
  readonly caches: Evictions;
  /** Lets anybody register for the open plan. @default nobody */
  readonly registration?: Registration | undefined;
  /** What administrators can do over HTTP. @default nothing */
  readonly adminRoutes?: readonly AdminRoute[];
  /** Told of administrators who are refused. @default nobody is */
  readonly notes?: Pick<AuditNotes, 'note'> | undefined;
  /** Folder of the built GraphiQL. @default the one that belongs to this release */
  readonly webFolder?: string;
}

/** A server that listens. */
export interface Server {
  /** Address of the endpoint's listener, without a path. */
  readonly url: string;
  /** Address of the listener for operators. */
  readonly adminUrl: string;
  /** Reads the certificate of the endpoint again; nothing where it speaks no TLS. */
  reloadCertificate(): void;
  /** Stops listening; resolves when everything that was in flight is answered. Called twice, it stops once. */
  close(): Promise<void>;
}

/**
 * Opens both listeners. Rejects with a `ProblemsError` that names every port that cannot be had; then none is open.
 */
export async function openServer(options: ServerOptions): Promise<Server> {
  const { config, health, telemetry } = options;
  let stopping = false;
  const isStopping = (): boolean => stopping;
  const admission = openAdmission(config.limits, telemetry.log);
  const readiness = readinessOf(health, config.readiness, isStopping, admission.isLagging);
  const exchanges = new Set<Exchange>();
  const endpoint = await endpointApp(options, isStopping, exchanges, admission);
  admit(endpoint, admission, pathsOf(config));
  const admin = newApp(config, telemetry, isStopping);
  serveMetrics(admin, telemetry.metrics);
  serveEvictions(admin, options.caches, telemetry.log);
  if (options.adminRoutes !== undefined)
    serveAdmin(admin, {
      routes: options.adminRoutes,
      callers: options.callers ?? everybody,
      switches: options.metering?.switches,
      notes: options.notes,
    });
  for (const app of [endpoint, admin]) serveHealth(app, readiness);
  await listenBoth(endpoint, admin, config);
  const tls = config.tls && watchTls(endpoint.server as unknown as HttpsServer, config.tls, telemetry.log);
  let closed: Promise<void> | undefined;
  return {
    url: urlOf(endpoint),
    reloadCertificate: () => tls?.reload(),
    adminUrl: urlOf(admin),
    close() {
      stopping = true;
      tls?.close();
      closed ??= stopBoth(endpoint, admin, config, exchanges);
      return closed;
    },
  };
}

async function endpointApp(
  {
    config,
    execution,
    telemetry,
    webFolder,
    oauth,
    registration,
    metering,
    forwarding,
    callers = everybody,
  }: ServerOptions,
  isStopping: () => boolean,
  exchanges: Set<Exchange>,
  admission: Admission,
): Promise<FastifyInstance> {
  const app = newApp(config, telemetry, isStopping, config.tls);
  await allowOrigins(app, config, forwarding);
  const { anonymous } = config.access;
  // Who opens a page has no credentials yet.
  const showsPage = isOnFor(config.graphiql, anonymous === 'none' ? 'OPEN' : anonymous);
  const page = showsPage
    ? await serveGraphiql(app, { endpoint: config.path, query: config.graphiqlQuery, folder: webFolder })
    : undefined;
  if (showsPage && page === undefined)
    telemetry.log.warn({}, 'GraphiQL is not built and therefore not served; `npm run build` builds it.');
  const endpoint: EndpointOptions = {
    path: config.path,
    requestTimeoutMs: config.limits.requestTimeoutMs,
    maxBodyBytes: config.limits.maxBodyBytes,
    execution,
    telemetry,
    callers,
    varyByOrigin: config.cors.origins.some((origin) => origin !== '*'),
    explain: config.explain,
    metering,
    forwarding,
    page,
    isStopping,
    exchanges,
  };
  serveEndpoint(app, endpoint, admission);
  if (page !== undefined) serveRoot(app, config.path);
  if (oauth !== undefined) serveOAuth(app, oauth);
  if (registration !== undefined) serveRegistration(app, registration, callers);
  return app;
}

/** What both listeners have: limits, safe headers, and JSON for whatever goes wrong. */
function newApp(
  config: ServerConfig,
  telemetry: Telemetry,
  isStopping: () => boolean,
  tls?: TlsOptions,
): FastifyInstance {
  const { limits } = config;
  const receiveTimeoutMs = Math.max(limits.receiveTimeoutMs, limits.headersTimeoutMs);
  const http = {
    headersTimeout: limits.headersTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs),
  };
  // Its type tells only what the socket is.
  const listener = (tls === undefined ? { http } : { https: { ...http, ...tlsOf(tls) } }) as {
    http: typeof http;
  };
  const app = fastify({
    logger: false,
    bodyLimit: limits.maxBodyBytes,
    requestTimeout: receiveTimeoutMs,
    ...listener,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    // The id of a switch holds the name of a field.
    routerOptions: { maxParamLength: 500 },
    clientErrorHandler: answerClientError,
    frameworkErrors: (_error, request, reply) =>
      void sendError(
        new TributaryError('BAD_REQUEST', 'The URL cannot be read.'),
        requestIdOf(undefined),
        request,
        reply,
        true,
      ),
  });
  app.server.maxConnections = limits.maxConnections;
  app.decorateRequest('exchange', undefined);
  acceptJsonBodies(app, limits.maxBodyBytes);
  app.addHook('onSend', (_request, reply, payload, done) => {
    for (const [name, value] of Object.entries(securityHeaders))
      if (!reply.hasHeader(name)) reply.header(name, value);
    done(null, payload);
  });
  const missing = missingRoutes(app, pathsOf(config));
  app.setErrorHandler((thrown, request, reply) => {
    const known = knownHttpError(thrown);
    // What nobody takes has no body that could be wrong.
    const error = request.is404 && isOfBody.has(known.code) ? missing(request, reply) : known;
    const requestId = request.exchange?.run.requestId ?? requestIdOf(request.headers['x-request-id']);
    if (request.exchange === undefined && error.code === 'INTERNAL_SERVER_ERROR')
      telemetry.log.error({ requestId, error }, 'A request failed that should not.');
    return sendError(error, requestId, request, reply, isStopping());
  });
  app.setNotFoundHandler((request, reply) => {
    const requestId = requestIdOf(request.headers['x-request-id']);
    return sendError(missing(request, reply), requestId, request, reply, isStopping());
  });
  return app;
}

/** What the readers of bodies refuse, but for one that is too large: of that the rest is not read. */
const isOfBody: ReadonlySet<string> = new Set(['BAD_REQUEST', 'UNSUPPORTED_MEDIA_TYPE']);

function pathsOf({ path }: ServerConfig): ReadonlySet<string> {
  return new Set(endpointPaths(path).map(([each]) => each));
}

/** fastify's errors by their code; what has none is ours to mend. */
function knownHttpError(thrown: unknown): TributaryError {
  if (isTributaryError(thrown)) return thrown;
  const { code, statusCode } = thrown as { code?: string; statusCode?: number };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new TributaryError('PAYLOAD_TOO_LARGE');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new TributaryError('UNSUPPORTED_MEDIA_TYPE', 'The body must be `application/json`.');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new TributaryError('BAD_REQUEST');
  return new TributaryError('INTERNAL_SERVER_ERROR', undefined, { cause: thrown });
}

async function listenBoth(
  endpoint: FastifyInstance,
  admin: FastifyInstance,
  config: ServerConfig,
): Promise<void> {
  const problems: (Problem | undefined)[] = [
    await listen(endpoint, { option: 'port', host: config.host, port: config.port }),
    await listen(admin, { option: 'adminPort', host: config.adminHost, port: config.adminPort }),
  ];
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length === 0) return;
  await Promise.allSettled([endpoint.close(), admin.close()]);
  throw new ProblemsError(found);
}

/** The operators' listener goes last: metrics and readiness can be read until the end. */
async function stopBoth(
  endpoint: FastifyInstance,
  admin: FastifyInstance,
  { shutdown }: ServerConfig,
  exchanges: ReadonlySet<Exchange>,
): Promise<void> {
  await stopListener(endpoint, { ...shutdown, exchanges });
  admin.server.closeIdleConnections();
  await admin.close();
}
