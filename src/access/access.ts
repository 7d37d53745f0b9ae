import { ProblemsError } from '../config/problems.ts';
import type { ServerConfig } from '../config/server-config.ts';
import { openRedis } from '../redis/redis-link.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { type Clock, steadyClock } from '../util/clock.ts';
import { RevokedUses } from './audit/revoked-uses.ts';
import { issuerProblems } from './identity/issuer-problems.ts';
import { type OpenAnomalies, openAnomalies } from './open-anomalies.ts';
import { type OpenIdentity, openIdentity } from './open-identity.ts';
import { type OpenMetering, openMetering } from './open-metering.ts';
import { type AccessState, openAccessState } from './open-state.ts';

export interface AccessOptions {
  readonly config: ServerConfig;
  /** Of the graph project: paths are relative to it. */
  readonly directory: string;
  readonly variables: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock?: Clock;
}

/** Who is calling, what they may, how much of it, and what they used: all that a server needs to know of it. */
export interface Access {
  readonly state: AccessState;
  readonly identity: OpenIdentity;
  readonly metering: OpenMetering;
  readonly anomalies: OpenAnomalies;
  /** Told of keys that are used after they were revoked. */
  readonly revokedUses: RevokedUses;
  close(): Promise<void>;
}

/** Opens it. Rejects with a `ProblemsError` where something cannot be had; then nothing is open. */
export async function openAccess(options: AccessOptions): Promise<Access> {
  const { config, directory, variables, log, metrics, clock = steadyClock } = options;
  const open: { close(): unknown }[] = [];
  const close = async (): Promise<void> => {
    // In the order opposite to that of opening: what was counted is shipped before the database closes.
    for (const each of open.splice(0).reverse()) await each.close();
  };
  const opened = <Part extends { close(): unknown }>(part: Part): Part => {
    open.push(part);
    return part;
  };
  try {
    const redis = config.redisUrl === undefined ? undefined : opened(openRedis(config.redisUrl, log));
    const shared = { directory, variables, log, metrics, redis, clock };
    const state = opened(await openAccessState({ ...shared, config: config.access }));
    const { plans } = state.registry;
    const problems = issuerProblems({ ...config.access, hasPlan: (name) => plans.get(name) !== undefined });
    if (problems.length > 0) throw new ProblemsError(problems);
    const metering = opened(
      openMetering({
        ...shared,
        config,
        database: state.database,
        planOf: (name) => state.registry.plans.get(name),
      }),
    );
    const { rates } = metering;
    const { notes } = state;
    const revokedUses = new RevokedUses(notes, clock);
    const identity = opened(
      await openIdentity({ ...state, config: config.access, rates, revokedUses, log, clock }),
    );
    const anomalies = opened(openAnomalies({ config: config.anomalies, clock, log, metrics, notes }));
    await state.audit.anchor();
    return { state, identity, metering, anomalies, revokedUses, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
