import { TributaryError, toError } from '../errors.ts';
import { Cancellation, type CancelSignal } from '../util/abort.ts';
import type { Call, CallContext } from './call.ts';
import { allFailed, type Outcome } from './outcome.ts';
import { TimeLimit } from './time-limit.ts';

/**
 * Runs a call for at most `limitMs`. The call's own signal is aborted when the time is over or when the signal of the
 * context is; whoever waits is answered at that moment, whether or not the call reacts.
 *
 * @param call one that never rejects
 * @param late the error of every input when the time is over
 */
export function within<I, O>(
  call: Call<I, O>,
  inputs: readonly I[],
  context: CallContext,
  limitMs: number,
  late: () => Error,
): Promise<readonly Outcome<O>[]> {
  if (context.signal.aborted) return Promise.resolve(allFailed(inputs, reasonOf(context.signal)));
  if (limitMs <= 0) return Promise.resolve(allFailed(inputs, late()));
  return new Promise((resolve) => {
    const own = new Cancellation();
    let limit: TimeLimit | undefined;
    const finish = (outcomes: readonly Outcome<O>[]): void => {
      limit?.clear();
      context.signal.removeEventListener('abort', leave);
      resolve(outcomes);
    };
    const stop = (error: Error): void => {
      finish(allFailed(inputs, error));
      own.abort(error);
    };
    const leave = (): void => stop(reasonOf(context.signal));
    call(inputs, { ...context, signal: own.signal }).then(finish);
    // The backend is at work by now: it need not wait for these.
    limit = new TimeLimit(limitMs, () => stop(late()));
    context.signal.addEventListener('abort', leave, { once: true });
    // The call may have been what made the client leave.
    if (context.signal.aborted) leave();
  });
}

/** Why a signal was aborted, as an error of the table: `CLIENT_CLOSED` unless the reason says otherwise. */
export function reasonOf(signal: CancelSignal): Error {
  const reason: unknown = signal.reason;
  if (reason instanceof Error && reason.name !== 'AbortError') return reason;
  return new TributaryError('CLIENT_CLOSED', undefined, { cause: toError(reason) });
}
