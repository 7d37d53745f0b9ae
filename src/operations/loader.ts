import DataLoader from 'dataloader';
import type { CallContext } from './call.ts';
import type { OperationEngine } from './engine.ts';
import type { Operation } from './operation.ts';
import { unwrap } from './outcome.ts';

/**
 * Gathers what one request asks: the same input is the same promise, and all that is asked of an operation in one tick
 * is one batch. Made per request, because permissions are.
 *
 * Writes pass by: each is called once, when asked.
 */
export class Loader {
  readonly #engine: Pick<OperationEngine, 'call'>;
  readonly #context: CallContext;
  #loaders = new Map<unknown, DataLoader<unknown, unknown, string>>();

  constructor(engine: Pick<OperationEngine, 'call'>, context: CallContext) {
    this.#engine = engine;
    this.#context = context;
  }

  /** Rejects with the error of this input alone. */
  load<I, O>(operation: Operation<I, O>, input: I): Promise<O> {
    if (operation.info.kind === 'write') return this.#write(operation, input);
    let loader = this.#loaders.get(operation);
    if (loader === undefined) {
      loader = this.#open(operation as Operation<unknown, unknown>);
      this.#loaders.set(operation, loader);
    }
    return loader.load(input) as Promise<O>;
  }

  /** Forgets what was loaded: what follows a write must see it. */
  renew(): void {
    this.#loaders = new Map();
  }

  #open(operation: Operation<unknown, unknown>): DataLoader<unknown, unknown, string> {
    const call = this.#engine.call(operation);
    return new DataLoader(
      async (inputs) => {
        const outcomes = await call(inputs, this.#context);
        return outcomes.map((outcome) => (outcome instanceof Error ? outcome : unwrap(outcome)));
      },
      { cacheKeyFn: operation.info.canonical },
    );
  }

  async #write<I, O>(operation: Operation<I, O>, input: I): Promise<O> {
    const [outcome] = await this.#engine.call(operation)([input], this.#context);
    if (outcome instanceof Error) throw outcome;
    return unwrap(outcome as O);
  }
}
