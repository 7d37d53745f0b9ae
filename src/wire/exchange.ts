import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { TributaryError } from '../errors.ts';
import type { CancelSignal } from '../util/abort.ts';
import { tooLarge } from './inflate.ts';
import type { FullWireLimits } from './limits.ts';
import { upstreamError } from './upstream-error.ts';

/** An answer as it came over the wire: not inflated yet. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Question {
  readonly service: string;
  /** For the log: method, origin and path without its query. Asked only when something went wrong. */
  readonly told: () => string;
  readonly limits: FullWireLimits;
  readonly signal: CancelSignal;
}

/** A body is judged by its speed once it has been coming for so long. */
const slowAfterMs = 2_000;

/**
 * One request and its answer, as handler of `dispatch`: a third of the CPU of `request`, which makes a stream of every
 * body. Ends exactly once; an abort, an answer too large, too late or too slow, or a failure destroys the socket.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #question: Question;
  readonly #resolve: (answer: RawAnswer) => void;
  readonly #reject: (error: unknown) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #chunks: Buffer[] = [];
  #bytes = 0;
  #bodyBeganAt = 0;
  #bodyExpected = false;
  #ended = false;
  #cut = false;

  constructor(question: Question, resolve: (answer: RawAnswer) => void, reject: (error: unknown) => void) {
    this.#question = question;
    this.#resolve = resolve;
    this.#reject = reject;
    question.signal.addEventListener('abort', this.#leave, { once: true });
  }

  /** Whether anything of an answer has come. */
  get answered(): boolean {
    return this.#status !== 0;
  }

  /** Whether it ended because its socket did, and not because of us. */
  get wasCut(): boolean {
    return this.#cut;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Aborted while it waited for a socket: nothing is written.
    if (this.#ended) controller.abort(new Error('Nobody waits for the answer any more.'));
    else this.#allow(this.#question.limits.firstByteTimeoutMs, 'The answer did not begin in time.');
  }

  /** Comes again after an informational answer (1xx): the last one counts. */
  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
    const { maxResponseBytes, idleTimeoutMs } = this.#question.limits;
    const length = headers['content-length'];
    if (length !== undefined && Number(length) > maxResponseBytes)
      this.#fail(tooLarge(this.#question.service, maxResponseBytes));
    // Most answers are whole in this very turn: they need no timer.
    else if (!this.#bodyExpected) {
      this.#bodyExpected = true;
      queueMicrotask(() => {
        if (!this.#ended) this.#allow(idleTimeoutMs, 'The body stopped coming.');
      });
    } else this.#timer?.refresh();
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    const { maxResponseBytes, minBytesPerSecond } = this.#question.limits;
    this.#timer?.refresh();
    this.#bytes += chunk.length;
    if (this.#bytes > maxResponseBytes) this.#fail(tooLarge(this.#question.service, maxResponseBytes));
    else if (minBytesPerSecond > 0 && this.#isSlow(minBytesPerSecond))
      this.#fail(this.#late(`The body came at less than ${minBytesPerSecond} bytes per second.`));
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
    this.#cut = isCut(error);
    this.#reject(upstreamError(error, this.#question.service, this.#question.told()));
  }

  readonly #leave = (): void => this.#fail(this.#question.signal.reason);

  #isSlow(minBytesPerSecond: number): boolean {
    const now = performance.now();
    if (this.#bodyBeganAt === 0) this.#bodyBeganAt = now;
    const tookMs = now - this.#bodyBeganAt;
    return tookMs > slowAfterMs && this.#bytes < (minBytesPerSecond * tookMs) / 1_000;
  }

  /** Whatever is awaited next has so long to come. */
  #allow(ms: number | undefined, otherwise: string): void {
    clearTimeout(this.#timer);
    if (ms !== undefined) this.#timer = setTimeout(() => this.#fail(this.#late(otherwise)), ms);
  }

  #late(why: string): TributaryError {
    const { service, told } = this.#question;
    return new TributaryError('UPSTREAM_TIMEOUT', undefined, { service, detail: `${told()}: ${why}` });
  }

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
    clearTimeout(this.#timer);
    this.#question.signal.removeEventListener('abort', this.#leave);
  }
}

/** The other side closed or reset the connection. */
function isCut(error: Error): boolean {
  const code = (error as { code?: unknown }).code;
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}
