import { connect } from 'node:net';

/** Where the tests' Redis is, or why there is none. */
export type RedisAtHand = { readonly url: string } | { readonly reason: string };

/** `REDIS_URL`, else 127.0.0.1:6379. Where services are required, a missing one fails the run. */
export async function redisAtHand(): Promise<RedisAtHand> {
  const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
  const { hostname, port } = new URL(url);
  const reachable = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || 6379), timeout: 1_000 });
    const end = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
  if (reachable) return { url };
  const reason = `no Redis answers at ${hostname}:${port || 6379}`;
  if (process.env.TRIBUTARY_REQUIRE_SERVICES === '1')
    throw new Error(`Services are required, but ${reason}.`);
  return { reason };
}
