import type { Caller } from '../../caller.ts';
import { cacheKeyOf } from '../../operations/cache-key.ts';
import type { Cache } from '../../operations/caches/cache.ts';
import type { Call } from '../../operations/call.ts';
import { scopeOf } from '../../operations/datasource.ts';
import type { OperationEngine } from '../../operations/engine.ts';
import type { Operation, OperationInfo } from '../../operations/operation.ts';
import { unwrap } from '../../operations/outcome.ts';
import { type CachePolicy, isAsNarrowAs } from '../cache-policy.ts';
import type { Watcher } from '../watcher.ts';

interface Batch {
  readonly operation: OperationInfo;
  readonly inputs: readonly unknown[];
  outcomes: readonly unknown[];
}

/**
 * Watches one execution, so that its answer can be judged afterwards: resolver functions may ask for what no document
 * tells, look at who is calling, or be answered with something that their backend forbids to keep.
 */
export class PartsWatch implements Watcher {
  readonly #engine: Pick<OperationEngine, 'call'>;
  readonly #batches: Batch[] = [];
  #sawCaller = false;
  #sawRequest = false;

  constructor(engine: Pick<OperationEngine, 'call'>) {
    this.#engine = engine;
  }

  call<I, O>(operation: Operation<I, O>): Call<I, O> {
    const call = this.#engine.call(operation);
    return async (inputs, context) => {
      const batch: Batch = { operation: operation.info, inputs, outcomes: [] };
      this.#batches.push(batch);
      const outcomes = await call(inputs, context);
      batch.outcomes = outcomes;
      return outcomes;
    };
  }

  sawCaller(): void {
    this.#sawCaller = true;
  }

  sawRequest(): void {
    this.#sawRequest = true;
  }

  /** Whether everything that was asked was answered, and may be shared as the policy of the document says. */
  keepsTo({ scope }: CachePolicy): boolean {
    if (this.#sawRequest || (this.#sawCaller && scope !== 'caller')) return false;
    return this.#batches.every(
      ({ operation, inputs, outcomes }) =>
        operation.kind === 'read' &&
        // What the client sent decides the answer, and no key of a whole answer holds it.
        scopeOf(operation.datasource) === undefined &&
        isAsNarrowAs(scope, operation.scope ?? 'caller') &&
        outcomes.length === inputs.length &&
        !outcomes.some((outcome) => outcome instanceof Error),
    );
  }

  /**
   * Until when every part is fresh, as the cache holds it: milliseconds since the epoch, `Infinity` where no part is of a
   * cached operation. `undefined` where the cache does not hold the very value that was answered: it may not be kept, it
   * was stale, or it was evicted meanwhile, and what stands there now is another one.
   */
  freshUntil(cache: Cache, caller: Caller): number | undefined {
    let until = Number.POSITIVE_INFINITY;
    for (const { operation, inputs, outcomes } of this.#batches) {
      if (operation.cache === undefined) continue;
      for (const [index, input] of inputs.entries()) {
        const entry = cache.peek(cacheKeyOf(operation, input, caller));
        if (entry === undefined || entry.value !== plainValue(outcomes[index])) return undefined;
        until = Math.min(until, entry.freshUntil);
      }
    }
    return until;
  }

  /** The tags of all parts, each once, in order. */
  tags(): readonly string[] {
    const tags = new Set<string>();
    for (const { operation, inputs } of this.#batches) {
      const tagsOf = operation.cache?.tags;
      if (tagsOf === undefined) continue;
      for (const input of inputs) for (const tag of tagsOf(input as never)) tags.add(tag);
    }
    return [...tags].sort();
  }
}

function plainValue(outcome: unknown): unknown {
  return unwrap(outcome) ?? null;
}
