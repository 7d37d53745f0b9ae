import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { layeredCache } from '../../../src/operations/caches/layered-cache.ts';
import { processCache } from '../../../src/operations/caches/process-cache.ts';
import { redisCache } from '../../../src/operations/caches/redis-cache.ts';
import { openRedis, type RedisClient } from '../../../src/redis/redis-client.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { steadyClock } from '../../../src/util/clock.ts';
import { describeCache } from '../../contracts/cache.ts';
import { redisAtHand } from '../../support/redis.ts';

const redis = await redisAtHand();

if ('reason' in redis) {
  describe('the cache in Redis', () => {
    it.skip(`is not tested: ${redis.reason}`, () => {});
  });
} else {
  const ready = async (): Promise<RedisClient> => {
    const client = openRedis(redis.url, noLog);
    await new Promise<void>((resolve) => (client as unknown as Redis).once('ready', resolve));
    return client;
  };

  describeCache('the cache in Redis', { open: async (clock) => redisCache(await ready(), clock) });

  describeCache('the cache in this process over Redis', {
    open: async (clock) =>
      layeredCache(
        processCache({ maxEntries: 1_000, maxBytes: 10_000_000, clock }),
        redisCache(await ready(), clock),
      ),
  });

  describe('the cache in Redis', () => {
    const entryOf = (key: string, value: unknown) => {
      const limit = steadyClock.now() + 60_000;
      return { key, value, freshUntil: limit, staleUntil: limit, errorUntil: limit, keptUntil: limit };
    };

    it('asks one MGET for a batch of 100 and writes it with one pipeline', async () => {
      const client = await ready();
      const commands: string[] = [];
      const monitor = await new Redis(redis.url).monitor();
      const marker = `marker:${process.pid}:${Date.now()}`;
      const seen = new Promise<void>((resolve) => {
        monitor.on('monitor', (_time: string, [command, key]: string[]) => {
          if (key === marker) resolve();
          else if (/^m?(get|set)$/i.test(command ?? '')) commands.push((command as string).toLowerCase());
        });
      });
      const cache = redisCache(client, steadyClock);
      const entries = Array.from({ length: 100 }, (_, index) => entryOf(`batch:${marker}:${index}`, index));
      await cache.setMany(entries);
      const found = await cache.getMany(entries.map(({ key }) => key));
      await (client as unknown as Redis).get(marker);
      await seen;
      monitor.disconnect();
      await cache.close();
      expect(found.map((entry) => entry?.value)).toEqual(entries.map(({ value }) => value));
      expect(commands.filter((command) => command === 'mget')).toHaveLength(1);
      expect(commands.filter((command) => command === 'get')).toHaveLength(0);
    });

    it('takes a poisoned value, and one that belongs to another key, for a miss', async () => {
      const client = await ready();
      const raw = client as unknown as Redis;
      const cache = redisCache(client, steadyClock);
      const [mine, other] = [
        entryOf(`poison:${process.pid}:a`, 'mine'),
        entryOf(`poison:${process.pid}:b`, 'other'),
      ];
      await cache.setMany([mine, other]);
      const names = await raw.keys('tributary:answer:*');
      const texts = await raw.mget(names);
      const nameOf = (key: string) =>
        names[texts.findIndex((text) => text?.includes(JSON.stringify(key)))] as string;
      await raw.set(nameOf(mine.key), JSON.stringify(other));
      expect(await cache.getMany([mine.key])).toEqual([undefined]);
      for (const poison of ['{broken', '[]', 'null', '7', '{"key":1}', '{"value":{"isAdmin":true}}']) {
        await raw.set(nameOf(other.key), poison);
        expect(await cache.getMany([other.key])).toEqual([undefined]);
      }
      await cache.close();
    });
  });
}

describe('a Redis that does not answer', () => {
  it('is a miss at once where nothing listens, and says so', async () => {
    const server = createServer();
    const port = await listening(server);
    await closed(server);
    const cache = redisCache(openRedis(`redis://127.0.0.1:${port}`, noLog), steadyClock);
    expect(await cache.getMany(['a', 'b'])).toEqual([undefined, undefined]);
    await cache.setMany([
      { key: 'a', value: 1, freshUntil: 9e15, staleUntil: 0, errorUntil: 0, keptUntil: 9e15 },
    ]);
    expect(cache.fault()).toBeDefined();
    await cache.close();
  });

  it('costs its time limit once, not every time', async () => {
    const server = createServer((socket) => socket.on('error', () => {}));
    const port = await listening(server);
    const client = openRedis(`redis://127.0.0.1:${port}`, noLog);
    const cache = redisCache(client, steadyClock);
    const before = performance.now();
    for (let index = 0; index < 100; index++) expect(await cache.getMany(['a'])).toEqual([undefined]);
    // One limit of 50 ms, five times as generous.
    expect(performance.now() - before).toBeLessThan(250);
    await cache.close();
    await closed(server);
  });
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function closed(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}
