import { ProblemsError } from '../../config/problems.ts';
import { toError } from '../../errors.ts';
import { openRedis, type RedisLink } from '../../redis/redis-link.ts';
import type { Log } from '../../telemetry/log.ts';
import { type Clock, steadyClock } from '../../util/clock.ts';
import type { Cache } from './cache.ts';
import { processCache } from './process-cache.ts';
import { sharedCache } from './shared-cache.ts';

export interface OpenCacheOptions {
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** @default none: answers are kept in this process alone */
  readonly redisUrl?: string | undefined;
  readonly log: Log;
  readonly clock?: Clock;
}

/**
 * Answers are kept in this process, and in Redis as well where there is one. A Redis that is absent is no error: it is
 * used as soon as it is there. Throws a `ProblemsError` where its address cannot be read (`readRedisAddress`).
 */
export function openCache({ redisUrl, log, clock = steadyClock, ...limits }: OpenCacheOptions): Cache {
  if (redisUrl === undefined) return processCache({ ...limits, clock });
  return sharedCache(openLink(redisUrl, log), { ...limits, clock });
}

function openLink(redisUrl: string, log: Log): RedisLink {
  try {
    return openRedis(redisUrl, log);
  } catch (thrown) {
    const mend = 'Set `redisUrl`, or the environment variable REDIS_URL, to an address of one of the forms.';
    throw new ProblemsError([
      { place: 'REDIS_URL', subject: 'redisUrl', message: toError(thrown).message, mend },
    ]);
  }
}
