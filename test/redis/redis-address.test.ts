import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRedisAddress } from '../../src/redis/redis-address.ts';

describe('an address of Redis', () => {
  it.each([
    [
      'redis://localhost',
      { kind: 'single', nodes: [{ host: 'localhost', port: 6379 }], tls: false, database: 0 },
    ],
    ['rediss://h:1/3', { kind: 'single', nodes: [{ host: 'h', port: 1 }], tls: true, database: 3 }],
    ['rediss://h?sslrootcert=/etc/ca.pem', { tls: true, authorities: '/etc/ca.pem' }],
    ['redis://:p%40ss@h', { username: undefined, password: 'p@ss' }],
    ['redis://u:p:q@h', { username: 'u', password: 'p:q' }],
    ['redis://[::1]:7000', { nodes: [{ host: '::1', port: 7000 }] }],
    [
      'redis+sentinel://:secret@a,b:1/main/2?sentinelPassword=other',
      {
        kind: 'sentinel',
        nodes: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 1 },
        ],
        master: 'main',
        database: 2,
        password: 'secret',
        sentinelPassword: 'other',
      },
    ],
    [
      'rediss+cluster://a:1,b:2',
      {
        kind: 'cluster',
        tls: true,
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
      },
    ],
  ])('reads %s', (url, parts) => {
    expect(readRedisAddress(url)).toMatchObject(parts);
  });

  it.each([
    ['localhost:6379', 'none of the forms'],
    ['http://h', 'none of the forms'],
    ['redis://', 'none of the forms'],
    ['redis://a,b', 'several hosts'],
    ['redis://h:0', '`name:port`'],
    ['redis://h:99999', '`name:port`'],
    ['redis://h:port', '`name:port`'],
    ['redis://h/one', 'no number'],
    ['redis://h/1/2', 'no number'],
    ['redis+cluster://a/1', 'database 0'],
    ['redis+sentinel://a', "master's name"],
    ['redis://h?db=1', 'not known'],
    ['redis://h?sslrootcert=ca.pem', 'not known'],
    ['rediss+cluster://h?sentinelPassword=x', 'not known'],
    ['redis://:%zz@h', 'percent-encoded'],
  ])('refuses %s and says why', (url, why) => {
    expect(() => readRedisAddress(url)).toThrow(why);
  });

  it('never repeats a password, whatever is wrong', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        try {
          readRedisAddress(`redis://u:canary@${before}${after}`);
        } catch (error) {
          expect((error as Error).message).not.toContain('canary');
        }
      }),
    );
  });
});
