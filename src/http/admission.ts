import type { FastifyInstance } from 'fastify';
import { TributaryError } from '../errors.ts';
import type { Log } from '../telemetry/log.ts';
import { hasArrived } from './arrivals.ts';
import type { Exchange } from './exchange.ts';

export interface AdmissionLimits {
  /** The most GraphQL requests under way at the same time. */
  readonly maxRequests: number;
  /** How long the event loop may stand still before requests are refused. */
  readonly maxLagMs: number;
}

/** A request; its exchange begins once it is let in. */
interface Admitted {
  readonly exchange: Exchange | undefined;
}

/** Refuses what a server that has too much to do could only answer late. */
export interface Admission {
  /** Whether a request would be let in. */
  hasRoom(): boolean;
  /** Lets a request in, until it leaves. Throws `OVERLOADED`. */
  enter(request: Admitted): void;
  leave(request: Admitted): void;
  /** Whether the event loop stood still a moment ago. */
  isLagging(): boolean;
  close(): void;
}

const lookEveryMs = 20;
/** What is left of a lag with each look. */
const kept = 0.9;
/** What a refused client is asked to wait. */
const retryAfterMs = 1_000;
const warnEveryMs = 1_000;

/**
 * Watches the event loop, and counts requests. Refusing costs next to nothing, so that a server that is asked five times
 * what it can do still answers as much as it can.
 */
export function openAdmission({ maxRequests, maxLagMs }: AdmissionLimits, log: Log): Admission {
  const underWay = new Set<Admitted>();
  let lagMs = 0;
  let refused = 0;
  let warnedAt = 0;
  let lookedAt = performance.now();
  const look = (): void => {
    const now = performance.now();
    const late = now - lookedAt - lookEveryMs;
    lookedAt = now;
    if (late > maxLagMs) {
      const requests = [...underWay].slice(0, 10).map(({ exchange }) => exchange?.run.requestId);
      log.warn(
        { lagMs: Math.round(late), requests },
        'The event loop stood still; these requests were under way.',
      );
    }
    // It is forgotten look by look: a loop that runs again may be used again.
    lagMs = Math.max(late, lagMs * kept);
    if (refused > 0 && now - warnedAt > warnEveryMs) {
      log.warn({ refused }, 'Requests were refused: there is too much to do.');
      refused = 0;
      warnedAt = now;
    }
  };
  const timer = setInterval(look, lookEveryMs).unref();
  const isLagging = (): boolean => lagMs > maxLagMs;
  const hasRoom = (): boolean => underWay.size < maxRequests && !isLagging();
  return {
    hasRoom,
    enter(request) {
      if (!hasRoom()) {
        refused++;
        throw new TributaryError('OVERLOADED', undefined, { retryAfterMs });
      }
      underWay.add(request);
    },
    leave: (request) => void underWay.delete(request),
    isLagging,
    close: () => clearInterval(timer),
  };
}

/** Asks for every request to the endpoint that was not let in before, before anything of it is read. */
export function admit(app: FastifyInstance, admission: Admission, paths: ReadonlySet<string>): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (paths.has(request.routeOptions.url ?? '') && !hasArrived(request.raw)) {
      admission.enter(request);
      reply.raw.once('close', () => admission.leave(request));
    }
    done();
  });
  app.addHook('onClose', async () => admission.close());
}
