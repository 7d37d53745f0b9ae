import type { FastifyInstance } from 'fastify';

const freshMs = 1_000;
const limitMs = 2_000;

/** What readiness asks. */
export interface HealthSources {
  /** What keeps each datasource from answering, by its name; `undefined` where nothing does. */
  ping(signal: AbortSignal): Promise<ReadonlyMap<string, Error | undefined>>;
  /** What keeps the cache from working, if anything. A cache that is down costs speed, not readiness. */
  cacheFault?(): string | undefined;
  /** The names of the token issuers whose tokens cannot be verified: who comes with one would be refused. @default none */
  unready?(): readonly string[];
}

export interface Readiness {
  readonly ready: boolean;
  /** `ready`; `degraded` where something is down that it can do without; `unavailable`; `overloaded`; `stopping`. */
  readonly status: 'ready' | 'degraded' | 'unavailable' | 'overloaded' | 'stopping';
  /** The names of the datasources that do not answer, and of token issuers without keys. Why is in the log. */
  readonly down: readonly string[];
  readonly cache: 'up' | 'down';
}

/**
 * `/health/live`: the process runs. `/health/ready`: 200 while requests should be sent here, else 503; both name what is
 * down. Datasources are asked once a second at most, however often somebody looks, and all at the same time.
 */
export function serveHealth(app: FastifyInstance, readiness: () => Promise<Readiness>): void {
  app.get('/health/live', { exposeHeadRoute: true }, async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'live' }),
  );
  app.get('/health/ready', { exposeHeadRoute: true }, async (_request, reply) => {
    const { ready, ...page } = await readiness();
    return reply
      .code(ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(page);
  });
}

/** Asks the datasources, and remembers the answer for a second. */
export function readinessOf(
  sources: HealthSources,
  required: 'every' | 'some',
  isStopping: () => boolean,
  isLagging: () => boolean = () => false,
): () => Promise<Readiness> {
  let known: Promise<Down> | undefined;
  let askedAt = 0;
  return async () => {
    if (isStopping()) return { ready: false, status: 'stopping', down: [], cache: cacheState(sources) };
    if (isLagging()) return { ready: false, status: 'overloaded', down: [], cache: cacheState(sources) };
    const now = performance.now();
    if (known === undefined || now - askedAt > freshMs) {
      askedAt = now;
      known = ask(sources);
    }
    const { names, all } = await known;
    const cache = cacheState(sources);
    const unready = sources.unready?.() ?? [];
    const enough = required === 'every' ? names.length === 0 : names.length === 0 || !all;
    const ready = enough && unready.length === 0;
    const whole = names.length === 0 && cache === 'up';
    const down = unready.length === 0 ? names : [...names, ...unready];
    return { ready, status: ready ? (whole ? 'ready' : 'degraded') : 'unavailable', down, cache };
  };
}

interface Down {
  readonly names: readonly string[];
  readonly all: boolean;
}

/** A datasource that does not answer within the limit is down; the limit aborts the question. */
async function ask(sources: HealthSources): Promise<Down> {
  const signal = AbortSignal.timeout(limitMs);
  try {
    const faults = await Promise.race([sources.ping(signal), rejectWhen(signal)]);
    const names = [...faults].filter(([, fault]) => fault !== undefined).map(([name]) => name);
    return { names, all: names.length === faults.size };
  } catch {
    return { names: ['datasources'], all: true };
  }
}

/** A little after the limit: whoever obeys the signal names itself first. */
function rejectWhen(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => setTimeout(() => reject(signal.reason), 100).unref(), {
      once: true,
    });
  });
}

function cacheState({ cacheFault }: HealthSources): 'up' | 'down' {
  return cacheFault?.() === undefined ? 'up' : 'down';
}
