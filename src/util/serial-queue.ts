/** Runs one task at a time, in the order in which they came; refuses more than so many that wait. */
export class SerialQueue {
  readonly #maxWaiting: number;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** Rejects with what the task rejects with, or at once with an `Error` where too many wait. */
  run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= this.#maxWaiting)
      return Promise.reject(new Error(`More than ${this.#maxWaiting} tasks wait for their turn.`));
    this.#waiting += 1;
    const start = (): Promise<Result> => {
      this.#waiting -= 1;
      return task();
    };
    const result = this.#last.then(start);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Resolves when all that was given has been done. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
