import { setMaxListeners } from 'node:events';
import DataLoader from 'dataloader';
import type { CallContext } from './call.ts';
import type { OperationEngine } from './engine.ts';
import type { Operation } from './operation.ts';
import { unwrap } from './outcome.ts';
import { settle } from './settle.ts';

/**
 * Gathers what one request asks: the same input is the same promise, and all that is asked of an operation in one tick
 * is one batch. Made per request, because permissions are.
 *
 * Writes pass by: each is called once, when asked, and whatever was loaded before is forgotten, so that a function that
 * reads, writes and reads again sees what it wrote.
 */
export class Loader {
  readonly #engine: Pick<OperationEngine, 'call'>;
  readonly #context: CallContext;
  #questions = new Map<unknown, Questions>();

  constructor(engine: Pick<OperationEngine, 'call'>, context: CallContext) {
    this.#engine = engine;
    this.#context = context;
    // A request with many batches is no leak.
    if (context.signal instanceof EventTarget) setMaxListeners(0, context.signal);
  }

  /** Rejects with the error of this input alone. */
  load<I, O>(operation: Operation<I, O>, input: I): Promise<O> {
    if (operation.info.kind === 'write') return this.#write(operation, input);
    let questions = this.#questions.get(operation);
    if (questions === undefined) {
      questions = this.#open(operation as Operation<unknown, unknown>);
      this.#questions.set(operation, questions);
    }
    return ask(questions, operation.info.canonical(input), input) as Promise<O>;
  }

  /** The answer itself where it is there already (thrown where it is an error); else what `load` gives. */
  answer<I, O>(operation: Operation<I, O>, input: I): O | Promise<O> {
    const questions = this.#questions.get(operation);
    if (questions === undefined) return this.load(operation, input);
    const key = operation.info.canonical(input);
    const settled = questions.settled.get(key);
    if (settled === undefined) return ask(questions, key, input) as Promise<O>;
    if (settled.outcome instanceof Error) throw settled.outcome;
    return settled.outcome as O;
  }

  /** Forgets what was loaded: what follows a write must see it. */
  renew(): void {
    this.#questions = new Map();
  }

  #open(operation: Operation<unknown, unknown>): Questions {
    const call = this.#engine.call(operation);
    const settled: Questions['settled'] = new Map();
    const loader = new DataLoader<Question, unknown>(
      async (asked) => {
        const inputs = asked.map(({ input }) => input);
        const told = { inputs, texts: asked.map(({ key }) => key) };
        const outcomes = await settle(call, inputs, { ...this.#context, told });
        return outcomes.map((described, index) => {
          const outcome = described instanceof Error ? described : unwrap(described);
          settled.set((asked[index] as Question).key, { outcome });
          return outcome;
        });
      },
      // Equal inputs are told apart above, where a repeated one costs no promise of its own.
      { cache: false },
    );
    return { loader, answers: new Map(), settled };
  }

  async #write<I, O>(operation: Operation<I, O>, input: I): Promise<O> {
    const [outcome] = await this.#engine
      .call(operation)([input], this.#context)
      // Also where it failed: it may have been done.
      .finally(() => this.renew());
    if (outcome instanceof Error) throw outcome;
    return unwrap(outcome as O);
  }
}

/** What one request has asked of one operation, by the canonical text of the input. */
interface Questions {
  readonly loader: DataLoader<Question, unknown>;
  readonly answers: Map<string, Promise<unknown>>;
  /** Boxed, because an answer may be anything. */
  readonly settled: Map<string, { readonly outcome: unknown }>;
}

interface Question {
  readonly key: string;
  readonly input: unknown;
}

function ask({ loader, answers }: Questions, key: string, input: unknown): Promise<unknown> {
  let answer = answers.get(key);
  if (answer === undefined) {
    answer = loader.load({ key, input });
    answers.set(key, answer);
  }
  return answer;
}
