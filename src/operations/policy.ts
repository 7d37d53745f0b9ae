import type { Call } from './call.ts';
import type { OpenOperation } from './operation.ts';

/** Wraps a call. Made once per operation at start-up, never per request. */
export type Policy = <I, O>(next: Call<I, O>, operation: OpenOperation) => Call<I, O>;
