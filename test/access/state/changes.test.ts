import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Change,
  type ChangeKind,
  type Changes,
  openChanges,
} from '../../../src/access/state/changes.ts';
import type { Database } from '../../../src/access/state/database.ts';
import { openRedis, type RedisLink } from '../../../src/redis/redis-link.ts';
import { type Metrics, openMetrics } from '../../../src/telemetry/metrics.ts';
import { steadyClock } from '../../../src/util/clock.ts';
import { openLogLines } from '../../support/log-lines.ts';
import { describeWithRedisServer, type OwnRedis, startRedis, until } from '../../support/redis-server.ts';
import { describeWithState, openState, type TestState } from '../../support/state.ts';

const { log } = openLogLines();

interface Replica {
  readonly changes: Changes;
  readonly database: Database;
  readonly heard: string[];
  readonly resyncs: () => number;
}

const opened: Changes[] = [];

async function openReplica(
  database: Database,
  options: {
    pollMs?: number;
    redis?: RedisLink;
    kinds?: readonly ChangeKind[];
    clock?: { now(): number };
    metrics?: Metrics;
  } = {},
): Promise<Replica> {
  const changes = await openChanges({ database, clock: steadyClock, log, ...options });
  opened.push(changes);
  const heard: string[] = [];
  let resyncs = 0;
  await changes.follow({
    kinds: options.kinds ?? ['key'],
    changed: (news: readonly Change[]) => void heard.push(...news.map(({ subject }) => subject)),
    resync() {
      resyncs += 1;
    },
  });
  return { changes, database, heard, resyncs: () => resyncs };
}

async function write(
  { changes, database }: Replica,
  subject: string,
  kind: ChangeKind = 'key',
): Promise<void> {
  await database.transaction((transaction) => changes.publish(transaction, kind, subject));
  await changes.wake();
}

/** How long it takes until all have heard of the subject, in milliseconds. */
async function delayOf(subject: string, replicas: readonly Replica[], began: number): Promise<number> {
  await until(() => replicas.every(({ heard }) => heard.includes(subject)));
  return performance.now() - began;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((changes) => changes.close()));
});

await describeWithState('the feed of changes', (open) => {
  let state: TestState;
  beforeEach(async () => {
    state = await open();
  });
  afterEach(() => state.drop());

  it('tells nothing to a follower that still reads everything: older rows would arrive after newer ones', async () => {
    const replica = await openReplica(await state.connect());
    const other = await openReplica(await state.connect());
    const order: string[] = [];
    let end = (): void => {};
    const reading = new Promise<void>((resolve) => {
      end = resolve;
    });
    const follows = replica.changes.follow({
      kinds: ['key'],
      changed: (news) => void order.push(...news.map(({ subject }) => subject)),
      async resync() {
        await reading;
        order.push('read');
      },
    });
    const written = write(replica, 'k1');
    await until(() => other.heard.includes('k1'));
    end();
    await Promise.all([follows, written]);
    expect(order).toEqual(['read', 'k1']);
  });

  it('A06: reaches two other replicas within a second, without Redis', async () => {
    const writer = await openReplica(await state.connect());
    const others = [await openReplica(await state.connect()), await openReplica(await state.connect())];
    const began = performance.now();
    await write(writer, 'k1');
    expect(writer.heard).toEqual(['k1']);
    expect(await delayOf('k1', others, began)).toBeLessThan(1_000);
  });

  it('tells nothing of what was rolled back, and each change once, in order, to those whom it concerns', async () => {
    const replica = await openReplica(await state.connect(), { kinds: ['key', 'plan'] });
    const { changes, database } = replica;
    const failing = database.transaction(async (transaction) => {
      await changes.publish(transaction, 'key', 'never');
      throw new Error('no');
    });
    await failing.catch(() => {});
    await database.transaction(async (transaction) => {
      await changes.publish(transaction, 'key', 'one');
      await changes.publish(transaction, 'user', 'other');
      await changes.publish(transaction, 'plan', 'two');
    });
    await Promise.all([changes.wake(), changes.wake(), changes.wake()]);
    await write(replica, 'three');
    expect(replica.heard).toEqual(['one', 'two', 'three']);
    expect(replica.resyncs()).toBe(1);
  });

  it('reads everything anew where changes were missed, or the database was put back', async () => {
    const replica = await openReplica(await state.connect(), { pollMs: 3_600_000 });
    await write(replica, 'one');
    await write(replica, 'two');
    await state.run('DELETE FROM changes');
    await replica.changes.wake();
    expect(replica.resyncs()).toBe(2);
    await write(replica, 'three');
    expect(replica.heard).toEqual(['one', 'two', 'three']);
    await state.run("INSERT INTO changes (revision, kind, subject, at) VALUES (7, 'key', 'late', 1)");
    await replica.changes.wake();
    expect(replica.resyncs()).toBe(3);
    await write(replica, 'four');
    expect(replica.heard.at(-1)).toBe('four');
  });

  it('gives a follower that failed the same changes again', async () => {
    const database = await state.connect();
    const changes = await openChanges({ database, clock: steadyClock, log, pollMs: 3_600_000 });
    opened.push(changes);
    const heard: string[] = [];
    let fails = true;
    await changes.follow({
      kinds: ['key'],
      changed(news) {
        if (fails) throw new Error('not now');
        heard.push(...news.map(({ subject }) => subject));
      },
      resync: () => {},
    });
    await database.transaction((transaction) => changes.publish(transaction, 'key', 'one'));
    await changes.wake();
    expect(heard).toEqual([]);
    fails = false;
    await changes.wake();
    expect(heard).toEqual(['one']);
  });
});

describe('a feed whose database is gone', () => {
  it('says since when it is stale, keeps what it has, and reads everything anew after a long silence', async () => {
    const state = await openState('sqlite');
    let now = 1_000_000;
    const clock = { now: () => now };
    const inner = await state.connect();
    let isDown = false;
    const database: Database = {
      ...bound(inner),
      all: (sql, values) =>
        isDown
          ? Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))
          : inner.all(sql, values),
    };
    const replica = await openReplica(database, { clock, pollMs: 3_600_000 / 4 });
    const metrics = openMetrics();
    const quick = await openReplica(database, { clock, metrics, pollMs: 100 });
    isDown = true;
    now += 1_500;
    await quick.changes.wake();
    expect(quick.changes.staleSince).toBeUndefined();
    now += 1_500;
    await quick.changes.wake();
    expect(quick.changes.staleSince).toBe(1_000_000);
    expect(quick.changes.lagMs).toBe(3_000);
    expect((await metrics.text()).body).toContain('\ntributary_changes_lag_seconds 3\n');
    isDown = false;
    await quick.changes.wake();
    expect(quick.changes.staleSince).toBeUndefined();
    expect(quick.resyncs()).toBe(1);
    now += 61_000;
    await quick.changes.wake();
    expect(quick.resyncs()).toBe(2);
    expect(replica.resyncs()).toBe(1);
    await quick.changes.close();
    await replica.changes.close();
    await state.drop();
  });
});

describeWithRedisServer('the feed of changes with Redis', () => {
  it('A06: reaches another replica within 100 ms, and as without Redis when it dies', async () => {
    const redis: OwnRedis = await startRedis();
    const state = await openState('sqlite');
    const links = [openRedis(redis.url, log), openRedis(redis.url, log)] as const;
    await Promise.all(links.map((link) => link.whenUp(5_000)));
    // So seldom that it must be the message that wakes it.
    const writer = await openReplica(await state.connect(), { redis: links[0], pollMs: 3_600_000 });
    const reader = await openReplica(await state.connect(), { redis: links[1], pollMs: 3_600_000 });
    const polling = await openReplica(await state.connect(), { redis: links[1], pollMs: 200 });
    await until(async () => (await redis.admin.pubsub('NUMSUB', 'tributary:changes'))[1] === 3);
    const delays: number[] = [];
    for (let at = 0; at < 5; at++) {
      const began = performance.now();
      await write(writer, `k${at}`);
      delays.push(await delayOf(`k${at}`, [reader], began));
    }
    expect(Math.min(...delays)).toBeLessThan(100);
    await redis.kill();
    const began = performance.now();
    await write(writer, 'after');
    expect(await delayOf('after', [polling], began)).toBeLessThan(1_000);
    await Promise.all(opened.splice(0).map((changes) => changes.close()));
    await Promise.all(links.map((link) => link.close()));
    await state.drop();
    await redis.stop();
  });
});

function bound(database: Database): Database {
  return {
    dialect: database.dialect,
    all: database.all.bind(database),
    run: database.run.bind(database),
    transaction: database.transaction.bind(database),
    close: database.close.bind(database),
  };
}
