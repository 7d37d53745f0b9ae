import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Stamp } from '../../../src/operations/caches/cache.ts';
import { processCache } from '../../../src/operations/caches/process-cache.ts';
import { sharedCache } from '../../../src/operations/caches/shared-cache.ts';
import type { Call } from '../../../src/operations/call.ts';
import { defineDatasource } from '../../../src/operations/datasource.ts';
import { type OperationEngine, openEngine } from '../../../src/operations/engine.ts';
import type { CacheOptions, OperationSpec } from '../../../src/operations/operation.ts';
import { Described } from '../../../src/operations/outcome.ts';
import { openRedis, type RedisLink } from '../../../src/redis/redis-link.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { steadyClock } from '../../../src/util/clock.ts';
import { contextOf, deferred } from '../../support/operations.ts';
import { describeWithRedisServer, type OwnRedis, startRedis, until } from '../../support/redis-server.ts';

interface Input {
  readonly id: string;
}

/** Engines on one Redis: what three processes are, as far as leases are concerned. */
interface Replica {
  readonly engine: OperationEngine;
  readonly link: RedisLink;
  read(signal?: AbortSignal): Promise<readonly unknown[]>;
}

const deafChannel = { hears: false, renew: () => {}, close: () => {} };

/** A link that does some things in another way. */
function linkWith(link: RedisLink, changed: Partial<RedisLink>): RedisLink {
  return {
    get isUp() {
      return link.isUp;
    },
    getMany: (keys) => link.getMany(keys),
    run: (commands) => link.run(commands),
    beforeUse: (work) => link.beforeUse(work),
    onDown: (callback) => link.onDown(callback),
    listen: (channels, listener) => link.listen(channels, listener),
    fault: () => link.fault(),
    whenUp: (limitMs) => link.whenUp(limitMs),
    close: () => link.close(),
    ...changed,
  };
}

describeWithRedisServer('three processes that miss the same', () => {
  let redis: OwnRedis;
  const replicas: Replica[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  afterEach(async () => {
    for (const { engine } of replicas.splice(0)) await engine.close();
  });

  let names = 0;
  const clock = { aheadMs: 0, now: () => steadyClock.now() + clock.aheadMs };
  const threeReplicas = async (
    call: Call<Input, unknown>,
    cache: CacheOptions<Input>,
    { isDeaf = false } = {},
  ): Promise<readonly Replica[]> => {
    const name = `backend${names++}`;
    const open = async (): Promise<Replica> => {
      const link = openRedis(redis.url, noLog);
      const heard = isDeaf ? linkWith(link, { listen: () => deafChannel }) : link;
      const shared = sharedCache(heard, { maxEntries: 1_000, maxBytes: 1_000_000, clock });
      const read: OperationSpec<Input, unknown> = {
        protocol: 'test',
        kind: 'read',
        spec: {},
        options: { scope: 'public', cache },
        batched: true,
        keyInputs: [],
        adapters: [],
      };
      const datasource = defineDatasource('test', name, { operations: { read } }, {}, () => ({
        prepare: () => ({ call: call as never, maxInputs: 100 }),
      }));
      const engine = await openEngine([datasource], { variables: {}, cache: shared, clock });
      const ask = engine.call(datasource.read);
      const replica = {
        engine,
        link,
        read: (signal = new AbortController().signal) => ask([{ id: '1' }], contextOf({ signal })),
      };
      replicas.push(replica);
      await link.whenUp(5_000);
      if (isDeaf) return replica;
      // Leases are used as soon as messages are heard: then what is kept elsewhere is found here without asking.
      await until(async () => {
        const question = { key: `${name} ${replicas.length}`, tags: [] };
        const [found] = await shared.getMany([question]);
        const limit = clock.now() + 60_000;
        const entry = {
          key: question.key,
          value: 1,
          freshUntil: limit,
          staleUntil: limit,
          errorUntil: limit,
          keptUntil: limit,
        };
        await shared.setMany([[entry, found?.stamp as Stamp]]);
        return shared.peek(question.key) !== undefined;
      });
      return replica;
    };
    return [await open(), await open(), await open()];
  };

  const clients = (all: readonly Replica[], count: number): Promise<(readonly unknown[])[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => (all[index % all.length] as Replica).read()));

  it('ask once for a thousand clients, cold and when the hot key expires (C12)', async () => {
    let calls = 0;
    const all = await threeReplicas(
      async (inputs) => {
        calls++;
        await new Promise((resolve) => setTimeout(resolve, 20));
        return inputs.map(() => calls);
      },
      { ttlMs: 60_000, tags: ({ id }) => [`thing:${id}`, 'things'] },
    );
    expect(await clients(all, 1_000)).toEqual(Array.from({ length: 1_000 }, () => [1]));
    expect(calls).toBe(1);
    clock.aheadMs += 60_001;
    expect(await clients(all, 1_000)).toEqual(Array.from({ length: 1_000 }, () => [2]));
    expect(calls).toBe(2);
  });

  it('ask once while no message is heard, as when all have just been started (C12)', async () => {
    let calls = 0;
    const all = await threeReplicas(
      async (inputs) => {
        calls++;
        await new Promise((resolve) => setTimeout(resolve, 100));
        return inputs.map(() => 'answer');
      },
      { ttlMs: 60_000, tags: () => ['things'] },
      { isDeaf: true },
    );
    expect(await clients(all, 300)).toEqual(Array.from({ length: 300 }, () => ['answer']));
    expect(calls).toBe(1);
  });

  it('ask once when one looks in the very moment in which another writes the answer (C12)', async () => {
    const question = { key: 'halfway', tags: ['halfway-tag'] };
    const now = clock.now();
    const until = now + 60_000;
    const times = { freshUntil: until, staleUntil: until, errorUntil: until, keptUntil: until };
    const reader = openRedis(redis.url, noLog);
    const other = sharedCache(reader, { maxEntries: 10, maxBytes: 10_000, clock });
    await reader.whenUp(5_000);
    const turns: unknown[] = [];
    const link = openRedis(redis.url, noLog);
    /** Redis does one command after the other, and others may come in between. */
    const halting = linkWith(link, {
      async run(commands) {
        const replies: unknown[] = [];
        for (const command of commands) {
          replies.push(...((await link.run([command])) ?? []));
          const [name, key] = command.words;
          if (name !== 'set' || String(key).includes(':lease:')) continue;
          const [found] = await other.getMany([question]);
          if (found?.entry !== undefined) turns.push(found.entry);
          else
            turns.push(
              ...((await other.leases?.take([{ key: question.key, stamp: found?.stamp as Stamp }])) ?? []),
            );
        }
        return replies;
      },
    });
    const writer = sharedCache(halting, { maxEntries: 10, maxBytes: 10_000, clock });
    await link.whenUp(5_000);
    const [found] = await writer.getMany([question]);
    const stamp = found?.stamp as Stamp;
    const fill = { key: question.key, stamp };
    expect(stamp.versions.at(-1)?.isProposed).toBe(true);
    const [lease] = (await writer.leases?.take([fill])) ?? [];
    expect(lease).toHaveProperty('end');
    await writer.setMany([[{ key: question.key, value: 'answer', ...times }, stamp]]);
    expect(turns.length).toBeGreaterThan(1);
    // The answer, or a place behind the one who holds the lease; never a lease of one's own.
    for (const turn of turns) if (turn !== undefined) expect(turn).toMatchObject({ value: 'answer' });
    await Promise.all([writer.close(), other.close()]);
  });

  it('ask once each when Redis is down (C12)', async () => {
    const own = redis;
    let calls = 0;
    const all = await threeReplicas(
      async (inputs) => {
        calls++;
        await new Promise((resolve) => setTimeout(resolve, 20));
        return inputs.map(() => 'answer');
      },
      { ttlMs: 60_000 },
    );
    await own.kill();
    expect(await clients(all, 1_000)).toEqual(Array.from({ length: 1_000 }, () => ['answer']));
    expect(calls).toBeLessThanOrEqual(3);
    await own.restart();
    for (const { link } of all) expect(await link.whenUp(10_000)).toBe(true);
  });

  it('take over when the one that asks dies', async () => {
    let calls = 0;
    const all = await threeReplicas(
      async (inputs, { signal }) => {
        calls++;
        if (calls === 1)
          await new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
        return inputs.map(() => `answer of call ${calls}`);
      },
      { ttlMs: 60_000 },
    );
    const [leader, ...others] = all as [Replica, Replica, Replica];
    const controller = new AbortController();
    void leader.read(controller.signal);
    await until(() => calls === 1);
    const waiting = others.map((replica) => replica.read());
    await until(async () => (await redis.admin.keys('*:lease:*')).length === 1);
    // A process that is gone renews nothing and tells nothing.
    await leader.link.close();
    expect(await Promise.all(waiting)).toEqual([['answer of call 2'], ['answer of call 2']]);
    expect(calls).toBe(2);
    controller.abort();
  });

  it('take over at once when all clients of the one that asks have left', async () => {
    let calls = 0;
    const all = await threeReplicas(
      async (inputs, { signal }) => {
        const mine = ++calls;
        if (mine === 1)
          await new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
        return inputs.map(() => (mine === 1 ? new Error('aborted') : `answer of call ${mine}`));
      },
      { ttlMs: 60_000 },
    );
    const [leader, ...others] = all as [Replica, Replica, Replica];
    const controller = new AbortController();
    const left = leader.read(controller.signal);
    await until(() => calls === 1);
    const waiting = others.map((replica) => replica.read());
    controller.abort();
    await left;
    expect(await Promise.all(waiting)).toEqual([['answer of call 2'], ['answer of call 2']]);
    expect(calls).toBe(2);
  });

  it('wait no longer than their own time allows', async () => {
    const gate = deferred<void>();
    let calls = 0;
    const all = await threeReplicas(
      async (inputs) => {
        calls++;
        await gate.promise;
        return inputs.map(() => 'late');
      },
      { ttlMs: 60_000 },
    );
    const [leader, waiter] = all as [Replica, Replica, Replica];
    const early = leader.read();
    await until(() => calls === 1);
    const controller = new AbortController();
    const impatient = waiter.read(controller.signal);
    controller.abort();
    expect((await impatient)[0]).toMatchObject({ code: 'CLIENT_CLOSED' });
    gate.resolve();
    expect(await early).toEqual(['late']);
    expect(calls).toBe(1);
  });

  it('wait for nobody where the answer turns out not to be storable', async () => {
    let calls = 0;
    const all = await threeReplicas(
      async (inputs) => {
        const mine = ++calls;
        await new Promise((resolve) => setTimeout(resolve, 20));
        return inputs.map(() => new Described(mine, { storable: false }));
      },
      { ttlMs: 60_000 },
    );
    expect((await clients(all, 6)).flat().sort()).toEqual([1, 2, 3, 4, 5, 6]);
    const before = performance.now();
    await clients(all, 6);
    expect(calls).toBe(12);
    // All at once: one after the other they would take six times as long.
    expect(performance.now() - before).toBeLessThan(100);
  });

  it('leave nothing behind: every lease ends with its call', async () => {
    const all = await threeReplicas(async (inputs) => inputs.map(() => 'done'), { ttlMs: 1 });
    await clients(all, 100);
    await until(async () => (await redis.admin.keys('*:lease:*')).length === 0);
    expect(await clients(all, 3)).toEqual([['done'], ['done'], ['done']]);
  });
});

it('asks nobody else where the cache is in this process alone', () => {
  expect(processCache({ maxEntries: 1, maxBytes: 1_000, clock: steadyClock }).leases).toBeUndefined();
});
