import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CancelSignal } from '../../util/abort.ts';

/** Work that can stop: it yields whenever a slice is done, and returns its result. */
export type Sliced<T> = Generator<undefined, T, undefined>;

/** A slice is left after so many milliseconds. */
const SLICE_MS = 2;

/** Runs the work to its end at once. */
export function runWhole<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/**
 * Runs the work in slices of about two milliseconds, letting the event loop turn in between.
 * Errors: what the work throws, and the signal's reason once it is aborted.
 */
export async function runSliced<T>(work: Sliced<T>, signal?: CancelSignal): Promise<T> {
  let started = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() - started < SLICE_MS) continue;
    await nextTurn();
    signal?.throwIfAborted();
    started = performance.now();
  }
}
