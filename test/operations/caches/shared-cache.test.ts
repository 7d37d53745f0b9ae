import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Cache, CacheEntry, Stamp } from '../../../src/operations/caches/cache.ts';
import { entryName } from '../../../src/operations/caches/redis-entries.ts';
import { sharedCache } from '../../../src/operations/caches/shared-cache.ts';
import { openRedis, type RedisLink } from '../../../src/redis/redis-link.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { steadyClock } from '../../../src/util/clock.ts';
import { describeCache } from '../../contracts/cache.ts';
import { describeWithRedisServer, type OwnRedis, startRedis, until } from '../../support/redis-server.ts';

const limits = { maxEntries: 1_000, maxBytes: 10_000_000 };

/** A process of its own, as far as caches are concerned. */
interface Replica {
  readonly link: RedisLink;
  readonly cache: Cache;
}

describeWithRedisServer('the cache in this process over Redis', () => {
  let redis: OwnRedis;
  const replicas: Replica[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  afterEach(async () => {
    for (const { cache } of replicas.splice(0)) await cache.close();
    redis.thaw();
  });

  const replica = async (url = redis.url): Promise<Replica> => {
    const link = openRedis(url, noLog);
    const cache = sharedCache(link, { ...limits, clock: steadyClock });
    const opened = { link, cache };
    replicas.push(opened);
    expect(await link.whenUp(5_000)).toBe(true);
    await until(() => hearsMessages(cache));
    return opened;
  };

  describeCache('the cache in this process over Redis', {
    open: async (clock) => {
      // What is promised of a Redis that answers, on a busy machine too.
      const link = openRedis(redis.url, noLog, 2_000);
      const cache = sharedCache(link, { ...limits, clock });
      await link.whenUp(5_000);
      await until(() => hearsMessages(cache));
      return cache;
    },
  });

  let keys = 0;
  let key = '';
  beforeEach(() => {
    key = `key ${keys++}`;
  });

  it('asks one MGET for a batch of 100 with its tags, and writes it with one pipeline', async () => {
    const [one, two] = [await replica(), await replica()];
    const questions = Array.from({ length: 100 }, (_, index) => ({
      key: `${key} ${index}`,
      tags: [`${key} tag ${index}`, `${key} all`],
    }));
    const found = await one.cache.getMany(questions);
    await one.cache.setMany(found.map(({ stamp }, index) => [entryOf(`${key} ${index}`, index), stamp]));
    const commands = await commandsDuring(redis, async () => {
      const again = await two.cache.getMany(questions);
      expect(again.map(({ entry }) => entry?.value)).toEqual(questions.map((_, index) => index));
    });
    expect(commands.filter(([name]) => name === 'mget')).toHaveLength(1);
    expect(commands.filter(([name]) => name !== 'mget' && name !== 'publish')).toEqual([]);
  });

  it('hears what another process evicts, and forgets it here', async () => {
    const [one, two] = [await replica(), await replica()];
    await keep(one.cache, key, 'old', ['ride:1']);
    expect(await ask(two.cache, key, ['ride:1'])).toBe('old');
    expect(two.cache.peek(key)?.value).toBe('old');
    await one.cache.evict(['ride:1']);
    expect(one.cache.peek(key)).toBeUndefined();
    expect(await ask(one.cache, key, ['ride:1'])).toBeUndefined();
    await until(() => two.cache.peek(key) === undefined);
    expect(await ask(two.cache, key, ['ride:1'])).toBeUndefined();
  });

  it('empties every process at once', async () => {
    const [one, two] = [await replica(), await replica()];
    await keep(one.cache, key, 'old', []);
    expect(await ask(two.cache, key, [])).toBe('old');
    await one.cache.evictAll();
    await until(() => two.cache.peek(key) === undefined);
    expect(await ask(two.cache, key, [])).toBeUndefined();
  });

  it('keeps no answer that was asked for before another process evicted it', async () => {
    const [one, two] = [await replica(), await replica()];
    const [found] = await two.cache.getMany([{ key, tags: ['ride:2'] }]);
    await one.cache.evict(['ride:2']);
    await two.cache.setMany([[entryOf(key, 'stale'), found?.stamp as Stamp]]);
    expect(await ask(one.cache, key, ['ride:2'])).toBeUndefined();
    expect(await ask(two.cache, key, ['ride:2'])).toBeUndefined();
  });

  it('does not trust this process while messages are lost, and does again when they arrive', async () => {
    const [one, two] = [await replica(), await replica()];
    await keep(two.cache, key, 'old', ['ride:3']);
    expect(two.cache.peek(key)?.value).toBe('old');
    await redis.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until(() => two.cache.peek(key) === undefined);
    await one.cache.evict(['ride:3']);
    expect(await ask(two.cache, key, ['ride:3'])).toBeUndefined();
    await until(async () => {
      await keep(two.cache, key, 'new', ['ride:3']);
      return two.cache.peek(key)?.value === 'new';
    });
  });

  it('makes up for what was evicted while Redis was frozen, before it is used again', async () => {
    const [one, two] = [await replica(), await replica()];
    await keep(one.cache, key, 'old', ['ride:4']);
    redis.freeze();
    await one.cache.evict(['ride:4']);
    expect(one.link.isUp).toBe(false);
    redis.thaw();
    expect(await one.link.whenUp(5_000)).toBe(true);
    expect(await ask(one.cache, key, ['ride:4'])).toBeUndefined();
    await until(() => two.link.isUp);
    expect(await ask(two.cache, key, ['ride:4'])).toBeUndefined();
  });

  it('takes a poisoned value, and one that belongs to another key, for a miss (R08)', async () => {
    const [one, two] = [await replica(), await replica()];
    await keep(one.cache, key, 'mine', []);
    await keep(one.cache, `${key} other`, 'other', []);
    const other = (await redis.admin.get(entryName(`${key} other`))) as string;
    const poisons = [
      other,
      '{broken',
      '[]',
      'null',
      '7',
      '{"key":1}',
      '{"value":{"isAdmin":true}}',
      other.replace('"format":2', '"format":1'),
    ];
    for (const poison of poisons) {
      await redis.admin.set(entryName(key), poison);
      expect(await ask(two.cache, key, [])).toBeUndefined();
    }
    await redis.admin.del(entryName(key));
    await redis.admin.lpush(entryName(key), 'a list');
    expect(await ask(two.cache, key, [])).toBeUndefined();
    expect(two.link.isUp).toBe(true);
    await keep(two.cache, key, 'mended', []);
    expect(await ask(one.cache, key, [])).toBeDefined();
  });

  it('keeps an answer that is too large for Redis in this process alone', async () => {
    const link = openRedis(redis.url, noLog);
    const cache = sharedCache(link, { ...limits, maxValueBytes: 1_000, clock: steadyClock });
    replicas.push({ link, cache });
    await link.whenUp(5_000);
    await until(() => hearsMessages(cache));
    await keep(cache, key, 'ä'.repeat(600), []);
    expect(cache.peek(key)).toBeDefined();
    expect(await redis.admin.exists(entryName(key))).toBe(0);
  });

  it('misses what a flush took away, and keeps again at once (R: flushed)', async () => {
    const [one, two] = [await replica(), await replica()];
    await keep(one.cache, key, 'old', ['ride:5']);
    await redis.admin.flushall();
    expect(await ask(two.cache, key, ['ride:5'])).toBeUndefined();
    await keep(two.cache, key, 'new', ['ride:5']);
    expect(await ask(two.cache, key, ['ride:5'])).toBe('new');
  });
});

function entryOf(key: string, value: unknown, lifeMs = 60_000): CacheEntry {
  const until = steadyClock.now() + lifeMs;
  return { key, value, freshUntil: until, staleUntil: until, errorUntil: until, keptUntil: until };
}

async function keep(cache: Cache, key: string, value: unknown, tags: readonly string[]): Promise<void> {
  const [found] = await cache.getMany([{ key, tags }]);
  await cache.setMany([[entryOf(key, value), found?.stamp as Stamp]]);
}

async function ask(cache: Cache, key: string, tags: readonly string[]): Promise<unknown> {
  return (await cache.getMany([{ key, tags }]))[0]?.entry?.value;
}

/** Only a cache that hears messages trusts what it holds itself. */
async function hearsMessages(cache: Cache): Promise<boolean> {
  const key = 'is anything heard?';
  await keep(cache, key, true, []);
  return cache.peek(key) !== undefined;
}

/** What the server was asked while the work ran, as it saw it. */
async function commandsDuring(redis: OwnRedis, work: () => Promise<void>): Promise<readonly string[][]> {
  const seen: string[][] = [];
  const monitor = await redis.admin.duplicate().monitor();
  const ended = new Promise<void>((resolve) => {
    monitor.on('monitor', (_time: string, words: string[]) => {
      if (words[0]?.toLowerCase() === 'echo' && words[1] === 'the end') resolve();
      else seen.push([(words[0] ?? '').toLowerCase(), ...words.slice(1)]);
    });
  });
  await work();
  await redis.admin.echo('the end');
  await ended;
  monitor.disconnect();
  return seen;
}
