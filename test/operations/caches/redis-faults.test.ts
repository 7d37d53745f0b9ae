import { connect, createServer, type Server, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, it } from 'vitest';
import type { Cache, Stamp } from '../../../src/operations/caches/cache.ts';
import { sharedCache } from '../../../src/operations/caches/shared-cache.ts';
import { openRedis, type RedisLink } from '../../../src/redis/redis-link.ts';
import type { RedisLog } from '../../../src/redis/redis-log.ts';
import { steadyClock } from '../../../src/util/clock.ts';
import { describeWithRedisServer, type OwnRedis, startRedis, until } from '../../support/redis-server.ts';

/** What a question to a Redis that does not answer may cost, once: 50 ms, five times as generous. */
const onceMs = 250;
/** What a thousand questions may cost while Redis is left alone. */
const thousandMs = 250;

describeWithRedisServer('a Redis in trouble', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const start = async (...options: readonly string[]): Promise<OwnRedis> => {
    const redis = await startRedis(...options);
    closing.push(() => redis.stop());
    return redis;
  };
  const open = (url: string): { link: RedisLink; cache: Cache; told: string[] } => {
    const told: string[] = [];
    const write = (fields: object, message: string) => told.push(`${message} ${JSON.stringify(fields)}`);
    const log: RedisLog = { info: write, warn: write };
    const link = openRedis(url, log);
    const cache = sharedCache(link, { maxEntries: 1_000, maxBytes: 10_000_000, clock: steadyClock });
    closing.push(() => cache.close());
    return { link, cache, told };
  };

  it('is a miss at once where nothing listens, and is used when it comes (R01)', async () => {
    const redis = await start();
    await redis.kill();
    const { link, cache, told } = open(redis.url);
    expect(await link.whenUp(5_000)).toBe(false);
    expect(await costOf(cache, 1_000)).toBeLessThan(thousandMs);
    expect(cache.fault()).toBeDefined();
    expect(told).toHaveLength(1);
    await keepAndFind(cache, 'alone');
    await redis.restart();
    await until(() => link.isUp);
    expect(cache.fault()).toBeUndefined();
    expect(told[1]).toContain('Redis is back');
    await keepAndFind(cache, 'shared');
    expect(await redis.admin.keys('*:answer:*')).toHaveLength(1);
  });

  it('costs a request nothing when it is killed, and is back by itself (R02)', async () => {
    const redis = await start();
    const { link, cache } = open(redis.url);
    await link.whenUp(5_000);
    await keepAndFind(cache, 'before');
    const busy = askAllTheTime(cache);
    await until(() => busy.asked > 100);
    await redis.kill();
    await until(() => !link.isUp);
    const asked = busy.asked;
    await until(() => busy.asked > asked + 1_000);
    await redis.restart();
    await until(() => link.isUp);
    expect(await busy.stop()).toBeLessThan(onceMs);
    await keepAndFind(cache, 'after');
  });

  const call = (redis: OwnRedis, ...words: readonly [string, ...string[]]): void =>
    void redis.admin.call(...words).catch(() => {});
  const nothing = (): void => {};
  it.each([
    ['stopped', (redis: OwnRedis) => redis.freeze(), (redis: OwnRedis) => redis.thaw()],
    ['paused', (redis: OwnRedis) => call(redis, 'CLIENT', 'PAUSE', '1500'), nothing],
    ['asleep', (redis: OwnRedis) => call(redis, 'DEBUG', 'SLEEP', '1.5'), nothing],
  ] as const)('costs 50 ms once while it is %s, then nothing (R03)', async (_name, freeze, thaw) => {
    const redis = await start('--enable-debug-command', 'yes');
    const { link, cache } = open(redis.url);
    await link.whenUp(5_000);
    await keepAndFind(cache, 'before');
    freeze(redis);
    const begun = performance.now();
    await Promise.all(Array.from({ length: 100 }, () => cache.getMany([{ key: 'k', tags: [] }])));
    await cache.getMany([{ key: 'k', tags: [] }]);
    expect(performance.now() - begun).toBeLessThan(onceMs);
    expect(link.isUp).toBe(false);
    expect(await costOf(cache, 1_000)).toBeLessThan(thousandMs);
    thaw(redis);
    await until(() => link.isUp);
    await keepAndFind(cache, 'after');
  });

  it('is left alone while its connection is dead without a word, with memory flat (R04)', async () => {
    const redis = await start();
    const wire = await startWire(redis.port);
    closing.push(() => wire.stop());
    const { link, cache } = open(`redis://127.0.0.1:${wire.port}`);
    await link.whenUp(5_000);
    await keepAndFind(cache, 'before');
    wire.isCut = true;
    const begun = performance.now();
    await cache.getMany([{ key: 'k', tags: [] }]);
    expect(performance.now() - begun).toBeLessThan(onceMs);
    const heapBefore = heapAfterCollection();
    for (let round = 0; round < 20_000; round++) {
      const [found] = await cache.getMany([{ key: `k ${round % 10}`, tags: [`t ${round % 10}`] }]);
      await cache.setMany([[entryOf(`k ${round % 10}`, 'x'.repeat(1_000)), found?.stamp as Stamp]]);
    }
    expect(heapAfterCollection() - heapBefore).toBeLessThan(10_000_000);
    wire.isCut = false;
    await until(() => link.isUp);
    await keepAndFind(cache, 'after');
  });

  it('is read while it is full, and costs no answer (R: full)', async () => {
    const redis = await start();
    const { link, cache } = open(redis.url);
    await link.whenUp(5_000);
    await keepAndFind(cache, 'before');
    await redis.admin.config('SET', 'maxmemory', '1');
    const [found] = await cache.getMany([{ key: 'full', tags: ['tag'] }]);
    await cache.setMany([[entryOf('full', 'x'), found?.stamp as Stamp]]);
    expect(link.isUp).toBe(true);
    expect(await ask(cache, 'before')).toBe('value of before');
    expect(await cache.leases?.take([{ key: 'lease', stamp: found?.stamp as Stamp }])).toHaveLength(1);
    await redis.admin.config('SET', 'maxmemory', '0');
    await keepAndFind(cache, 'after');
  });

  it('leaves nothing stale behind when it is full during an eviction', async () => {
    const redis = await start();
    const [one, two] = [open(redis.url), open(redis.url)];
    for (const { link } of [one, two]) await link.whenUp(5_000);
    const [found] = await one.cache.getMany([{ key: 'k', tags: ['tag'] }]);
    await one.cache.setMany([[entryOf('k', 'old'), found?.stamp as Stamp]]);
    await until(async () => (await ask(two.cache, 'k', ['tag'])) === 'old');
    await redis.admin.config('SET', 'maxmemory', '1');
    await one.cache.evict(['tag']);
    expect(await ask(one.cache, 'k', ['tag'])).toBeUndefined();
    await redis.admin.config('SET', 'maxmemory', '0');
    expect(await ask(two.cache, 'k', ['tag'])).toBeUndefined();
  });

  it('is left alone while it is the replica of another, and used when it is a master again (R06)', async () => {
    const [redis, other] = [await start(), await start()];
    const { link, cache } = open(redis.url);
    await link.whenUp(5_000);
    await keepAndFind(cache, 'before');
    await redis.admin.replicaof('127.0.0.1', other.port);
    await until(async () => {
      await keep(cache, 'during');
      return !link.isUp;
    });
    expect(await costOf(cache, 1_000)).toBeLessThan(thousandMs);
    expect(cache.fault()).toMatch(/READONLY|MASTERDOWN|LOADING/);
    await redis.admin.replicaof('NO', 'ONE');
    await until(() => link.isUp);
    await keepAndFind(cache, 'after');
  });

  it('that refuses the credentials is said to, without the password (R12)', async () => {
    const redis = await start('--requirepass', 'right-secret');
    const { link, cache, told } = open(redis.url.replace('//', '//:wrong-secret@'));
    expect(await link.whenUp(5_000)).toBe(false);
    expect(cache.fault()).toBe('the credentials are refused');
    expect(told.join()).not.toContain('wrong-secret');
    await keepAndFind(cache, 'alone');
    const right = open(redis.url.replace('//', '//:right-secret@'));
    expect(await right.link.whenUp(5_000)).toBe(true);
  });

  it('that forgets its scripts still ends leases (R11)', async () => {
    const redis = await start();
    const { link, cache } = open(redis.url);
    await link.whenUp(5_000);
    await until(async () => {
      const [found] = await cache.getMany([{ key: 'k', tags: [] }]);
      const [lease] = (await cache.leases?.take([{ key: 'k', stamp: found?.stamp as Stamp }])) ?? [];
      const isHeld = (await redis.admin.keys('*:lease:*')).length === 1;
      await redis.admin.script('FLUSH');
      if (lease !== undefined && 'end' in lease) lease.end('kept');
      return isHeld;
    });
    await until(async () => (await redis.admin.keys('*:lease:*')).length === 0, 500);
    expect(link.isUp).toBe(true);
  });
});

function entryOf(key: string, value: unknown) {
  const limit = steadyClock.now() + 60_000;
  return { key, value, freshUntil: limit, staleUntil: limit, errorUntil: limit, keptUntil: limit };
}

async function keep(cache: Cache, key: string): Promise<void> {
  const [found] = await cache.getMany([{ key, tags: [] }]);
  await cache.setMany([[entryOf(key, `value of ${key}`), found?.stamp as Stamp]]);
}

async function keepAndFind(cache: Cache, key: string): Promise<void> {
  await keep(cache, key);
  expect(await ask(cache, key)).toBe(`value of ${key}`);
}

async function ask(cache: Cache, key: string, tags: readonly string[] = []): Promise<unknown> {
  return (await cache.getMany([{ key, tags }]))[0]?.entry?.value;
}

/** Milliseconds that so many questions take, one after the other. */
async function costOf(cache: Cache, questions: number): Promise<number> {
  const begun = performance.now();
  for (let index = 0; index < questions; index++) await cache.getMany([{ key: `k ${index}`, tags: ['t'] }]);
  return performance.now() - begun;
}

/** Asks without a pause until it is stopped, which gives the longest time that one question took. */
function askAllTheTime(cache: Cache): { readonly asked: number; stop(): Promise<number> } {
  let [asked, longestMs, isStopped] = [0, 0, false];
  const work = (async () => {
    while (!isStopped) {
      const begun = performance.now();
      await cache.getMany([{ key: 'before', tags: [] }]);
      longestMs = Math.max(longestMs, performance.now() - begun);
      asked++;
      if (asked % 50 === 0) await new Promise(setImmediate);
    }
  })();
  return {
    get asked() {
      return asked;
    },
    async stop() {
      isStopped = true;
      await work;
      return longestMs;
    },
  };
}

interface Wire {
  readonly port: number;
  /** While it is cut nothing passes, and nobody is told. */
  isCut: boolean;
  stop(): Promise<void>;
}

/** A wire to a server that can go dead the way a network does: connections stay, bytes vanish. */
async function startWire(port: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  const wire = { isCut: false };
  const pass = (from: Socket, to: Socket): void => {
    from.on('data', (chunk) => void (wire.isCut || to.write(chunk)));
    from.on('error', () => {}).on('close', () => to.destroy());
    sockets.add(from);
  };
  const server: Server = createServer((near) => {
    const far = connect({ port, host: '127.0.0.1' });
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(wire, {
    port: (server.address() as { port: number }).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
