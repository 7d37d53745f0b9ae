import { describe, expect, it } from 'vitest';
import { addressGroup } from '../../../src/access/limits/address-group.ts';
import { blockedNews } from '../../../src/access/limits/blocked-news.ts';
import {
  type Entered,
  type Limits,
  type LimitsOptions,
  openLimits,
} from '../../../src/access/limits/limits.ts';
import { ProcessLimits } from '../../../src/access/limits/process-limits.ts';
import type { Caller } from '../../../src/caller.ts';
import { openRedis } from '../../../src/redis/redis-link.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { describeWithRedisServer, startRedis, until } from '../../support/redis-server.ts';

const partner: Caller = {
  id: 'app:a1',
  audience: 'PARTNER',
  tenant: 'acme',
  isAuthenticated: true,
  app: 'a1',
  key: 'k1',
  plan: 'partner',
};
const nobody: Caller = { id: 'anonymous', audience: 'OPEN', tenant: undefined };
const address = '192.0.2.7';

function open(changes: Partial<LimitsOptions> = {}): { readonly limits: Limits; pass(ms: number): void } {
  let now = Date.UTC(2026, 10, 23);
  const clock = { now: () => now };
  const plan = { perMinute: 60, burst: 3, running: 2 };
  const limits = openLimits({
    store: new ProcessLimits(clock),
    planOf: ({ plan: name }) => (name === 'partner' ? plan : undefined),
    anonymous: { perMinute: 30, burst: 2, running: 0 },
    badCredentials: { most: 20, withinMs: 300_000, blockMs: 900_000 },
    clock,
    log: noLog,
    ...changes,
  });
  return {
    limits,
    pass(ms) {
      now += ms;
    },
  };
}

const codeOf = ({ refused }: Entered): string | undefined => refused?.code;

describe('limits', () => {
  it('answer at once, with headers that say what is left', () => {
    const { limits } = open();
    const entered = limits.enter(partner, address) as Entered;
    expect(entered.headers).toEqual([
      'ratelimit-policy',
      '"requests";q=60;w=60, "running";q=2;qu="concurrent-requests"',
      'ratelimit',
      '"requests";r=2;t=1',
    ]);
    expect(entered.refused).toBeUndefined();
  });

  it('refuse what is too often with `RATE_LIMITED`, the time to wait and headers', () => {
    const { limits, pass } = open();
    for (let request = 0; request < 3; request++) (limits.enter(partner, address) as Entered).leave();
    const refused = limits.enter(partner, address) as Entered;
    expect(refused.refused).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 1_000 });
    expect(refused.headers.slice(2)).toEqual(['ratelimit', '"requests";r=0;t=1']);
    pass(1_000);
    expect(codeOf(limits.enter(partner, address) as Entered)).toBeUndefined();
  });

  it('C06: refuse what is too much at the same time with `CONCURRENCY_LIMITED`', () => {
    const { limits } = open();
    const [first] = [limits.enter(partner, address), limits.enter(partner, address)] as Entered[];
    expect(codeOf(limits.enter(partner, address) as Entered)).toBe('CONCURRENCY_LIMITED');
    first?.leave();
    expect(codeOf(limits.enter(partner, address) as Entered)).toBeUndefined();
  });

  it('A08: count the rate by app, so that a second key brings no more', () => {
    const { limits } = open();
    const other = { ...partner, key: 'k2' };
    for (const caller of [partner, other, partner]) (limits.enter(caller, address) as Entered).leave();
    expect(codeOf(limits.enter(other, address) as Entered)).toBe('RATE_LIMITED');
  });

  it('count nobody by address, a network of IPv6 as one, and a user by what the user is', () => {
    const { limits } = open();
    for (const each of ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9']) limits.enter(nobody, each);
    expect(codeOf(limits.enter(nobody, '2001:db8:1:2::3') as Entered)).toBe('RATE_LIMITED');
    expect(codeOf(limits.enter(nobody, '2001:db8:1:3::3') as Entered)).toBeUndefined();
    const user = { ...nobody, id: 'user:7', isAuthenticated: true, plan: 'partner' };
    expect(codeOf(limits.enter(user, '2001:db8:1:2::3') as Entered)).toBeUndefined();
  });

  it('leave callers without a plan alone, and who works on this machine', () => {
    const { limits } = open();
    const callers = [
      { ...partner, plan: 'internal' },
      { ...nobody, audience: 'INTERNAL' as const },
    ];
    for (const caller of callers)
      for (let request = 0; request < 50; request++)
        expect(limits.enter(caller, address)).toMatchObject({ headers: [], refused: undefined });
  });
});

describe('wrong credentials', () => {
  const isBlocked = (limits: Limits, from: string): boolean => {
    try {
      limits.checkAddress(from);
      return false;
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'RATE_LIMITED' });
      return true;
    }
  };

  it('A05: twenty different ones from one address block it for a quarter of an hour, and no other', () => {
    const { limits, pass } = open();
    for (let tried = 0; tried < 19; tried++) limits.badCredentials(address, tried);
    expect(isBlocked(limits, address)).toBe(false);
    limits.badCredentials(address, 19);
    expect(isBlocked(limits, address)).toBe(true);
    expect(isBlocked(limits, `::ffff:${address}`)).toBe(true);
    expect(isBlocked(limits, '192.0.2.8')).toBe(false);
    pass(899_000);
    expect(isBlocked(limits, address)).toBe(true);
    pass(2_000);
    expect(isBlocked(limits, address)).toBe(false);
  });

  it('A05: the same wrong key again and again is a mistake, and few in a long time are no attack', () => {
    const { limits, pass } = open();
    for (let tried = 0; tried < 1_000; tried++) limits.badCredentials(address, 7);
    for (let tried = 0; tried < 60; tried++) {
      limits.badCredentials(address, tried);
      pass(20_000);
    }
    expect(isBlocked(limits, address)).toBe(false);
  });

  it('A05: a million addresses are not all remembered', () => {
    const { limits } = open();
    const before = process.memoryUsage().heapUsed;
    for (let host = 0; host < 200_000; host++)
      limits.badCredentials(`10.${host >> 16}.${(host >> 8) & 255}.${host & 255}`, host);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60_000_000);
  });
});

describe('the group of an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['2001:db8::192.0.2.1', '2001:db8:0:0::/64'],
    ['1:2:3:4:5::', '1:2:3:4::/64'],
  ])('%s is %s', (given, group) => {
    expect(addressGroup(given)).toBe(group);
  });
});

describeWithRedisServer('news of blocked addresses', () => {
  it('A05: an address that one replica blocks is blocked on the others', async () => {
    const redis = await startRedis();
    const links = [openRedis(redis.url, noLog), openRedis(redis.url, noLog)] as const;
    await Promise.all(links.map((link) => link.whenUp(5_000)));
    const [one, other] = links.map((link) => open({ news: blockedNews(link) }).limits) as [Limits, Limits];
    await until(async () => (await redis.admin.pubsub('NUMSUB', 'tributary:blocked'))[1] === 2);
    await redis.admin.publish('tributary:blocked', '{"group":7}');
    await redis.admin.publish('tributary:blocked', 'null');
    for (let tried = 0; tried < 20; tried++) one.badCredentials(address, tried);
    await until(() => {
      try {
        other.checkAddress(address);
        return false;
      } catch {
        return true;
      }
    });
    await Promise.all([one.close(), other.close(), ...links.map((link) => link.close())]);
    await redis.stop();
  });
});
