import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { tooLarge } from './inflate.ts';
import { upstreamError } from './upstream-error.ts';

/** An answer as it came over the wire: not inflated yet. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * One request and its answer, as handler of `dispatch`: a third of the CPU of `request`, which makes a stream of every
 * body. Ends exactly once; an abort, an answer too large or a failure destroys the socket.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #service: string;
  readonly #request: string;
  readonly #maxBytes: number;
  readonly #signal: AbortSignal;
  readonly #resolve: (answer: RawAnswer) => void;
  readonly #reject: (error: unknown) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #chunks: Buffer[] = [];
  #bytes = 0;
  #ended = false;

  constructor(
    question: { service: string; request: string; maxBytes: number; signal: AbortSignal },
    resolve: (answer: RawAnswer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#service = question.service;
    this.#request = question.request;
    this.#maxBytes = question.maxBytes;
    this.#signal = question.signal;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal.addEventListener('abort', this.#leave, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Aborted while it waited for a socket: nothing is written.
    if (this.#ended) controller.abort(new Error('Nobody waits for the answer any more.'));
  }

  /** Comes again after an informational answer (1xx): the last one counts. */
  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
    const length = headers['content-length'];
    if (length !== undefined && Number(length) > this.#maxBytes)
      this.#fail(tooLarge(this.#service, this.#maxBytes));
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) this.#fail(tooLarge(this.#service, this.#maxBytes));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#ended) return;
    this.#end();
    const [first] = this.#chunks;
    const body = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.#ended) return;
    this.#end();
    this.#reject(upstreamError(error, this.#service, this.#request));
  }

  readonly #leave = (): void => this.#fail(this.#signal.reason);

  #fail(error: unknown): void {
    if (this.#ended) return;
    this.#end();
    this.#chunks = [];
    this.#reject(error);
    this.#controller?.abort(
      error instanceof Error ? error : new Error('Nobody waits for the answer any more.'),
    );
  }

  #end(): void {
    this.#ended = true;
    this.#signal.removeEventListener('abort', this.#leave);
  }
}
