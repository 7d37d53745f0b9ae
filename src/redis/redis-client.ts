import { Redis } from 'ioredis';
import type { Log } from '../telemetry/log.ts';

/** The few commands that the engine uses, so that tests and other clients fit. */
export interface RedisClient {
  readonly status: string;
  mget(keys: string[]): Promise<(string | null)[]>;
  pipeline(): RedisPipeline;
  disconnect(): void;
}

export interface RedisPipeline {
  set(key: string, value: string, unit: 'PX', milliseconds: number): unknown;
  del(key: string): unknown;
  exec(): Promise<[error: Error | null, result: unknown][] | null>;
}

/**
 * Opens a connection that never makes a request wait: with the library's defaults a dead Redis hangs every command.
 * Commands fail at once while there is no connection, after 50 ms when there is no answer, and are never sent twice.
 *
 * @param url `redis://[user:password@]host:port[/database]`, or `rediss://` for TLS
 */
export function openRedis(url: string, log: Log): RedisClient {
  const client = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: 50,
    connectTimeout: 1_000,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(2_000, 50 * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random() / 2),
  });
  let reported = false;
  client.on('error', (error: Error) => {
    if (!reported)
      log.warn({ cause: error.message }, 'redis cannot be reached; answers are kept in this process only');
    reported = true;
  });
  client.on('ready', () => {
    if (reported) log.info({}, 'redis is back');
    reported = false;
  });
  return client as unknown as RedisClient;
}
