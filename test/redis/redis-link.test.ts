import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRedis, type RedisLink } from '../../src/redis/redis-link.ts';
import { describeWithRedisServer, type OwnRedis, startRedis, until } from '../support/redis-server.ts';

const silent = { info: () => {}, warn: () => {} };

describeWithRedisServer('the link to Redis', () => {
  let redis: OwnRedis;
  let link: RedisLink;
  beforeEach(async () => {
    redis = await startRedis();
    link = openRedis(redis.url, silent);
    expect(await link.whenUp(5_000)).toBe(true);
  });
  afterEach(async () => {
    await link.close();
    await redis.stop();
  });

  it('gives values in the order asked, and null for what is not there', async () => {
    await link.run([{ key: 'a', words: ['set', 'a', 1] }]);
    expect(await link.getMany(['b', 'a'])).toEqual([null, '1']);
  });

  it('gives the error of one command to that command alone, and stays up', async () => {
    const replies = await link.run([
      { key: 'a', words: ['set', 'a', 'text'] },
      { key: 'a', words: ['lpush', 'a', 'x'] },
      { key: 'a', words: ['get', 'a'] },
    ]);
    expect(replies).toMatchObject(['OK', { message: expect.stringContaining('WRONGTYPE') }, 'text']);
    expect(link.isUp).toBe(true);
  });

  it('answers all who wait at the moment it is found to be down', async () => {
    redis.freeze();
    const first = link.getMany(['a']);
    const begun = performance.now();
    const others = Array.from({ length: 10 }, () => link.getMany(['a']));
    expect(await Promise.all([first, ...others])).toEqual(Array.from({ length: 11 }, () => undefined));
    expect(performance.now() - begun).toBeLessThan(250);
    expect(link.isUp).toBe(false);
    redis.thaw();
  });

  it('lets nobody through before what must come first is done', async () => {
    const order: string[] = [];
    let mayPass = false;
    link.beforeUse(async (run) => {
      order.push(`first ${link.isUp} ${JSON.stringify(await run([{ words: ['echo', 'x'] }]))}`);
      return mayPass;
    });
    redis.freeze();
    await link.getMany(['a']);
    redis.thaw();
    await until(() => order.length > 1);
    expect(link.isUp).toBe(false);
    mayPass = true;
    await until(() => link.isUp);
    expect(new Set(order)).toEqual(new Set(['first false ["x"]']));
  });

  it('hears messages, says when it does not, and subscribes again', async () => {
    const heard: string[] = [];
    const changes: boolean[] = [];
    const channel = link.listen(['news'], {
      hear: (_channel, text) => heard.push(text),
      changed: (hears) => changes.push(hears),
    });
    await until(() => channel.hears);
    await link.run([{ words: ['publish', 'news', 'one'] }]);
    await until(() => heard.length === 1);
    await redis.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until(() => changes.length === 3);
    await link.run([{ words: ['publish', 'news', 'two'] }]);
    await until(() => heard.length === 2);
    expect(heard).toEqual(['one', 'two']);
    expect(changes).toEqual([true, false, true]);
  });

  it('sends nothing once it is closed', async () => {
    await link.close();
    expect(await link.getMany(['a'])).toBeUndefined();
    expect(await link.run([{ words: ['ping'] }])).toBeUndefined();
  });
});
