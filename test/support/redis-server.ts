import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, it } from 'vitest';
import { freePort } from './free-port.ts';

/** A Redis of the test's own: it may be frozen, killed and started again. */
export interface OwnRedis {
  readonly port: number;
  readonly url: string;
  /** A plain client of the library, to look and to meddle with. */
  readonly admin: Redis;
  /** Stops it where it stands (SIGSTOP): connections stay, nothing answers. */
  freeze(): void;
  thaw(): void;
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Runs tests that start `redis-server`; where there is none they are skipped and say so, or fail if they must not be. */
export function describeWithRedisServer(name: string, tests: () => void): void {
  const missing = spawnSync('redis-server', ['--version']).status !== 0;
  if (!missing) return void describe(name, tests);
  if (process.env.TRIBUTARY_REQUIRE_SERVICES === '1')
    throw new Error('Services are required, but no `redis-server` is on the path.');
  describe(name, () => it.skip('is not tested: no `redis-server` is on the path', () => {}));
}

/** Starts a Redis that keeps nothing on disk. */
export async function startRedis(...options: readonly string[]): Promise<OwnRedis> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'tributary-redis-'));
  const password = options[options.indexOf('--requirepass') + 1];
  const start = (): Promise<ChildProcess> => run(port, directory, options);
  let child = await start();
  const admin = new Redis({
    port,
    host: '127.0.0.1',
    ...(options.includes('--requirepass') && password !== undefined ? { password } : {}),
    retryStrategy: () => 20,
  });
  admin.on('error', () => {});
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    admin,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    kill: () => ended(child),
    async restart() {
      child = await start();
    },
    async stop() {
      admin.disconnect();
      await ended(child);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function run(port: number, directory: string, options: readonly string[]): Promise<ChildProcess> {
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory];
  const child = spawn(
    'redis-server',
    [...settings, '--save', '', '--appendonly', 'no', '--repl-diskless-sync-delay', '0', ...options],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (text.length < 100_000) text += chunk.toString();
      if (/Ready to accept connections/.test(text)) resolve(child);
    });
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}:\n${text}`)));
    child.once('error', reject);
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

export interface OwnCluster {
  readonly url: string;
  readonly nodes: readonly OwnRedis[];
  /** The nodes that are masters now. */
  masters(): Promise<readonly OwnRedis[]>;
  stop(): Promise<void>;
}

/** Starts a Cluster of three masters with a replica each, and waits until every node says that it is whole. */
export async function startCluster(): Promise<OwnCluster> {
  const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '500', '--cluster-config-file'];
  const nodes = await Promise.all(
    Array.from({ length: 6 }, async (_, index) =>
      startRedis('--cluster-port', String(await freePort()), ...options, `nodes-${index}.conf`),
    ),
  );
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  const made = spawnSync(
    'redis-cli',
    ['--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes'],
    { encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`The Cluster could not be made:\n${made.stdout}${made.stderr}`);
  await until(async () => {
    const states = await Promise.all(nodes.map(({ admin }) => admin.cluster('INFO')));
    const links = await Promise.all(nodes.map(({ admin }) => admin.info('replication')));
    return (
      states.every((state) => /cluster_state:ok/.test(String(state))) &&
      links.every((link) => /role:master|master_link_status:up/.test(link)) &&
      links.filter((link) => link.includes('role:slave')).length === 3
    );
  });
  return {
    url: `redis+cluster://${addresses.slice(0, 3).join(',')}`,
    nodes,
    async masters() {
      const roles = await Promise.all(
        nodes.map(({ admin }) =>
          admin.role().then(
            ([role]) => role === 'master',
            () => false,
          ),
        ),
      );
      return nodes.filter((_, index) => roles[index]);
    },
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  };
}

export interface OwnSentinels {
  readonly url: string;
  readonly master: OwnRedis;
  readonly replica: OwnRedis;
  stop(): Promise<void>;
}

/** Starts a master, its replica and three Sentinels that watch them. */
export async function startSentinels(): Promise<OwnSentinels> {
  const master = await startRedis();
  const replica = await startRedis('--replicaof', '127.0.0.1', String(master.port));
  const sentinels = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const port = await freePort();
      const directory = mkdtempSync(join(tmpdir(), 'tributary-sentinel-'));
      const file = join(directory, 'sentinel.conf');
      writeFileSync(
        file,
        [
          `port ${port}`,
          'bind 127.0.0.1',
          `dir ${directory}`,
          `sentinel monitor main 127.0.0.1 ${master.port} 2`,
          'sentinel down-after-milliseconds main 300',
          'sentinel failover-timeout main 2000',
        ].join('\n'),
      );
      const child = spawn('redis-server', [file, '--sentinel'], { stdio: ['ignore', 'pipe', 'inherit'] });
      const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 20 });
      client.on('error', () => {});
      return { port, directory, child, client };
    }),
  );
  await until(async () => {
    const seen = await Promise.all(
      sentinels.map(({ client }) => client.call('SENTINEL', 'MASTER', 'main') as Promise<unknown>),
    );
    return seen.every((state) => {
      const text = JSON.stringify(state);
      return /"num-slaves"[,:]"1"/.test(text) && /"num-other-sentinels"[,:]"2"/.test(text);
    });
  });
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/main`,
    master,
    replica,
    async stop() {
      for (const { client } of sentinels) client.disconnect();
      await Promise.all(sentinels.map(({ child }) => ended(child)));
      for (const { directory } of sentinels) rmSync(directory, { recursive: true, force: true });
      await Promise.all([master.stop(), replica.stop()]);
    },
  };
}

/** Resolves as soon as the condition holds; rejects when it has not within so long. */
export async function until(holds: () => boolean | Promise<boolean>, limitMs = 15_000): Promise<void> {
  const end = performance.now() + limitMs;
  for (;;) {
    if (await Promise.resolve(holds()).catch(() => false)) return;
    if (performance.now() > end) throw new Error(`What was waited for did not come within ${limitMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
