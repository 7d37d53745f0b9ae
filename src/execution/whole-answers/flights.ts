import { Passes } from '../../operations/passes.ts';
import { reasonOf } from '../../operations/within.ts';
import { Cancellation, type CancelSignal } from '../../util/abort.ts';
import type { HttpRun } from '../http-run.ts';
import type { WholeAnswer } from './whole-answer.ts';

/** What an execution gave: an answer for the one who asked, and one for everybody where it may be shared. */
export interface Landed<Answer> {
  readonly answer: Answer;
  readonly whole: WholeAnswer | undefined;
}

/**
 * Equal requests under way share one execution. It goes on until the last who waits has left, under the deadline of the
 * one who began it: nobody joins who would have to stop waiting earlier. What turns out not to be shareable (an error, a
 * part that may not be kept) is the answer of the one who began it alone; the others ask for themselves, and for a while
 * nobody waits for an answer of that key.
 */
export class Flights<Answer> {
  readonly #open = new Map<string, Flight<Answer>>();
  readonly #passes = new Passes();

  /**
   * @param fly executes for everybody who waits
   * @returns what `fly` gave to the one who began, `whole` for all others, `undefined` for whoever is to ask alone
   */
  async board(
    key: string,
    run: HttpRun,
    fly: (run: HttpRun) => Promise<Landed<Answer>>,
  ): Promise<{ readonly answer: Answer } | { readonly whole: WholeAnswer } | undefined> {
    if (this.#passes.has(key)) return undefined;
    const open = this.#open.get(key);
    if (open !== undefined && !open.isOver && open.deadline <= run.deadline) {
      const landed = await open.wait(run.signal);
      return landed?.whole === undefined ? undefined : { whole: landed.whole };
    }
    const flight = new Flight<Answer>(run);
    this.#open.set(key, flight);
    flight.begin(fly).then(
      ({ whole }) => this.#end(key, flight, whole !== undefined),
      () => this.#end(key, flight, false),
    );
    return (await flight.wait(run.signal)) ?? flight.landing;
  }

  #end(key: string, flight: Flight<Answer>, isShared: boolean): void {
    if (this.#open.get(key) === flight) this.#open.delete(key);
    if (!isShared && !flight.isOver) this.#passes.add(key);
  }
}

/** One execution that many may wait for. */
class Flight<Answer> {
  readonly deadline: number;
  landing: Promise<Landed<Answer>> = Promise.reject(new Error('It has not begun.'));
  readonly #cancellation = new Cancellation();
  readonly #run: HttpRun;
  #waiting = 0;
  #isLeft = false;

  constructor(run: HttpRun) {
    this.#run = run;
    this.deadline = run.deadline;
    this.landing.catch(() => {});
  }

  /** Everybody has left: what it will give is no answer. */
  get isOver(): boolean {
    return this.#isLeft;
  }

  begin(fly: (run: HttpRun) => Promise<Landed<Answer>>): Promise<Landed<Answer>> {
    const cancellation = this.#cancellation;
    const { caller, deadline, requestId, telemetry, mediaType, forwarded } = this.#run;
    // What is forwarded makes the answer one for the one who began: it is never whole then.
    const shared = { caller, deadline, requestId, telemetry, mediaType, forwarded };
    this.landing = fly({
      ...shared,
      signal: cancellation,
      abort: (reason) => cancellation.abort(reason),
    });
    return this.landing;
  }

  /** Rejects as soon as the signal is aborted; resolves with nothing where the execution itself failed. */
  wait(signal: CancelSignal): Promise<Landed<Answer> | undefined> {
    this.#waiting += 1;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting -= 1;
        if (this.#waiting === 0) {
          this.#isLeft = true;
          this.#cancellation.abort(signal.reason);
        }
        reject(reasonOf(signal));
      };
      if (signal.aborted) return leave();
      signal.addEventListener('abort', leave, { once: true });
      const stay = (landed?: Landed<Answer>): void => {
        signal.removeEventListener('abort', leave);
        resolve(landed);
      };
      this.landing.then(stay, () => stay());
    });
  }
}
