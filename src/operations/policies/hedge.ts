import { codeOf, errorTable } from '../../errors.ts';
import { Cancellation } from '../../util/abort.ts';
import type { Call, CallContext } from '../call.ts';
import type { DatasourceInfo } from '../operation.ts';
import type { Outcome } from '../outcome.ts';
import type { Policy } from '../policy.ts';
import type { HedgeOptions } from '../resilience.ts';
import { neverRejecting, settled } from '../settle.ts';

/** How many hedges there may be per wire request. */
const share = 0.05;
/** Hedges that may be saved up while the backend is quick. */
const mostSaved = 5;

/**
 * Asks a backend that is slow to answer a read a second time, and takes the answer that comes first; the other attempt
 * is aborted down to its socket. One hedge at most for a wire request, one for every twenty of a datasource: a backend
 * that is slow altogether is not asked twice as much. A failure is only an answer when no other attempt is under way.
 *
 * Off unless the datasource says `hedge`. Writes are never hedged, idempotent or not. Wrapping a call throws an `Error`
 * for options that cannot be meant.
 */
export function hedgePolicy(): Policy {
  const purses = new Map<DatasourceInfo, { saved: number }>();
  return (next, operation) => {
    const { datasource, kind } = operation;
    if (datasource.hedge === undefined || kind === 'write') return next;
    const purse = purses.get(datasource) ?? { saved: 0 };
    purses.set(datasource, purse);
    const delay = delayOf(datasource.hedge);
    const ask = settled(next);

    return neverRejecting(async (inputs, context) => {
      purse.saved = Math.min(mostSaved, purse.saved + share);
      const beganAt = performance.now();
      const mayHedge = (): boolean => {
        // A sum of twentieths is a little less than one.
        if (purse.saved < 1 - Number.EPSILON * 16) return false;
        purse.saved -= 1;
        return true;
      };
      const outcomes = await race(ask, inputs, context, delay.waitMs(), mayHedge);
      if (!context.signal.aborted) delay.tell(performance.now() - beganAt);
      return outcomes;
    });
  };
}

function race<I, O>(
  ask: Call<I, O>,
  inputs: readonly I[],
  context: CallContext,
  waitMs: number | undefined,
  mayHedge: () => boolean,
): Promise<readonly Outcome<O>[]> {
  return new Promise((resolve) => {
    const attempts = new Set<Cancellation>();
    const abortAll = (reason?: unknown): void => {
      for (const attempt of attempts) attempt.abort(reason);
    };
    const leave = (): void => abortAll(context.signal.reason);
    const attempt = async (): Promise<void> => {
      const own = new Cancellation();
      attempts.add(own);
      const outcomes = await ask(inputs, { ...context, signal: own });
      attempts.delete(own);
      if (attempts.size > 0 && outcomes.some(mayPass) && !context.signal.aborted) return;
      clearTimeout(timer);
      context.signal.removeEventListener('abort', leave);
      resolve(outcomes);
      abortAll();
    };
    const timer = waitMs === undefined ? undefined : setTimeout(() => void (mayHedge() && attempt()), waitMs);
    context.signal.addEventListener('abort', leave, { once: true });
    void attempt();
    if (context.signal.aborted) leave();
  });
}

/** Whether the other attempt may do better. */
function mayPass(outcome: unknown): boolean {
  return outcome instanceof Error && errorTable[codeOf(outcome)].retryable;
}

interface Delay {
  /** How long the first attempt is waited for; `undefined` while that is not known. */
  waitMs(): number | undefined;
  tell(tookMs: number): void;
}

/** Throws an `Error` for a time or a share that cannot be meant. */
function delayOf(options: HedgeOptions): Delay {
  if (options.afterMs !== undefined) {
    const { afterMs } = options;
    if (!(afterMs >= 0)) throw new Error('`hedge.afterMs` must be milliseconds, at least 0.');
    return { waitMs: () => afterMs, tell: () => {} };
  }
  const { percentile } = options;
  if (!(percentile > 0 && percentile < 1)) throw new Error('`hedge.percentile` must lie between 0 and 1.');
  return measuredDelay(percentile);
}

const remembered = 200;
const leastRemembered = 20;

/** The time within which a share of the latest answers came. */
function measuredDelay(percentile: number): Delay {
  const latest: number[] = [];
  let told = 0;
  let waitMs: number | undefined;
  return {
    waitMs: () => waitMs,
    tell(tookMs) {
      latest[told % remembered] = tookMs;
      told++;
      if (told % leastRemembered !== 0) return;
      const sorted = [...latest].sort((a, b) => a - b);
      waitMs = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * percentile))];
    },
  };
}
