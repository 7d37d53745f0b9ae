import { Server as NetServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { TributaryError } from '../errors.ts';
import type { Exchange } from './exchange.ts';

/** How long idle connections are kept, so that a request already on its way is answered and told to close. */
const lingerMs = 250;
/** How long aborted requests may take to send their answer. */
const abortedMs = 1_000;
const pollMs = 5;

export interface StopOptions {
  readonly drainMs: number;
  readonly graceMs: number;
  readonly exchanges: ReadonlySet<Exchange>;
}

/**
 * Stops a listener so that nothing in flight is cut: it goes on serving for `drainMs` while readiness says no, then
 * accepts no more connections, answers what comes on the open ones with `Connection: close`, and waits up to `graceMs`
 * for what is under way; the rest is aborted with `SHUTTING_DOWN`.
 */
export async function stopListener(app: FastifyInstance, options: StopOptions): Promise<void> {
  const { drainMs, graceMs, exchanges } = options;
  await pause(drainMs);
  // Node's own `close` of an HTTP server cuts idle connections at once, and a request that is on its way with them.
  NetServer.prototype.close.call(app.server);
  await until(async () => exchanges.size === 0 && (await connections(app)) === 0, lingerMs);
  await until(() => exchanges.size === 0, graceMs);
  for (const { run } of exchanges) run.abort(new TributaryError('SHUTTING_DOWN'));
  await until(() => exchanges.size === 0, abortedMs);
  app.server.closeAllConnections();
  await app.close();
}

function connections(app: FastifyInstance): Promise<number> {
  return new Promise((resolve) => {
    app.server.getConnections((error, count) => resolve(error ? 0 : count));
  });
}

async function until(isDone: () => boolean | Promise<boolean>, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await isDone()) && performance.now() < end) await pause(pollMs);
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
}
