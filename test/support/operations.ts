import type { Caller } from '../../src/caller.ts';
import type { Call, CallContext } from '../../src/operations/call.ts';
import type { CacheOptions, DatasourceInfo, OpenOperation, Scope } from '../../src/operations/operation.ts';
import { breakerDefaults, retryDefaults } from '../../src/operations/resilience.ts';
import { noTrace, type Trace } from '../../src/telemetry/trace.ts';
import { canonical } from '../../src/util/canonical.ts';
import type { Clock } from '../../src/util/clock.ts';

export const anna: Caller = { id: 'anna', audience: 'PARTNER', tenant: 'acme' };
export const bert: Caller = { id: 'bert', audience: 'PARTNER', tenant: 'acme' };

/** A context of a request that has ten seconds left. */
export function contextOf(changes: Partial<CallContext> = {}): CallContext {
  return {
    caller: anna,
    signal: new AbortController().signal,
    deadline: performance.now() + 10_000,
    requestId: 'request-1',
    trace: noTrace,
    ...changes,
  };
}

export const shop: DatasourceInfo = {
  protocol: 'custom',
  name: 'shop',
  timeoutMs: 1_000,
  concurrency: 4,
  maxQueue: 8,
  retry: retryDefaults,
  breaker: breakerDefaults,
  settings: {},
  documents: '',
  open: () => {
    throw new Error('Not opened in this test.');
  },
};

/** An open operation as the engine would make it. */
export function operationOf(
  changes: Partial<OpenOperation> & { cache?: CacheOptions; scope?: Scope } = {},
): OpenOperation {
  return {
    name: 'shop.article',
    datasource: shop,
    spec: {
      protocol: 'custom',
      kind: 'read',
      spec: {},
      options: {},
      batched: true,
      keyInputs: [],
      adapters: [],
    },
    kind: 'read',
    batched: true,
    scope: undefined,
    cache: undefined,
    timeoutMs: 1_000,
    totalMs: 2_000,
    version: 'v1',
    canonical,
    maxInputs: Number.POSITIVE_INFINITY,
    groupBy: undefined,
    ...changes,
  };
}

/** A call that answers with a function of each input and remembers what it was asked. */
export function recordingCall<I, O>(answer: (input: I) => O): { call: Call<I, O>; asked: (readonly I[])[] } {
  const asked: (readonly I[])[] = [];
  return {
    asked,
    call: async (inputs) => {
      asked.push(inputs);
      return inputs.map(answer);
    },
  };
}

/** A clock that stands still until it is set. */
export function clockAt(start: number): Clock & { time: number } {
  return {
    time: start,
    now() {
      return this.time;
    },
  };
}

/** Writes down what the pipeline tells, one line an event. */
export function recordingTrace(): { trace: Trace; events: string[] } {
  const events: string[] = [];
  const traceOf = (name: string): Trace => ({
    batch: (operation, inputs) => {
      events.push(`batch ${operation} ${inputs}`);
      return traceOf('batch');
    },
    wire: (inputs) => {
      events.push(`wire ${inputs}`);
      return traceOf('wire');
    },
    cacheHits: (state, count) => events.push(`${state} ${count}`),
    end: (codes) => events.push(`${name} ends ${codes.join(' ')}`.trim()),
    unsent: (codes) => events.push(`${name} is not sent ${codes.join(' ')}`.trim()),
    traceparent: () => undefined,
  });
  return { trace: traceOf('request'), events };
}

/** A promise and the functions that end it. */
export function deferred<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
} {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((whenKept, whenBroken) => {
    resolve = whenKept;
    reject = whenBroken;
  });
  return { promise, resolve, reject };
}
