import { beforeEach, describe, expect, it } from 'vitest';
import { TributaryError } from '../../../src/errors.ts';
import { Background } from '../../../src/operations/background.ts';
import type { Cache } from '../../../src/operations/caches/cache.ts';
import { entryOf } from '../../../src/operations/caches/entry-of.ts';
import { processCache } from '../../../src/operations/caches/process-cache.ts';
import type { Call } from '../../../src/operations/call.ts';
import { Described, type Outcome } from '../../../src/operations/outcome.ts';
import { Passes } from '../../../src/operations/passes.ts';
import { compose } from '../../../src/operations/pipeline.ts';
import { cachePolicy } from '../../../src/operations/policies/cache.ts';
import { collapsePolicy } from '../../../src/operations/policies/collapse.ts';
import { WriteCounts } from '../../../src/operations/policies/evict.ts';
import { fillPolicy } from '../../../src/operations/policies/fill.ts';
import type { Policy } from '../../../src/operations/policy.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import type { CancelSignal } from '../../../src/util/abort.ts';
import { type Clock, steadyClock } from '../../../src/util/clock.ts';
import { describePolicy } from '../../contracts/policy.ts';
import {
  anna,
  bert,
  clockAt,
  contextOf,
  deferred,
  operationOf,
  recordingCall,
  recordingTrace,
} from '../../support/operations.ts';

/** The three policies that stand together: what is asked, who waits for whom, and what is kept. */
function policiesOver(cache: Cache, clock: Clock, background = new Background(), log = noLog): Policy {
  const services = {
    log,
    cache,
    clock,
    background,
    random: () => 0,
    passes: new Passes(),
    writes: new WriteCounts(),
  };
  return (next, operation) =>
    compose([cachePolicy(services), collapsePolicy(services), fillPolicy(services)], next, operation);
}

const fresh = () => processCache({ maxEntries: 100, maxBytes: 1_000_000, clock: steadyClock });
describePolicy('cache', () => policiesOver(fresh(), steadyClock), {
  scope: 'public',
  cache: { ttlMs: 1_000 },
});
describePolicy('cache of what is not cached', () => policiesOver(fresh(), steadyClock));

describe('cache', () => {
  const clock = clockAt(1_000_000);
  let cache: Cache;
  beforeEach(() => {
    cache = processCache({ maxEntries: 100, maxBytes: 1_000_000, clock });
  });
  const cached = <I, O>(call: Call<I, O>, options: Parameters<typeof operationOf>[0] = {}): Call<I, O> =>
    policiesOver(cache, clock)(call, operationOf({ scope: 'public', cache: { ttlMs: 1_000 }, ...options }));

  it('asks the backend for the misses of a batch only, and gives the same values on a hit', async () => {
    const { call, asked } = recordingCall((n: number) => ({ n, deep: [n] }));
    const { trace, events } = recordingTrace();
    const read = cached(call);
    const miss = await read([1, 2], contextOf());
    expect(await read([2, 3, 1], contextOf({ trace }))).toEqual([miss[1], { n: 3, deep: [3] }, miss[0]]);
    expect(asked).toEqual([[1, 2], [3]]);
    expect(events).toEqual(['fresh 2']);
  });

  it('believes what the loader told of the keys of its own list, and of no other', async () => {
    const { call, asked } = recordingCall((n: number) => n * 10);
    const read = cached(call);
    const inputs = [1, 2];
    const context = contextOf({ told: { inputs, texts: ['1', '2'] } });
    expect(await read(inputs, context)).toEqual([10, 20]);
    expect(await read([3, 4], context)).toEqual([30, 40]);
    expect(await read([2, 1], contextOf())).toEqual([20, 10]);
    expect(asked).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('lets nobody change what the next one gets, not even whoever got it first', async () => {
    const read = cached(recordingCall((n: number) => ({ n, deep: [{ n }] })).call);
    const [first] = await read([1], contextOf());
    expect(() => Object.assign(first as object, { n: 2 })).toThrow(TypeError);
    expect(() => Object.assign((first as { deep: object[] }).deep[0] as object, { n: 2 })).toThrow(TypeError);
    expect(await read([1], contextOf())).toEqual([{ n: 1, deep: [{ n: 1 }] }]);
  });

  it('answers where a function `tags` throws, keeps nothing, and tells the log', async () => {
    const told: string[] = [];
    const log = { ...noLog, error: (_fields: object, message: string) => void told.push(message) };
    const tags = (): never => {
      throw new Error('no tags');
    };
    const { call, asked } = recordingCall((n: number) => n);
    const read = policiesOver(
      cache,
      clock,
      new Background(),
      log,
    )(call, operationOf({ scope: 'public', cache: { ttlMs: 1_000, tags } }));
    expect(await read([1], contextOf())).toEqual([1]);
    expect(await read([1], contextOf())).toEqual([1]);
    await turn();
    expect(asked).toEqual([[1], [1]]);
    expect(told).toEqual(['An answer cannot be kept.', 'An answer cannot be kept.']);
  });

  it('keeps an answer as long as the definition says, and no longer', async () => {
    const { call, asked } = recordingCall((n: number) => n);
    const read = cached(call);
    await read([1], contextOf());
    clock.time += 999;
    await read([1], contextOf());
    clock.time += 1;
    await read([1], contextOf());
    expect(asked).toHaveLength(2);
  });

  it('believes the backend more than the definition', async () => {
    const { call, asked } = recordingCall((n: number) => new Described(n, { freshness: { ttlMs: 5_000 } }));
    const read = cached(call);
    await read([1], contextOf());
    clock.time += 4_999;
    expect(await read([1], contextOf())).toEqual([1]);
    expect(asked).toHaveLength(1);
  });

  it('keeps no error, and nothing that the backend forbids to keep', async () => {
    const { call, asked } = recordingCall(
      (n: number): Outcome<number> =>
        n === 1 ? new TributaryError('UPSTREAM_UNAVAILABLE') : new Described(n, { storable: false }),
    );
    const read = cached(call);
    await read([1, 2], contextOf());
    await read([1, 2], contextOf());
    expect(asked).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('believes "there is none" for a second at most, unless told otherwise', async () => {
    const { call, asked } = recordingCall((_n: number) => null);
    const brief = cached(call, { cache: { ttlMs: 60_000 } });
    expect(await brief([1], contextOf())).toEqual([null]);
    clock.time += 999;
    expect(await brief([1], contextOf())).toEqual([null]);
    clock.time += 1;
    await brief([1], contextOf());
    expect(asked).toHaveLength(2);
    const long = cached(call, { version: 'v2', cache: { ttlMs: 60_000, missingTtlMs: 30_000 } });
    await long([1], contextOf());
    clock.time += 29_999;
    await long([1], contextOf());
    expect(asked).toHaveLength(3);
  });

  it('serves a stale answer at once while exactly one refresh runs', async () => {
    let version = 1;
    const gate = deferred<void>();
    const asked: number[] = [];
    const read = cached<number, number>(
      async (inputs) => {
        asked.push(version);
        if (version === 2) await gate.promise;
        return inputs.map(() => version);
      },
      { cache: { ttlMs: 100, staleWhileRevalidateMs: 1_000 } },
    );
    await read([7], contextOf());
    clock.time += 150;
    version = 2;
    expect(await Promise.all([read([7], contextOf()), read([7], contextOf())])).toEqual([[1], [1]]);
    expect(asked).toEqual([1, 2]);
    gate.resolve();
    await new Promise(setImmediate);
    expect(await read([7], contextOf())).toEqual([2]);
  });

  it('serves what it has while the backend fails, as long as the definition allows', async () => {
    let down = false;
    const read = cached<number, number>(
      async (inputs) => inputs.map((n) => (down ? new TributaryError('UPSTREAM_UNAVAILABLE') : n)),
      { cache: { ttlMs: 100, staleIfErrorMs: 1_000 } },
    );
    await read([1], contextOf());
    down = true;
    clock.time += 1_000;
    const { trace, events } = recordingTrace();
    expect(await read([1, 2], contextOf({ trace }))).toMatchObject([1, { code: 'UPSTREAM_UNAVAILABLE' }]);
    expect(events).toEqual(['stale 1']);
    clock.time += 101;
    expect(await read([1], contextOf())).toMatchObject([{ code: 'UPSTREAM_UNAVAILABLE' }]);
  });

  it('asks "has it changed?" with the validator it holds, and renews what has not', async () => {
    const validators: unknown[] = [];
    const read = cached<{ id: string }, string>(
      async (inputs, context) => {
        validators.push(context.validators?.get(inputs[0]));
        return inputs.map(() =>
          context.validators?.size
            ? new Described<string>(undefined as never, { notModified: true, freshness: { ttlMs: 500 } })
            : new Described('first', { validator: { etag: '"1"' } }),
        );
      },
      { cache: { ttlMs: 100, staleIfErrorMs: 10_000 } },
    );
    await read([{ id: 'a' }], contextOf());
    clock.time += 101;
    expect(await read([{ id: 'a' }], contextOf())).toEqual(['first']);
    clock.time += 499;
    expect(await read([{ id: 'a' }], contextOf())).toEqual(['first']);
    clock.time += 1;
    await read([{ id: 'a' }], contextOf());
    expect(validators).toEqual([undefined, { etag: '"1"' }, { etag: '"1"' }]);
  });

  it('lets nothing stale stay behind a write that comes while the answer is on its way', async () => {
    let value = 'before';
    const gate = deferred<void>();
    const asked: unknown[] = [];
    const read = cached<{ id: string }, string>(
      async (inputs) => {
        const answer = value;
        asked.push(answer);
        if (asked.length === 1) await gate.promise;
        return inputs.map(() => answer);
      },
      { cache: { ttlMs: 60_000, tags: ({ id }: { id: string }) => [`ride:${id}`] } },
    );
    const early = read([{ id: '1' }], contextOf());
    await turn();
    value = 'after';
    await cache.evict(['ride:1']);
    // Whoever comes after the write neither joins the call that began before it nor finds what it kept.
    const late = read([{ id: '1' }], contextOf());
    gate.resolve();
    expect(await early).toEqual(['before']);
    expect(await late).toEqual(['after']);
    expect(await read([{ id: '1' }], contextOf())).toEqual(['after']);
    expect(asked).toEqual(['before', 'after']);
  });

  it('keeps once what a thousand ask at the same time (C11)', async () => {
    const { call, asked } = recordingCall((n: number) => n * 2);
    let writes = 0;
    const counted: Cache = {
      ...cache,
      keep(make) {
        writes++;
        return cache.keep(make);
      },
    };
    const read = policiesOver(counted, clock)(call, operationOf({ scope: 'public', cache: { ttlMs: 100 } }));
    await read([1], contextOf());
    clock.time += 101;
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => read([1], contextOf())));
    expect(answers).toEqual(answers.map(() => [2]));
    expect(asked).toEqual([[1], [1]]);
    expect(writes).toBe(2);
  });

  it('lets everybody ask for their own what turns out not to be storable, and nobody wait (hit-for-pass)', async () => {
    const gate = deferred<void>();
    let calls = 0;
    const read = cached<number, number>(async (inputs) => {
      const mine = ++calls;
      await gate.promise;
      return inputs.map(() => new Described(mine, { storable: false }));
    });
    const first = [read([1], contextOf()), read([1], contextOf()), read([1], contextOf())];
    await turn();
    expect(calls).toBe(1);
    gate.resolve();
    expect((await Promise.all(first)).flat().sort()).toEqual([1, 2, 3]);
    const later = [read([1], contextOf()), read([1], contextOf())];
    expect((await Promise.all(later)).flat().sort()).toEqual([4, 5]);
  });

  it('answers with what is no JSON, keeps it not, and tells the log', async () => {
    const round: Record<string, unknown> = {};
    round.self = round;
    const told: [fields: object, message: string][] = [];
    const log = { ...noLog, error: (fields: object, message: string) => void told.push([fields, message]) };
    const policy = policiesOver(cache, clock, new Background(), log);
    const read = policy(
      recordingCall((_n: number) => round).call,
      operationOf({ scope: 'public', cache: { ttlMs: 100 } }),
    );
    expect((await read([1], contextOf()))[0]).toBe(round);
    await turn();
    expect(told).toMatchObject([[{ operation: 'shop.article' }, 'An answer cannot be kept.']]);
  });

  it('shortens what it keeps by up to a tenth, so that it does not expire together', async () => {
    const times = Array.from({ length: 200 }, () =>
      entryOf('k', 1, {}, undefined, { ttlMs: 1_000, staleIfErrorMs: 500 }, 0, Math.random()),
    );
    const fresh = times.map(({ freshUntil }) => freshUntil);
    expect(Math.min(...fresh)).toBeGreaterThanOrEqual(900);
    expect(Math.max(...fresh)).toBeLessThanOrEqual(1_000);
    expect(new Set(fresh).size).toBeGreaterThan(100);
    expect(new Set(times.map(({ errorUntil }) => errorUntil))).toEqual(new Set([1_500]));
  });

  it('lets a stale answer stand in for a server error alone (RFC 5861 §4, U17)', async () => {
    let failure: TributaryError | undefined;
    const read = cached<number, number>(async (inputs) => inputs.map((n) => failure ?? n), {
      cache: { ttlMs: 100, staleIfErrorMs: 10_000 },
    });
    await read([1], contextOf());
    clock.time += 101;
    for (const code of ['UPSTREAM_TIMEOUT', 'UPSTREAM_CIRCUIT_OPEN', 'DOWNSTREAM_SERVICE_ERROR'] as const) {
      failure = new TributaryError(code);
      expect(await read([1], contextOf())).toEqual([1]);
    }
    for (const code of ['NOT_FOUND', 'FORBIDDEN', 'BAD_USER_INPUT'] as const) {
      failure = new TributaryError(code);
      expect(await read([1], contextOf())).toMatchObject([{ code }]);
    }
  });

  it('aborts a refresh that nobody waits for when the engine closes (C14)', async () => {
    const background = new Background();
    let aborted = false;
    const calls: CancelSignal[] = [];
    const call: Call<number, number> = (inputs, { signal }) => {
      calls.push(signal);
      if (calls.length === 1) return Promise.resolve(inputs);
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          resolve(inputs.map(() => new Error('aborted')));
        });
      });
    };
    const read = policiesOver(
      cache,
      clock,
      background,
    )(call, operationOf({ scope: 'public', cache: { ttlMs: 100, staleWhileRevalidateMs: 1_000 } }));
    await read([1], contextOf());
    clock.time += 101;
    expect(await read([1], contextOf())).toEqual([1]);
    await turn();
    expect(calls).toHaveLength(2);
    background.close();
    expect(aborted).toBe(true);
  });

  it.each([
    ['public', true],
    ['audience', true],
    ['tenant', true],
    ['caller', false],
  ] as const)('shares an answer of scope %s between two callers of one tenant: %s', async (scope, shared) => {
    const { call, asked } = recordingCall((n: number) => n);
    const read = cached(call, { scope });
    await read([1], contextOf({ caller: anna }));
    await read([1], contextOf({ caller: bert }));
    expect(asked).toHaveLength(shared ? 1 : 2);
  });

  it('never shares what belongs to a tenant with another, or with whoever belongs to none', async () => {
    const { call, asked } = recordingCall((n: number) => n);
    const read = cached(call, { scope: 'tenant' });
    for (const tenant of ['acme', 'other', undefined])
      await read([1], contextOf({ caller: { ...anna, tenant } }));
    await read([1], contextOf({ caller: { ...bert, tenant: undefined } }));
    expect(asked).toHaveLength(4);
  });

  it('does not mix up the answers of two versions of a definition', async () => {
    const old = cached(recordingCall((_n: number) => 'old').call, { version: 'v1' });
    const recent = cached(recordingCall((_n: number) => 'new').call, { version: 'v2' });
    await old([1], contextOf());
    expect(await recent([1], contextOf())).toEqual(['new']);
  });
});

/** What is under way has gone as far as it can without an answer. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
