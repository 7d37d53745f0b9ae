import { expect, it } from 'vitest';
import { ProblemsError } from '../../../src/config/problems.ts';
import { openCache } from '../../../src/operations/caches/open-cache.ts';
import { noLog } from '../../../src/telemetry/log.ts';

const limits = { maxEntries: 10, maxBytes: 1_000, log: noLog };

it('keeps answers in this process alone where no Redis is named', async () => {
  const cache = openCache(limits);
  expect(cache.leases).toBeUndefined();
  expect(cache.fault()).toBeUndefined();
  await cache.close();
});

it('shares them where one is named, be it there or not', async () => {
  const cache = openCache({ ...limits, redisUrl: 'redis://127.0.0.1:1' });
  expect(cache.leases).toBeDefined();
  expect(cache.fault()).toBeDefined();
  await cache.close();
});

it('says what is wrong with an address, without the password in it', () => {
  const open = (): unknown => openCache({ ...limits, redisUrl: 'redis://:secret@host:port' });
  expect(open).toThrow(ProblemsError);
  try {
    open();
  } catch (error) {
    const [problem] = (error as ProblemsError).problems;
    expect(problem).toMatchObject({ place: 'REDIS_URL', message: expect.stringContaining('`name:port`') });
    expect(JSON.stringify(problem)).not.toContain('secret');
  }
});
