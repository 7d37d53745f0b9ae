import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisAddress } from './redis-address.ts';
import { keyOfEachShard, slotOf } from './shards.ts';

/** One command, and the key that says which node it goes to; without one any node will do. */
export interface RedisCommand {
  readonly key?: string;
  readonly words: readonly [name: string, ...words: (string | number)[]];
}

/** The connections to a Redis, whatever its shape. What they are asked while there is none rejects at once. */
export interface RedisNodes {
  /** The values under the keys, in one round trip to each node. */
  getMany(keys: readonly string[]): Promise<readonly (string | null)[]>;
  /** The reply to each command, or its error, in one round trip to each node. */
  run(commands: readonly RedisCommand[]): Promise<readonly unknown[]>;
  /** Keys that tell, all together, whether every node answers. */
  readonly probes: readonly string[];
  /** Looks again for where keys are. */
  refresh(): void;
  /** A connection for messages alone: to the server, or to any node of a Cluster. It never reconnects by itself. */
  subscriber(): Redis;
  onReady(callback: () => void): void;
  onError(callback: (error: Error) => void): void;
  close(): void;
}

/** After so long without an answer a connection is taken for dead, and made anew. */
const silenceMs = 1_000;

/** Opens the connections. With the library's own defaults a dead Redis makes every command wait. */
export function openNodes(address: RedisAddress): RedisNodes {
  return address.kind === 'cluster' ? clusterNodes(address) : singleNode(address);
}

function singleNode(address: RedisAddress): RedisNodes {
  const options = { ...optionsOf(address), ...placeOf(address) };
  const client = new Redis({ ...options, retryStrategy: pauseBefore });
  return {
    getMany: (keys) => client.mget(...keys),
    run: (commands) => pipelined(client, commands),
    probes: ['tributary:probe'],
    refresh: () => {},
    subscriber: () => new Redis({ ...options, retryStrategy: () => null, lazyConnect: true }),
    onReady: (callback) => void client.on('ready', callback),
    onError: (callback) => void client.on('error', callback),
    close: () => client.disconnect(),
  };
}

function clusterNodes(address: RedisAddress): RedisNodes {
  const options = optionsOf(address);
  const cluster = new Cluster(
    address.nodes.map(({ host, port }) => ({ host, port })),
    {
      redisOptions: options,
      enableOfflineQueue: false,
      clusterRetryStrategy: pauseBefore,
      maxRedirections: 4,
      slotsRefreshTimeout: silenceMs,
      slotsRefreshInterval: 15_000,
    },
  );
  return {
    getMany: (keys) => getFromCluster(cluster, keys),
    run: (commands) => runOnCluster(cluster, commands),
    probes: keyOfEachShard('probe'),
    refresh: () => cluster.refreshSlotsCache(),
    subscriber: () => new Redis({ ...options, ...someNode(cluster, address), retryStrategy: () => null }),
    onReady: (callback) => void cluster.on('ready', callback),
    onError(callback) {
      cluster.on('error', callback);
      cluster.on('node error', callback);
    },
    close: () => cluster.disconnect(),
  };
}

function optionsOf(address: RedisAddress): RedisOptions {
  const { username, password, database } = address;
  const tls = tlsOf(address);
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
    db: database,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    connectTimeout: 1_000,
    socketTimeout: silenceMs,
    // A master that has become a replica: whoever we reach next will be the master.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  };
}

/** The server must always prove who it is; the path of a file that is not there is not repeated. */
function tlsOf({ tls, authorities }: RedisAddress): ConnectionOptions | undefined {
  if (!tls) return undefined;
  if (authorities === undefined) return {};
  try {
    return { ca: readFileSync(authorities) };
  } catch {
    throw new Error('The address of Redis has a `sslrootcert` that names no file that can be read.');
  }
}

function placeOf(address: RedisAddress): RedisOptions {
  const { kind, nodes, master, sentinelPassword } = address;
  if (kind === 'single') return { ...nodes[0] };
  const tls = tlsOf(address);
  return {
    sentinels: nodes.map(({ host, port }) => ({ host, port })),
    ...(master === undefined ? {} : { name: master }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(tls === undefined ? {} : { enableTLSForSentinelMode: true, sentinelTLS: tls }),
    sentinelRetryStrategy: pauseBefore,
  };
}

/** How long to wait before the next attempt to connect, with jitter: replicas do not come back all at once. */
function pauseBefore(attempt: number): number {
  return Math.min(1_000, 50 * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random() / 2);
}

async function pipelined(client: Redis | Cluster, commands: readonly RedisCommand[]): Promise<unknown[]> {
  const pipeline = client.pipeline(commands.map(({ words }) => [...words]));
  return ((await pipeline.exec()) ?? []).map(([error, reply]) => error ?? reply);
}

/** One `MGET` a slot, the slots of a node in one pipeline. */
async function getFromCluster(cluster: Cluster, keys: readonly string[]): Promise<(string | null)[]> {
  const bySlot = groupBy([...keys.keys()], (index) => slotOf(keys[index] as string));
  const asked = [...bySlot.values()];
  const replies = await runOnCluster(
    cluster,
    asked.map((indexes) => ({
      key: keys[indexes[0] as number] as string,
      words: ['mget', ...indexes.map((index) => keys[index] as string)],
    })),
  );
  const values = new Array<string | null>(keys.length).fill(null);
  asked.forEach((indexes, position) => {
    const reply = replies[position];
    if (reply instanceof Error) throw reply;
    indexes.forEach((index, place) => {
      values[index] = (reply as (string | null)[])[place] ?? null;
    });
  });
  return values;
}

async function runOnCluster(cluster: Cluster, commands: readonly RedisCommand[]): Promise<unknown[]> {
  const byNode = groupBy([...commands.keys()], (index) => {
    const { key } = commands[index] as RedisCommand;
    return key === undefined ? '' : (cluster.slots[slotOf(key)]?.join(';') ?? '');
  });
  const replies = new Array<unknown>(commands.length);
  const run = async (indexes: readonly number[]): Promise<void> => {
    const ofNode = await pipelined(
      cluster,
      indexes.map((index) => commands[index] as RedisCommand),
    );
    indexes.forEach((index, position) => {
      replies[index] = ofNode[position];
    });
  };
  await Promise.all([...byNode.values()].map(run));
  return replies;
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

function someNode(cluster: Cluster, { nodes }: RedisAddress): RedisOptions {
  const known = cluster
    .nodes('master')
    .map(({ options: { host, port } }) => ({ host, port }) as RedisOptions);
  const choices: readonly RedisOptions[] = known.length > 0 ? known : nodes;
  return { ...choices[Math.floor(Math.random() * choices.length)], lazyConnect: true };
}
