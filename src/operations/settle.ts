import { codeOf, TributaryError, toError } from '../errors.ts';
import type { Call, CallContext } from './call.ts';
import { allFailed, type Outcome } from './outcome.ts';

/**
 * Runs a call so that it never rejects: what is thrown becomes the outcome of every input, and so does an answer with
 * another number of outcomes than there are inputs (`INTERNAL_SERVER_ERROR`): pairing those would shift data.
 */
export async function settle<I, O>(
  call: Call<I, O>,
  inputs: readonly I[],
  context: CallContext,
): Promise<readonly Outcome<O>[]> {
  try {
    const outcomes = await call(inputs, context);
    return outcomes.length === inputs.length ? outcomes : allFailed(inputs, miscounted(inputs, outcomes));
  } catch (thrown) {
    return allFailed(inputs, toError(thrown));
  }
}

/** The codes of the outcomes that are errors. */
export function codesOf(outcomes: readonly unknown[]): readonly string[] {
  const codes: string[] = [];
  for (const outcome of outcomes) if (outcome instanceof Error) codes.push(codeOf(outcome));
  return codes;
}

function miscounted(inputs: readonly unknown[], outcomes: readonly unknown[]): Error {
  const detail = `A call with ${inputs.length} inputs gave ${outcomes.length} outcomes.`;
  return new TributaryError('INTERNAL_SERVER_ERROR', undefined, { detail });
}
