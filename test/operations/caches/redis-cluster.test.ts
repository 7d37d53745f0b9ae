import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Cache, Stamp } from '../../../src/operations/caches/cache.ts';
import { sharedCache } from '../../../src/operations/caches/shared-cache.ts';
import { openRedis, type RedisLink } from '../../../src/redis/redis-link.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { steadyClock } from '../../../src/util/clock.ts';
import { describeCache } from '../../contracts/cache.ts';
import {
  describeWithRedisServer,
  type OwnCluster,
  type OwnRedis,
  type OwnSentinels,
  startCluster,
  startSentinels,
  until,
} from '../../support/redis-server.ts';

const limits = { maxEntries: 1_000, maxBytes: 10_000_000 };

const open = async (
  url: string,
  clock: { now(): number } = steadyClock,
  answerLimitMs?: number,
): Promise<{ link: RedisLink; cache: Cache }> => {
  const link = openRedis(url, noLog, answerLimitMs);
  const cache = sharedCache(link, { ...limits, clock });
  await until(() => link.isUp);
  await until(async () => {
    await keep(cache, ['is anything heard?']);
    return cache.peek('is anything heard?') !== undefined;
  });
  return { link, cache };
};

describeWithRedisServer('a Redis Cluster of six processes', () => {
  let cluster: OwnCluster;
  const opened: Cache[] = [];
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster?.stop());
  afterEach(async () => {
    for (const cache of opened.splice(0)) await cache.close();
  });
  const replica = async (): Promise<{ link: RedisLink; cache: Cache }> => {
    const replica = await open(cluster.url);
    opened.push(replica.cache);
    return replica;
  };

  describeCache('the cache over a Redis Cluster', {
    // What is promised of a Redis that answers, on a busy machine too.
    open: async (clock) => (await open(cluster.url, clock, 2_000)).cache,
  });

  it('asks each node once for a batch of 100, however its keys are spread', async () => {
    const [one, two] = [await replica(), await replica()];
    const keys = Array.from({ length: 100 }, (_, index) => `batch ${index}`);
    await keepAll(one.cache, keys);
    let reads: readonly number[] = [];
    // A node that a busy machine kept from answering in time is a miss, and no measurement.
    await until(async () => {
      const before = await commandsOf(cluster);
      const values = await ask(two.cache, keys);
      const asked = await commandsOf(cluster);
      reads = asked.map((count, node) => count - (before[node] ?? 0));
      return isDeepStrictEqual(values, valuesOf(keys));
    });
    // Keys that stay together are asked for together: at most one MGET for each of 32 groups, not one for each key.
    expect(reads.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(32);
    expect(reads.filter((count) => count > 0)).toHaveLength(3);
  });

  it('tells every process of an eviction, whichever nodes they listen to', async () => {
    const replicas = [await replica(), await replica(), await replica(), await replica()];
    const [first] = replicas as [(typeof replicas)[number]];
    await keep(first.cache, ['k'], ['tag']);
    for (const { cache } of replicas) expect(await ask(cache, ['k'], ['tag'])).toEqual(['value of k']);
    await first.cache.evict(['tag']);
    for (const { cache } of replicas) {
      await until(() => cache.peek('k') === undefined);
      expect(await ask(cache, ['k'], ['tag'])).toEqual([undefined]);
    }
  });

  it.each([
    ['dead', (master: OwnRedis) => master.kill()],
    ['frozen', (master: OwnRedis) => master.freeze()],
  ] as const)(
    'costs no call while a master is %s, and is used again when its replica has taken over (R06)',
    async (state, stop) => {
      const { link, cache } = await replica();
      const keys = Array.from({ length: 64 }, (_, index) => `${state} ${index}`);
      await keepAll(cache, keys);
      const [master] = (await cluster.masters()) as readonly OwnRedis[] as [OwnRedis];
      await stop(master);
      let longestMs = 0;
      await until(async () => {
        const begun = performance.now();
        await cache.getMany(keys.map((key) => ({ key, tags: [] })));
        longestMs = Math.max(longestMs, performance.now() - begun);
        return !link.isUp;
      });
      await until(() => link.isUp);
      expect(longestMs).toBeLessThan(250);
      await keepAll(cache, keys);
      const other = await replica();
      await expect.poll(() => ask(other.cache, keys), { timeout: 5_000 }).toEqual(valuesOf(keys));
    },
  );
});

describeWithRedisServer('a Redis that Sentinels watch', () => {
  let sentinels: OwnSentinels;
  beforeAll(async () => {
    sentinels = await startSentinels();
  });
  afterAll(() => sentinels?.stop());

  it('is found through them, and again after its master has died (R06)', async () => {
    const { link, cache } = await open(sentinels.url);
    await keep(cache, ['k']);
    expect(await sentinels.master.admin.keys('*:answer:*')).not.toEqual([]);
    await sentinels.master.kill();
    await until(async () => {
      await ask(cache, ['k']);
      return !link.isUp;
    });
    await until(() => link.isUp);
    await keep(cache, ['after']);
    expect(await sentinels.replica.admin.role()).toContain('master');
    expect(await sentinels.replica.admin.keys('*:answer:*')).not.toEqual([]);
    await cache.close();
  });
});

async function keep(cache: Cache, keys: readonly string[], tags: readonly string[] = []): Promise<void> {
  const found = await cache.getMany(keys.map((key) => ({ key, tags })));
  const limit = steadyClock.now() + 60_000;
  const limits = { freshUntil: limit, staleUntil: limit, errorUntil: limit, keptUntil: limit };
  await cache.setMany(
    keys.map((key, index) => [{ key, value: `value of ${key}`, ...limits }, found[index]?.stamp as Stamp]),
  );
}

/** Until all of them are there: what takes a busy machine too long is a miss. */
async function keepAll(cache: Cache, keys: readonly string[]): Promise<void> {
  await until(async () => {
    await keep(cache, keys);
    return isDeepStrictEqual(await ask(cache, keys), valuesOf(keys));
  });
}

function valuesOf(keys: readonly string[]): readonly string[] {
  return keys.map((key) => `value of ${key}`);
}

async function ask(cache: Cache, keys: readonly string[], tags: readonly string[] = []) {
  return (await cache.getMany(keys.map((key) => ({ key, tags })))).map(({ entry }) => entry?.value);
}

/** How many times each node was asked for values so far. */
function commandsOf(cluster: OwnCluster): Promise<readonly number[]> {
  return Promise.all(
    cluster.nodes.map(async ({ admin }) => {
      const text = await admin.info('commandstats');
      return Number(/cmdstat_mget:calls=(\d+)/.exec(text)?.[1] ?? 0);
    }),
  );
}
