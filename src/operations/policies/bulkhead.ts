import type { CancelSignal } from '../../util/abort.ts';
import type { DatasourceInfo } from '../operation.ts';
import { allFailed } from '../outcome.ts';
import { queueFull } from '../overload.ts';
import type { Policy } from '../policy.ts';
import { neverRejecting, settled } from '../settle.ts';
import { reasonOf } from '../within.ts';

/**
 * So many wire requests of a datasource run at a time, and so many wait for their turn; one more fails at once with
 * `UPSTREAM_OVERLOADED`. A slow backend fills its own bulkhead and nobody else's.
 */
export function bulkheadPolicy(): Policy {
  const bulkheads = new Map<DatasourceInfo, Bulkhead>();
  return (next, operation) => {
    const { datasource } = operation;
    const bulkhead = bulkheads.get(datasource) ?? new Bulkhead(datasource.concurrency, datasource.maxQueue);
    bulkheads.set(datasource, bulkhead);
    const ask = settled(next);
    const leave = <O>(outcomes: readonly O[]): readonly O[] => {
      bulkhead.leave();
      return outcomes;
    };
    return neverRejecting((inputs, context) => {
      const entry = bulkhead.enter(context.signal);
      if (entry === 'full') return Promise.resolve(allFailed(inputs, queueFull(datasource.name)));
      // A place that is free costs no turn of the event loop.
      if (entry === 'entered') return ask(inputs, context).then(leave);
      return entry.then((isIn) =>
        isIn ? ask(inputs, context).then(leave) : allFailed(inputs, reasonOf(context.signal)),
      );
    });
  };
}

class Bulkhead {
  readonly #places: number;
  readonly #maxQueue: number;
  #taken = 0;
  /** Insertion order is the order of turns. */
  readonly #queue = new Set<() => void>();

  constructor(places: number, maxQueue: number) {
    this.#places = places;
    this.#maxQueue = maxQueue;
  }

  /** A promise resolves when it is the caller's turn: `false` when the signal came first. */
  enter(signal: CancelSignal): 'entered' | 'full' | Promise<boolean> {
    if (this.#taken < this.#places) {
      this.#taken++;
      return 'entered';
    }
    if (this.#queue.size >= this.#maxQueue) return 'full';
    return new Promise((resolve) => {
      const turn = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(true);
      };
      const giveUp = (): void => {
        this.#queue.delete(turn);
        resolve(false);
      };
      if (signal.aborted) return resolve(false);
      this.#queue.add(turn);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** The place goes to whoever has waited longest, or becomes free. */
  leave(): void {
    if (this.#queue.size === 0) this.#taken--;
    // A thousand that wait may be refused one after the other, and the event loop has more to do than that.
    else setImmediate(this.#handOver);
  }

  readonly #handOver = (): void => {
    const [turn] = this.#queue;
    if (turn === undefined) {
      this.#taken--;
      return;
    }
    this.#queue.delete(turn);
    turn();
  };
}
