import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Caller } from '../caller.ts';
import type { ServerConfig } from '../config/server-config.ts';
import type { RedisLink } from '../redis/redis-link.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../util/clock.ts';
import type { Plan } from './apps/plan.ts';
import { blockedNews } from './limits/blocked-news.ts';
import type { LimitStore } from './limits/limit-store.ts';
import { type Limits, openLimits } from './limits/limits.ts';
import type { PlanLimits } from './limits/plan-limits.ts';
import { ProcessLimits } from './limits/process-limits.ts';
import { Quota } from './limits/quota.ts';
import { RedisLimits } from './limits/redis-limits.ts';
import type { Database } from './state/database.ts';
import { openUsage, type Usage } from './usage/usage.ts';

export interface MeteringOptions {
  readonly config: Pick<ServerConfig, 'rates' | 'usage' | 'limits'>;
  /** Of the graph project: the usage log's path is relative to it. */
  readonly directory: string;
  readonly database: Database;
  /** A plan by its name, from memory. */
  readonly planOf: (name: string) => Plan | undefined;
  /** Counts for all replicas together; without it this process counts for itself. */
  readonly redis?: RedisLink | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: Metrics;
}

/** How much may be asked, and what was used. */
export interface OpenMetering {
  readonly limits: Limits;
  /** Where `limits` counts, for what is limited beside requests. */
  readonly rates: Pick<LimitStore, 'enter'>;
  readonly usage: Usage;
  /** Ships what is left, and gives back what was not spent. */
  close(): Promise<void>;
}

/** More than one process can answer: a plan that limits something else alone. */
const anyPerMinute = 60_000_000;
/** A request ends with its deadline; after that much more its replica is taken for dead. */
const graceMs = 5_000;

/**
 * Opens limits and usage by the configuration.
 *
 * @throws ProblemsError where the directory of the usage log cannot be written to
 */
export function openMetering(options: MeteringOptions): OpenMetering {
  const { config, database, redis, clock, log, metrics } = options;
  const { rates } = config;
  const usage = openUsage({
    ...config.usage,
    directory: path.resolve(options.directory, config.usage.directory),
    database,
    clock,
    log,
    ...(metrics === undefined ? {} : { metrics }),
  });
  const node = randomBytes(9).toString('base64url');
  const longestMs = config.limits.requestTimeoutMs + graceMs;
  const anonymous: PlanLimits = {
    perMinute: rates.anonymousPerMinute,
    burst: rates.anonymousBurst,
    running: rates.anonymousRunning,
  };
  const store =
    redis === undefined ? new ProcessLimits(clock) : new RedisLimits({ link: redis, clock, node, longestMs });
  const limits = openLimits({
    store,
    quota: new Quota({ database, clock, log }),
    planOf: limitsByPlan(options.planOf, anonymous),
    anonymous,
    badCredentials: { most: rates.badCredentials, withinMs: rates.badCredentialsMs, blockMs: rates.blockMs },
    news: redis && blockedNews(redis),
    clock,
    log,
  });
  return {
    limits,
    rates: store,
    usage,
    async close() {
      await Promise.all([limits.close(), usage.close()]);
    },
  };
}

/** What a caller's plan allows, worked out once a plan: a plan that was changed is another object. */
function limitsByPlan(
  planOf: (name: string) => Plan | undefined,
  anonymous: PlanLimits,
): (caller: Caller) => PlanLimits | undefined {
  const known = new WeakMap<Plan, { readonly limits: PlanLimits | undefined }>();
  return ({ plan: name }) => {
    if (name === undefined) return undefined;
    const plan = planOf(name);
    // One that was removed limits nobody any more: whoever had it is not to have everything instead.
    if (plan === undefined) return anonymous;
    let found = known.get(plan);
    if (found === undefined) {
      found = { limits: limitsOf(plan) };
      known.set(plan, found);
    }
    return found.limits;
  };
}

function limitsOf({
  limitPerMinute,
  burst,
  concurrency,
  quotaUnits,
  quotaPeriod,
}: Plan): PlanLimits | undefined {
  if (limitPerMinute === undefined && concurrency === undefined && quotaUnits === undefined) return undefined;
  const perMinute = limitPerMinute ?? anyPerMinute;
  return {
    perMinute,
    burst: burst ?? Math.max(1, Math.ceil(perMinute / 6)),
    running: concurrency ?? 0,
    quota: quotaUnits === undefined ? undefined : { units: quotaUnits, period: quotaPeriod, prepaid: true },
  };
}
