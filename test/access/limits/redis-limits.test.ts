import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisLimits } from '../../../src/access/limits/redis-limits.ts';
import { openRedis, type RedisLink } from '../../../src/redis/redis-link.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { steadyClock } from '../../../src/util/clock.ts';
import { limitStoreContract } from '../../contracts/limit-store.ts';
import { describeWithRedisServer, type OwnRedis, startRedis, until } from '../../support/redis-server.ts';

describeWithRedisServer('limits in Redis', () => {
  let redis: OwnRedis;

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  async function openStore(
    prefix = 'tributary:limit:',
  ): Promise<{ store: RedisLimits; link: RedisLink; close(): Promise<void> }> {
    const link = openRedis(redis.url, noLog);
    expect(await link.whenUp(5_000)).toBe(true);
    const node = randomBytes(6).toString('hex');
    const store = new RedisLimits({ link, clock: steadyClock, node, longestMs: 2_000, prefix });
    return {
      store,
      link,
      async close() {
        await store.close();
        await link.close();
      },
    };
  }

  limitStoreContract('Redis', async () => {
    const opened = await openStore();
    return { ...opened, pass: (ms) => pause(ms) };
  });

  const entering = (group: string) => ({
    group,
    rate: { perMinute: 1, burst: 30 },
    cost: 1,
    runner: `${group}-key`,
    running: 0,
  });

  it('counts what several replicas let through together', async () => {
    const replicas = await Promise.all([openStore(), openStore(), openStore()]);
    const verdicts = await Promise.all(
      Array.from({ length: 120 }, (_, request) => replicas[request % 3]?.store.enter(entering('shared'))),
    );
    expect(verdicts.filter((verdict) => verdict?.refusedBy === undefined)).toHaveLength(30);
    await Promise.all(replicas.map(({ close }) => close()));
  });

  it('C06: takes the requests of a replica that died for over when their longest time has passed', async () => {
    const [dying, living] = [await openStore(), await openStore()];
    const slow = { ...entering('dying'), running: 1 };
    expect((await dying.store.enter(slow)).refusedBy).toBeUndefined();
    await dying.link.close();
    expect((await living.store.enter(slow)).refusedBy).toBe('running');
    await until(async () => (await living.store.enter(slow)).refusedBy === undefined, 4_000);
    await living.close();
  });

  it('asks Redis nothing for a group that is refused already', async () => {
    const { store, close } = await openStore();
    for (let request = 0; request < 31; request++) await store.enter(entering('flood'));
    const before = await commandsOf(redis);
    for (let request = 0; request < 500; request++) {
      const verdict = store.enter(entering('flood'));
      expect(verdict).toMatchObject({ refusedBy: 'rate' });
    }
    expect((await commandsOf(redis)) - before).toBeLessThan(10);
    await close();
  });

  it('goes on with its share of every limit while Redis does not answer, and shares again afterwards', async () => {
    const prefix = 'tributary:outage:';
    const replicas = await Promise.all([openStore(prefix), openStore(prefix)]);
    await until(async () => {
      await Promise.all(replicas.map(({ store }) => store.countReplicas()));
      return replicas.every(({ store }) => store.replicas === 2);
    });
    await redis.kill();
    await until(async () => {
      await replicas[0]?.store.enter(entering('probe'));
      await replicas[1]?.store.enter(entering('probe'));
      return replicas.every(({ link }) => !link.isUp);
    });
    let granted = 0;
    for (let request = 0; request < 50; request++)
      for (const { store } of replicas)
        if ((await store.enter(entering('outage'))).refusedBy === undefined) granted += 1;
    expect(granted).toBe(30);
    const many = { ...entering('running'), rate: { perMinute: 600, burst: 100 }, running: 4 };
    const begun = [1, 2, 3].map(() => replicas[0]?.store.enter(many) as { refusedBy?: string });
    expect(begun.map(({ refusedBy }) => refusedBy)).toEqual([undefined, undefined, 'running']);
    await redis.restart();
    await until(() => replicas.every(({ link }) => link.isUp));
    const verdicts = await Promise.all(replicas.map(({ store }) => store.enter(entering('back'))));
    expect(verdicts.map(({ remaining }) => remaining).sort()).toEqual([28, 29]);
    await Promise.all(replicas.map(({ close }) => close()));
  });

  it('answers within the time that Redis has when Redis hangs', async () => {
    const { store, close } = await openStore();
    redis.freeze();
    const begun = performance.now();
    expect((await store.enter(entering('hanging'))).refusedBy).toBeUndefined();
    expect(performance.now() - begun).toBeLessThan(1_000);
    redis.thaw();
    await close();
  });
});

describe('a store without Redis', () => {
  it('counts at once, for itself', async () => {
    const link = openRedis('redis://127.0.0.1:1', noLog);
    const store = new RedisLimits({ link, clock: steadyClock, node: 'one', longestMs: 1_000 });
    const verdict = store.enter({
      group: 'a',
      rate: { perMinute: 1, burst: 2 },
      cost: 1,
      runner: 'b',
      running: 0,
    });
    expect(verdict).toMatchObject({ refusedBy: undefined, remaining: 1 });
    await store.close();
    await link.close();
  });
});

async function commandsOf(redis: OwnRedis): Promise<number> {
  return Number(/total_commands_processed:(\d+)/.exec(await redis.admin.info('stats'))?.[1]);
}
