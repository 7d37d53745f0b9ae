import { createHash } from 'node:crypto';
import type { RedisClient } from '../../redis/redis-client.ts';
import type { Clock } from '../../util/clock.ts';
import type { Cache, CacheEntry } from './cache.ts';

/** After a failure Redis is left alone for so long: its time limit is paid once, not by every request. */
const restMs = 1_000;
const prefix = 'tributary:answer:';

/**
 * Keeps answers in Redis, shared by all replicas: one `MGET` asks for a batch, one pipeline writes it. A failure is a
 * miss, and so is a value that is not an entry or belongs to another key (a poisoned or foreign one).
 */
export function redisCache(client: RedisClient, clock: Clock): Cache {
  let restingUntil = 0;
  let fault: string | undefined;

  async function attempt<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
    if (clock.now() < restingUntil) return otherwise;
    try {
      const result = await work();
      fault = undefined;
      return result;
    } catch (thrown) {
      restingUntil = clock.now() + restMs;
      fault = thrown instanceof Error ? thrown.message : 'unknown';
      return otherwise;
    }
  }

  return {
    getMany(keys) {
      const none = keys.map(() => undefined);
      if (keys.length === 0) return Promise.resolve(none);
      return attempt(async () => {
        const texts = await client.mget(keys.map(nameOf));
        return keys.map((key, index) => readEntry(texts[index], key, clock.now()));
      }, none);
    },
    setMany(entries) {
      return attempt(async () => {
        const now = clock.now();
        const kept = entries.filter((entry) => entry.keptUntil > now);
        if (kept.length === 0) return;
        const pipeline = client.pipeline();
        for (const entry of kept) {
          pipeline.set(nameOf(entry.key), JSON.stringify(entry), 'PX', Math.ceil(entry.keptUntil - now));
        }
        for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
      }, undefined);
    },
    deleteMany(keys) {
      return attempt(async () => {
        const pipeline = client.pipeline();
        for (const key of keys) pipeline.del(nameOf(key));
        await pipeline.exec();
      }, undefined);
    },
    fault: () => fault ?? (client.status === 'ready' ? undefined : 'not connected'),
    close: async () => client.disconnect(),
  };
}

/** Keys hold whole inputs, which may be long; the entry echoes its key, so a short digest is safe. */
function nameOf(key: string): string {
  return prefix + createHash('sha256').update(key).digest('base64url');
}

function readEntry(text: string | null | undefined, key: string, now: number): CacheEntry | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const entry: unknown = JSON.parse(text);
    return isEntry(entry) && entry.key === key && entry.keptUntil > now ? entry : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is CacheEntry {
  if (typeof value !== 'object' || value === null || !('value' in value)) return false;
  const { key, freshUntil, staleUntil, errorUntil, keptUntil } = value as Record<string, unknown>;
  return typeof key === 'string' && [freshUntil, staleUntil, errorUntil, keptUntil].every(Number.isFinite);
}
