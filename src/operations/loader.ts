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
  #questions = new Map<unknown, Questions>();

  constructor(engine: Pick<OperationEngine, 'call'>, context: CallContext) {
    this.#engine = engine;
    this.#context = context;
  }

  /** Rejects with the error of this input alone. */
  load<I, O>(operation: Operation<I, O>, input: I): Promise<O> {
    if (operation.info.kind === 'write') return this.#write(operation, input);
    let questions = this.#questions.get(operation);
    if (questions === undefined) {
      questions = this.#open(operation as Operation<unknown, unknown>);
      this.#questions.set(operation, questions);
    }
    const key = operation.info.canonical(input);
    let answer = questions.answers.get(key);
    if (answer === undefined) {
      answer = questions.loader.load(input);
      questions.answers.set(key, answer);
    }
    return answer as Promise<O>;
  }

  /** Forgets what was loaded: what follows a write must see it. */
  renew(): void {
    this.#questions = new Map();
  }

  #open(operation: Operation<unknown, unknown>): Questions {
    const call = this.#engine.call(operation);
    const loader = new DataLoader<unknown, unknown>(
      async (inputs) => {
        const outcomes = await call(inputs, this.#context);
        return outcomes.map((outcome) => (outcome instanceof Error ? outcome : unwrap(outcome)));
      },
      // Equal inputs are told apart above, where a repeated one costs no promise of its own.
      { cache: false },
    );
    return { loader, answers: new Map() };
  }

  async #write<I, O>(operation: Operation<I, O>, input: I): Promise<O> {
    const [outcome] = await this.#engine.call(operation)([input], this.#context);
    if (outcome instanceof Error) throw outcome;
    return unwrap(outcome as O);
  }
}

/** What one request has asked of one operation: the batch that gathers, and every answer by its canonical input. */
interface Questions {
  readonly loader: DataLoader<unknown, unknown>;
  readonly answers: Map<string, Promise<unknown>>;
}
