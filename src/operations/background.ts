import { newAbortController } from '../util/abort.ts';
/** Work that no request waits for. Each piece has a time limit, and all of it is aborted when the engine closes. */
export class Background {
  readonly #controllers = new Set<AbortController>();
  #closed = false;

  /** Starts the work. It must not reject. */
  run(limitMs: number, work: (signal: AbortSignal) => Promise<unknown>): void {
    if (this.#closed) return;
    const controller = newAbortController();
    this.#controllers.add(controller);
    const timer = setTimeout(() => controller.abort(), limitMs);
    timer.unref();
    void work(controller.signal).finally(() => {
      clearTimeout(timer);
      this.#controllers.delete(controller);
    });
  }

  close(): void {
    this.#closed = true;
    for (const controller of this.#controllers) controller.abort();
  }
}
