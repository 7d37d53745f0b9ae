import { codeOf, TributaryError, toError } from '../errors.ts';
import type { Call, CallContext } from './call.ts';
import { allFailed, type Outcome } from './outcome.ts';

/**
 * Runs a call so that it never rejects: what is thrown becomes the outcome of every input, and so does an answer with
 * another number of outcomes than there are inputs (`INTERNAL_SERVER_ERROR`): pairing those would shift data.
 */
export function settle<I, O>(
  call: Call<I, O>,
  inputs: readonly I[],
  context: CallContext,
): Promise<readonly Outcome<O>[]> {
  const failed = (thrown: unknown): readonly Outcome<O>[] => allFailed(inputs, toError(thrown));
  const counted = (outcomes: readonly Outcome<O>[]): readonly Outcome<O>[] =>
    // Of a call written by hand it may be anything.
    outcomes?.length === inputs.length ? outcomes : allFailed(inputs, miscounted(inputs, outcomes));
  try {
    return call(inputs, context).then(counted, failed);
  } catch (thrown) {
    return Promise.resolve(failed(thrown));
  }
}

const settling = new WeakSet<object>();

/**
 * The call made so that it never rejects (`settle`); one that never does is itself. Asked when an operation is compiled:
 * where ten policies stand above one another, one of them has to guard against what is thrown, and what waits for a slow
 * backend is held in memory once and not ten times.
 */
export function settled<I, O>(call: Call<I, O>): Call<I, O> {
  return settling.has(call) ? call : neverRejecting((inputs, context) => settle(call, inputs, context));
}

/** Says of a call that it never rejects, and gives as many outcomes as there are inputs. */
export function neverRejecting<I, O>(call: Call<I, O>): Call<I, O> {
  settling.add(call);
  return call;
}

/** The codes of the outcomes that are errors. */
export function codesOf(outcomes: readonly unknown[]): readonly string[] {
  const codes: string[] = [];
  for (const outcome of outcomes) if (outcome instanceof Error) codes.push(codeOf(outcome));
  return codes;
}

function miscounted(inputs: readonly unknown[], outcomes: readonly unknown[] | undefined): Error {
  const detail = `A call with ${inputs.length} inputs gave ${outcomes?.length ?? 'no'} outcomes.`;
  return new TributaryError('INTERNAL_SERVER_ERROR', undefined, { detail });
}
