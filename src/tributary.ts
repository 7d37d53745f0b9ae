import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { printSchema } from 'graphql';
import { type Access, openAccess } from './access/access.ts';
import { noteLoads } from './access/audit/loads.ts';
import { anonymousProblem } from './access/identity/anonymous-problem.ts';
import * as authoring from './authoring.ts';
import { type Problem, ProblemsError } from './config/problems.ts';
import type { ServerConfig } from './config/server-config.ts';
import { openAudienceExecutions } from './execution/audience-executions.ts';
import type { ImportModule } from './graph/module-loader.ts';
import { draftProject, type Project, projectOf } from './graph/project.ts';
import { adminRoutes } from './http/admin/admin-routes.ts';
import { callersBy } from './http/callers.ts';
import type { ForwardedNames } from './http/forwarded.ts';
import { limitedCallers } from './http/limited-callers.ts';
import type { Metering } from './http/metered.ts';
import { observationOf } from './http/observed.ts';
import { portProblems } from './http/ports.ts';
import { openServer } from './http/server.ts';
import type { Cache } from './operations/caches/cache.ts';
import { openCache } from './operations/caches/open-cache.ts';
import { type OperationEngine, openEngine } from './operations/engine.ts';
import { forwardingOfAll } from './operations/forwarding.ts';
import type { Log } from './telemetry/log.ts';
import { openTelemetry, type Telemetry } from './telemetry/telemetry.ts';
import { steadyClock } from './util/clock.ts';

export interface TributaryOptions {
  /** The graph project: `schema/`, `resolvers/`, `datasources/`, `tributary.config.ts`. */
  readonly directory: string;
  /** @default process.env */
  readonly variables?: NodeJS.ProcessEnv;
  /** How to import the project's TypeScript. @default through jiti, without a build */
  readonly importModule?: ImportModule;
}

/** A graph that is served. */
export interface Tributary {
  /** Address of the endpoint, with its path. */
  readonly url: string;
  /** Address of the listener for operators. */
  readonly adminUrl: string;
  readonly config: ServerConfig;
  readonly log: Log;
  /** Reads the certificate of the endpoint again; nothing where it speaks no TLS. */
  reloadCertificate(): void;
  /** Stops listening, lets what is in flight finish, and closes every connection. */
  close(): Promise<void>;
}

/**
 * Serves a graph project. Rejects with a `ProblemsError` that lists everything that keeps it from being served: the
 * configuration, the contract, the resolvers, the datasources and the ports, all at once.
 */
export async function startTributary(options: TributaryOptions): Promise<Tributary> {
  const variables = options.variables ?? process.env;
  const { draft, problems: found } = await draftProject(options.directory, {
    engineModule: authoring,
    variables,
    ...(options.importModule === undefined ? {} : { importModule: options.importModule }),
  });
  // Nothing is opened for a folder that is no project: a misspelt name would leave state behind.
  if (!existsSync(join(draft.directory, 'schema'))) throw new ProblemsError(found);
  const { config } = draft;
  const telemetry = await openTelemetry({ logLevel: config.logLevel, traceUrl: config.traceUrl });
  const cache = openCache({ ...config.cache, redisUrl: config.redisUrl, log: telemetry.log });
  const problems: Problem[] = [...found, ...(await missingRedis(config, cache))];
  const anonymous = anonymousProblem(config.host, config.access.anonymous);
  if (anonymous !== undefined) problems.push(anonymous);
  const opened = <Part>(part: Promise<Part>): Promise<Part | undefined> =>
    part.catch((thrown: unknown) => {
      if (!(thrown instanceof ProblemsError)) throw thrown;
      problems.push(...thrown.problems);
      return undefined;
    });
  const { log, metrics } = telemetry;
  const access = await opened(
    openAccess({ config, directory: draft.directory, variables, log, metrics, clock: steadyClock }),
  );
  const fileOf = new Map(draft.datasources.map(({ info, file }) => [info.name, file]));
  const engine = await opened(
    openEngine(
      draft.datasources.map(({ datasource }) => datasource),
      {
        variables,
        log,
        cache,
        clock: steadyClock,
        placeOf: (name) => fileOf.get(name) ?? name,
        switchedOff: (name) => access?.state.switches.board.datasource(name),
      },
    ),
  );
  if (engine === undefined || access === undefined || problems.length > 0) {
    problems.push(...(await portProblems(config)));
    await Promise.all([engine?.close() ?? cache.close(), access?.close()]);
    await telemetry.close();
    throw new ProblemsError(withoutRepeats(problems));
  }
  const forwarding = forwardingOfAll(draft.datasources.map(({ info }) => info.forwarding));
  const datasources = new Set(fileOf.keys());
  return serve(projectOf(draft), engine, access, cache, telemetry, forwarding, datasources);
}

const redisLimitMs = 5_000;

/** A Redis that must be there, and is not. */
async function missingRedis({ redisRequired }: ServerConfig, cache: Cache): Promise<readonly Problem[]> {
  if (!redisRequired) return [];
  const missing = { place: 'tributary.config.ts', subject: 'redisRequired' };
  if (cache.whenShared === undefined)
    return [{ ...missing, message: 'No Redis is named.', mend: 'Set `redisUrl` or REDIS_URL.' }];
  if (await cache.whenShared(redisLimitMs)) return [];
  const message = `Redis does not answer: ${cache.fault() ?? 'no reason is known'}.`;
  return [{ ...missing, message, mend: 'Start it, or set `redisRequired` to false.', mayPass: true }];
}

async function serve(
  { schema, contracts, manifest, config }: Project,
  engine: OperationEngine,
  access: Access,
  cache: Cache,
  telemetry: Telemetry,
  forwarding: ForwardedNames | undefined,
  datasources: ReadonlySet<string>,
): Promise<Tributary> {
  const { identity, metering, state } = access;
  const execution = await openAudienceExecutions({
    contracts,
    manifest,
    engine,
    telemetry,
    config,
    cache,
    mayGiveKept: () => !state.switches.board.forbidsKeptAnswers,
  });
  const health = { ping: engine.ping, cacheFault: () => cache.fault(), unready: identity.unready };
  const closeAll = async (): Promise<void> => {
    await execution.close();
    await engine.close();
    await access.close();
    await telemetry.close();
  };
  try {
    const server = await openServer({
      execution,
      telemetry,
      health,
      config,
      caches: engine,
      callers: limitedCallers(callersBy(identity.identity), metering.limits, access.revokedUses),
      metering: meteringBy(access),
      oauth: identity.oauth,
      registration: state.registry.registration,
      adminRoutes: adminRoutes(state, { datasources }),
      notes: state.notes,
      forwarding,
    });
    // `tributary schema` ends its document with a line.
    noteLoads(state.notes, { contract: `${printSchema(schema)}\n`, config }, state.pepper);
    return {
      url: server.url + config.path,
      adminUrl: server.adminUrl,
      reloadCertificate: () => server.reloadCertificate(),
      config,
      log: telemetry.log,
      async close() {
        await server.close();
        await closeAll();
      },
    };
  } catch (thrown) {
    await closeAll();
    throw thrown;
  }
}

/** Limits, switches and usage of every request, and what is learnt from it when it is over. */
function meteringBy({ metering, state, anomalies }: Access): Metering {
  const { registry, switches } = state;
  return {
    limits: metering.limits,
    usage: metering.usage,
    switches: switches.board,
    maxCostOf: ({ plan }) => (plan === undefined ? undefined : registry.plans.get(plan)?.maxCost),
    observe(over) {
      const { caller, credentials, headers } = over;
      if (caller.key !== undefined)
        registry.lastUse.note(caller.key, credentials?.address ?? '', headers['user-agent'] ?? '');
      anomalies.watch?.observe(observationOf(over, steadyClock.now()));
    },
  };
}

/** A rule of the project and the engine may have found the same. */
function withoutRepeats(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ place, subject, message }) => {
    const key = `${place} ${subject} ${message}`;
    return !seen.has(key) && seen.add(key);
  });
}
