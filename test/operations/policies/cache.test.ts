import { beforeEach, describe, expect, it } from 'vitest';
import { TributaryError } from '../../../src/errors.ts';
import type { Cache } from '../../../src/operations/caches/cache.ts';
import { processCache } from '../../../src/operations/caches/process-cache.ts';
import type { Call } from '../../../src/operations/call.ts';
import { Described, type Outcome } from '../../../src/operations/outcome.ts';
import { cachePolicy } from '../../../src/operations/policies/cache.ts';
import { steadyClock } from '../../../src/util/clock.ts';
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

const fresh = () => processCache({ maxEntries: 100, maxBytes: 1_000_000, clock: steadyClock });
describePolicy('cache', () => cachePolicy(fresh(), steadyClock), {
  scope: 'public',
  cache: { ttlMs: 1_000 },
});
describePolicy('cache of what is not cached', () => cachePolicy(fresh(), steadyClock));

describe('cache', () => {
  const clock = clockAt(1_000_000);
  let cache: Cache;
  beforeEach(() => {
    cache = processCache({ maxEntries: 100, maxBytes: 1_000_000, clock });
  });
  const cached = <I, O>(call: Call<I, O>, options: Parameters<typeof operationOf>[0] = {}): Call<I, O> =>
    cachePolicy(cache, clock)(call, operationOf({ scope: 'public', cache: { ttlMs: 1_000 }, ...options }));

  it('asks the backend for the misses of a batch only, and gives the same values on a hit', async () => {
    const { call, asked } = recordingCall((n: number) => ({ n, deep: [n] }));
    const { trace, events } = recordingTrace();
    const read = cached(call);
    const miss = await read([1, 2], contextOf());
    expect(await read([2, 3, 1], contextOf({ trace }))).toEqual([miss[1], { n: 3, deep: [3] }, miss[0]]);
    expect(asked).toEqual([[1, 2], [3]]);
    expect(events).toEqual(['fresh 2']);
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
