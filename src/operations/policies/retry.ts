import { codeOf, errorTable, isTributaryError } from '../../errors.ts';
import type { CancelSignal } from '../../util/abort.ts';
import type { Call, CallContext } from '../call.ts';
import type { DatasourceInfo, OpenOperation } from '../operation.ts';
import type { Outcome } from '../outcome.ts';
import { isQueueFull } from '../overload.ts';
import type { Policy } from '../policy.ts';
import { neverRejecting, settled } from '../settle.ts';

/** Retries that may be saved up while nothing fails. */
const mostSavedRetries = 10;

/**
 * Tries again what failed in a way that may pass: only the inputs that failed, with a random pause (full jitter), never
 * beyond the deadline, never beyond the datasource's budget, so that a backend in trouble is not asked twice as much.
 * What the backend says of waiting (`Retry-After`) is obeyed, or, where the deadline comes first, believed: no retry.
 *
 * @param random from 0 to 1; injected by tests
 */
export function retryPolicy(random: () => number = Math.random): Policy {
  const budgets = new Map<DatasourceInfo, { saved: number }>();
  return (next, operation) => {
    const { attempts, pauseMs, budget } = operation.datasource.retry;
    if (attempts <= 1 || !mayRepeat(operation)) return next;
    const purse = budgets.get(operation.datasource) ?? { saved: mostSavedRetries };
    budgets.set(operation.datasource, purse);
    const ask = settled(next);

    return neverRejecting(async (inputs, context) => {
      purse.saved = Math.min(mostSavedRetries, purse.saved + budget);
      let outcomes = await ask(inputs, context);
      for (let attempt = 1; attempt < attempts; attempt++) {
        const failed = indexesToRepeat(outcomes);
        if (failed.length === 0 || purse.saved < 1) return outcomes;
        const waitMs = longestRetryAfter(outcomes, failed) + random() * pauseMs * 2 ** (attempt - 1);
        if (performance.now() + waitMs >= context.deadline) return outcomes;
        // Taken before the pause: whoever fails in the meantime must not count on the same retry.
        purse.saved -= 1;
        if (!(await pause(waitMs, context.signal))) {
          purse.saved += 1;
          return outcomes;
        }
        outcomes = await repeat(ask, inputs, outcomes, failed, context);
      }
      return outcomes;
    });
  };
}

/** Reads, and writes whose author declared that doing them twice is doing them once. */
function mayRepeat({ kind, spec }: OpenOperation): boolean {
  return kind === 'read' || spec.options.idempotent === true;
}

function indexesToRepeat(outcomes: readonly unknown[]): readonly number[] {
  const indexes: number[] = [];
  outcomes.forEach((outcome, index) => {
    if (outcome instanceof Error && passes(outcome)) indexes.push(index);
  });
  return indexes;
}

/**
 * Whether the failure may be over the next time. An open circuit is not asked again, since it stands for many failures;
 * nor a backend that was late, since it has spent the caller's time; nor a queue of ours that is full.
 */
function passes(error: Error): boolean {
  const code = codeOf(error);
  if (code === 'UPSTREAM_CIRCUIT_OPEN' || code === 'UPSTREAM_TIMEOUT' || isQueueFull(error)) return false;
  return errorTable[code].retryable;
}

function longestRetryAfter(outcomes: readonly unknown[], indexes: readonly number[]): number {
  let longest = 0;
  for (const index of indexes) {
    const error = outcomes[index];
    // Timers may fire a little early, and early is what the backend did not ask for.
    if (isTributaryError(error) && error.retryAfterMs) longest = Math.max(longest, error.retryAfterMs + 1);
  }
  return longest;
}

/** Resolves `false` at once when nobody waits any more. */
function pause(ms: number, signal: CancelSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (waited: boolean) => (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
      resolve(waited);
    };
    const leave = end(false);
    const timer = setTimeout(end(true), ms);
    signal.addEventListener('abort', leave, { once: true });
  });
}

async function repeat<I, O>(
  ask: Call<I, O>,
  inputs: readonly I[],
  before: readonly Outcome<O>[],
  failed: readonly number[],
  context: CallContext,
): Promise<readonly Outcome<O>[]> {
  const again = await ask(
    failed.map((index) => inputs[index] as I),
    context,
  );
  const outcomes = [...before];
  failed.forEach((index, position) => {
    outcomes[index] = again[position] as Outcome<O>;
  });
  return outcomes;
}
