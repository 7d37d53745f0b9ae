import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOfEachShard, shardOf, shards, slotOf } from '../../src/redis/shards.ts';
import { describeWithRedisServer, type OwnRedis, startRedis } from '../support/redis-server.ts';

describe('shards', () => {
  it('gives every text one of them', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(shardOf(text)).toMatch(/^\{([0-9]|[12][0-9]|3[01])\}$/);
      }),
    );
  });

  it('spreads keys over all of them', () => {
    const used = new Set(Array.from({ length: 2_000 }, (_, index) => shardOf(`ride:${index}`)));
    expect(used.size).toBe(shards);
    expect(new Set(keyOfEachShard('probe').map(slotOf)).size).toBe(shards);
  });
});

describeWithRedisServer('the slot of a key', () => {
  let redis: OwnRedis;
  beforeAll(async () => {
    redis = await startRedis('--cluster-enabled', 'yes');
  });
  afterAll(() => redis?.stop());

  it('is the one that Redis says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom('{', '}', 'a', '7', 'é') }), async (key) => {
        expect(slotOf(key)).toBe(await redis.admin.cluster('KEYSLOT', key));
      }),
    );
  });
});
