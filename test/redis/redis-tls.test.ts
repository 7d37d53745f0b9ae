import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openRedis, type RedisLink } from '../../src/redis/redis-link.ts';
import { hasOpenssl, makeCertificates } from '../faults/harness/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { describeWithRedisServer, type OwnRedis, startRedis, until } from '../support/redis-server.ts';

const without = hasOpenssl ? '' : ' (not tested: there is no `openssl`)';

/** A password that must be told to nobody. */
const canary = 'canary-of-redis';

describeWithRedisServer(`R12: a Redis with a certificate${without}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-redis-tls-'));
  const file = (name: string): string => join(folder, name);
  const tlsOf = (name: string, port: number): string[] => [
    ...['--tls-port', String(port), '--tls-auth-clients', 'no', '--tls-ca-cert-file', file('ca.pem')],
    ...['--tls-cert-file', file(`${name}.crt`), '--tls-key-file', file(`${name}.key`)],
  ];
  const closing: (() => Promise<unknown>)[] = [];
  const links: RedisLink[] = [];
  const told: string[] = [];
  let redis: OwnRedis;
  let port: number;

  beforeAll(async () => {
    if (!hasOpenssl) return;
    const { ca, ...pairs } = makeCertificates();
    writeFileSync(file('ca.pem'), ca);
    writeFileSync(file('stranger.pem'), pairs.selfSigned.certificate);
    for (const [name, { key, certificate }] of Object.entries(pairs)) {
      writeFileSync(file(`${name}.key`), key);
      writeFileSync(file(`${name}.crt`), certificate);
    }
    ({ redis, port } = await start('good'));
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    for (const link of links.splice(0)) await link.close();
    told.splice(0);
  });

  async function start(name: string, ...options: string[]): Promise<{ redis: OwnRedis; port: number }> {
    const port = await freePort();
    const redis = await startRedis(...tlsOf(name, port), '--requirepass', canary, ...options);
    closing.push(() => redis.stop());
    return { redis, port };
  }

  const open = (address: string): RedisLink => {
    const write = (fields: object, message: string) => told.push(`${message} ${JSON.stringify(fields)}`);
    const link = openRedis(address, { info: write, warn: write });
    links.push(link);
    return link;
  };
  const keepsAndFinds = async (link: RedisLink): Promise<void> => {
    await until(() => link.isUp);
    expect(await link.run([{ key: 'k', words: ['set', 'k', 'kept'] }])).toEqual(['OK']);
    expect(await link.getMany(['k'])).toEqual(['kept']);
  };
  /** The driver keeps to itself why a node of a Cluster or a Sentinel could not be reached. */
  const isNotReached = async (link: RedisLink): Promise<void> => {
    expect(await link.whenUp(5_000)).toBe(false);
    expect(`${link.fault()} ${told}`).not.toMatch(new RegExp(`${canary}|127\\.0\\.0\\.1|${folder}`));
  };

  it.skipIf(!hasOpenssl)('is reached over TLS, messages too, where the authority is known', async () => {
    const link = open(`rediss://:${canary}@127.0.0.1:${port}?sslrootcert=${file('ca.pem')}`);
    await keepsAndFinds(link);
    const heard: string[] = [];
    const channel = link.listen(['news'], { hear: (_, text) => heard.push(text), changed: () => {} });
    await until(() => channel.hears);
    await link.run([{ words: ['publish', 'news', 'one'] }]);
    await until(() => heard.includes('one'));
  });

  it.skipIf(!hasOpenssl).each([
    ['of an authority that nobody named', 'good', '', 'SELF_SIGNED_CERT_IN_CHAIN'],
    ['of another authority', 'good', '?sslrootcert=stranger.pem', 'SELF_SIGNED_CERT_IN_CHAIN'],
    ['of yesterday', 'expired', '?sslrootcert=ca.pem', 'CERT_HAS_EXPIRED'],
    ['of another host', 'wrongHost', '?sslrootcert=ca.pem', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['signed by itself', 'selfSigned', '?sslrootcert=ca.pem', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('is sent nothing where its certificate is %s; the log says why, once', async (_, name, query, code) => {
    const server = name === 'good' ? { redis, port } : await start(name);
    const before = await commandsOf(server.redis);
    const address = `rediss://:${canary}@127.0.0.1:${server.port}${query.replace('=', `=${folder}/`)}`;
    const link = open(address);
    expect(await link.whenUp(5_000)).toBe(false);
    expect(link.fault()).toBe(`its certificate is refused: ${code}`);
    expect(told).toHaveLength(1);
    expect(told.join()).toContain(code);
    expect(told.join()).not.toMatch(new RegExp(`${canary}|127\\.0\\.0\\.1|${folder}`));
    expect(await commandsOf(server.redis)).toBe(before);
  });

  it.skipIf(!hasOpenssl)(
    'is no Redis to who speaks plain text, and told no password by its fault',
    async () => {
      const link = open(`redis://:${canary}@127.0.0.1:${port}`);
      expect(await link.whenUp(5_000)).toBe(false);
      expect(`${link.fault()} ${told}`).not.toMatch(new RegExp(`${canary}|127\\.0\\.0\\.1`));
    },
  );

  it('is not opened with authorities that cannot be read, and neither path nor password is told', () => {
    expect(() => open(`rediss://:${canary}@127.0.0.1?sslrootcert=/nowhere/hush.pem`)).toThrow(
      /^The address of Redis has a `sslrootcert` that names no file that can be read\.$/,
    );
  });

  it.skipIf(!hasOpenssl)('may be a Cluster', async () => {
    const node = await start(
      'good',
      '--cluster-enabled',
      'yes',
      '--tls-cluster',
      'yes',
      '--cluster-announce-ip',
      '127.0.0.1',
    );
    await node.redis.admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await until(async () => /cluster_state:ok/.test(String(await node.redis.admin.cluster('INFO'))));
    const at = `rediss+cluster://:${canary}@127.0.0.1:${node.port}`;
    await keepsAndFinds(open(`${at}?sslrootcert=${file('ca.pem')}`));
    await isNotReached(open(`${at}?sslrootcert=${file('stranger.pem')}`));
  });

  it.skipIf(!hasOpenssl)('may be what Sentinels watch, who are asked over TLS alone', async () => {
    const sentinel = await startSentinel(port);
    const at = `rediss+sentinel://:${canary}@127.0.0.1:${sentinel}/main`;
    await keepsAndFinds(open(`${at}?sslrootcert=${file('ca.pem')}`));
    await isNotReached(open(`${at}?sslrootcert=${file('stranger.pem')}`));
    // Who knows the Sentinel alone is not told of the master in plain text either.
    await isNotReached(open(at.replace('rediss', 'redis')));
  });

  /** A Sentinel without a port for plain text; gives its port. */
  async function startSentinel(masterPort: number): Promise<number> {
    const port = await freePort();
    const config = [
      'port 0',
      'bind 127.0.0.1',
      `dir ${folder}`,
      'tls-replication yes',
      ...tlsOf('good', port)
        .join(' ')
        .split(/ ?--/)
        .filter((line) => line !== ''),
      `sentinel monitor main 127.0.0.1 ${masterPort} 1`,
      `sentinel auth-pass main ${canary}`,
    ];
    writeFileSync(file('sentinel.conf'), config.join('\n'));
    const child = spawn('redis-server', [file('sentinel.conf'), '--sentinel'], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    closing.push(() => {
      child.kill('SIGKILL');
      return ended;
    });
    return port;
  }
});

/** How many commands it was sent since it started, without those that ask for this. */
async function commandsOf({ admin }: OwnRedis): Promise<number> {
  const lines = (await admin.info('commandstats')).split('\n').filter((line) => line.startsWith('cmdstat_'));
  return lines
    .filter((line) => !line.startsWith('cmdstat_info:'))
    .reduce((sum, line) => sum + Number(/calls=(\d+)/.exec(line)?.[1]), 0);
}
