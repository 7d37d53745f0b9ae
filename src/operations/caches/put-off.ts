/**
 * Work that nobody waits for, put off until the event loop has nothing better to do; or until somebody looks, who must
 * find it done.
 */
export class PutOff {
  #work: (() => void)[] = [];
  readonly #turn = (): void => this.finish();

  add(work: () => void): void {
    if (this.#work.push(work) === 1) setImmediate(this.#turn);
  }

  finish(): void {
    if (this.#work.length === 0) return;
    const work = this.#work;
    this.#work = [];
    for (const each of work) each();
  }
}
