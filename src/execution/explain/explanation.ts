import { cacheKeyOf } from '../../operations/cache-key.ts';
import type { Cache } from '../../operations/caches/cache.ts';
import type { Call, CallContext } from '../../operations/call.ts';
import type { OperationEngine } from '../../operations/engine.ts';
import type { Operation, OperationInfo } from '../../operations/operation.ts';
import { codesOf } from '../../operations/settle.ts';
import type { Watcher } from '../watcher.ts';
import { CallTrace } from './call-trace.ts';

/** One batch of an operation, as `extensions.explain` tells it. No value of an input or of an answer is in it. */
export interface ExplainedCall {
  /** The coordinates of the fields that asked. */
  readonly fields: readonly string[];
  readonly operation: string;
  readonly inputs: number;
  readonly wireRequests: number;
  /** How often the input that was sent most often was sent; 0 where none was. */
  readonly attempts: number;
  readonly cache: ExplainedCache | 'none';
  readonly milliseconds: number;
  /** The codes of the inputs that failed, each once. */
  readonly codes?: readonly string[];
}

/** Counts inputs. */
export interface ExplainedCache {
  readonly fresh: number;
  readonly stale: number;
  readonly miss: number;
  /** Of those that were found: where. */
  readonly fromProcess: number;
  readonly fromRedis: number;
}

/** Writes down every batch of one request, and which fields asked for it. */
export class Explanation implements Watcher {
  readonly #engine: Pick<OperationEngine, 'call'>;
  readonly #cache: Cache;
  readonly #beganAt = performance.now();
  readonly #calls: (() => ExplainedCall)[] = [];
  readonly #askers = new Map<OperationInfo, Map<string, Set<string>>>();

  constructor(engine: Pick<OperationEngine, 'call'>, cache: Cache) {
    this.#engine = engine;
    this.#cache = cache;
  }

  asked(coordinate: string, { info }: Operation<never, unknown>, input: unknown): void {
    this.#askersOf(info, input).add(coordinate);
  }

  call<I, O>({ info }: Operation<I, O>): Call<I, O> {
    const call = this.#engine.call<I, O>({ info });
    return async (inputs, context) => {
      const trace = new CallTrace(context.trace);
      const held = this.#heldHere(info, inputs, context);
      const askers = inputs.map((input) => this.#askersOf(info, input));
      const beganAt = performance.now();
      let milliseconds: number | undefined;
      let codes: readonly string[] = [];
      this.#calls.push(() => ({
        fields: [...new Set(askers.flatMap((coordinates) => [...coordinates]))].sort(),
        operation: info.name,
        inputs: inputs.length,
        wireRequests: trace.wireRequests,
        attempts: trace.attempts,
        cache: cacheOf(info, inputs.length, held, trace),
        milliseconds: rounded(milliseconds ?? performance.now() - beganAt),
        ...(codes.length > 0 && { codes }),
      }));
      const outcomes = await call(inputs, { ...context, trace });
      milliseconds = performance.now() - beganAt;
      codes = [...new Set(codesOf(outcomes))];
      return outcomes;
    };
  }

  tell(): Record<string, unknown> {
    return {
      wholeAnswer: null,
      calls: this.#calls.map((call) => call()),
      milliseconds: rounded(performance.now() - this.#beganAt),
    };
  }

  #askersOf(info: OperationInfo, input: unknown): Set<string> {
    const byInput = this.#askers.get(info) ?? new Map<string, Set<string>>();
    this.#askers.set(info, byInput);
    const key = info.canonical(input);
    const askers = byInput.get(key) ?? new Set();
    byInput.set(key, askers);
    return askers;
  }

  /** How many inputs this process could answer, before anything is asked. */
  #heldHere(info: OperationInfo, inputs: readonly unknown[], { caller, forwarded }: CallContext): number {
    if (info.cache === undefined) return 0;
    return inputs.filter(
      (input) => this.#cache.peek(cacheKeyOf(info, input, caller, forwarded)) !== undefined,
    ).length;
  }
}

function cacheOf(
  { cache }: OperationInfo,
  inputs: number,
  held: number,
  { fresh, stale }: CallTrace,
): ExplainedCall['cache'] {
  if (cache === undefined) return 'none';
  const found = fresh + stale;
  const fromProcess = Math.min(held, found);
  return { fresh, stale, miss: inputs - found, fromProcess, fromRedis: found - fromProcess };
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
