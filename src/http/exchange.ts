import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Credentials } from '../access/identity/credentials.ts';
import type { Caller } from '../caller.ts';
import { type ErrorCode, TributaryError } from '../errors.ts';
import { type MediaType, mediaTypes } from '../execution/answer-status.ts';
import type { AskedOperation } from '../execution/gate.ts';
import { emptyReport, type HttpRun, type RunReport } from '../execution/http-run.ts';
import type { RequestTelemetry, Telemetry } from '../telemetry/telemetry.ts';
import { Cancellation, type CancelSignal } from '../util/abort.ts';
import { type ForwardedNames, forwardedFrom } from './forwarded.ts';
import { answerMediaType } from './media-type.ts';
import { Metered, type Metering } from './metered.ts';
import { requestIdOf, requestTimeoutOf } from './request-headers.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The GraphQL request under way, on the endpoint's routes. */
    exchange: Exchange | undefined;
  }
}

const nobody: Caller = Object.freeze({ id: 'unknown', audience: 'OPEN', tenant: undefined });

/** What belongs to one request. Its signal is made when somebody asks for it: most whole answers need none. */
class Run implements HttpRun {
  // Of requests that are refused before anybody knows who is calling.
  caller: Caller = nobody;
  address = '';
  explain = false;
  forwarded: Readonly<Record<string, string>> | undefined;
  readonly deadline: number;
  readonly requestId: string;
  readonly telemetry: RequestTelemetry;
  readonly mediaType: MediaType;
  /** Counts the request, once there is somebody who does. */
  metered: Metered | undefined;
  #cancellation: Cancellation | undefined;
  #reason: Error | undefined;

  constructor(headers: IncomingHttpHeaders, telemetry: Telemetry, longestMs: number) {
    this.deadline = performance.now() + timeoutOrLongest(headers['x-request-timeout'], longestMs);
    this.requestId = requestIdOf(headers['x-request-id']);
    this.telemetry = telemetry.request(this.requestId, headerText(headers.traceparent));
    this.mediaType = answerMediaType(headers.accept) ?? mediaTypes.json;
  }

  // Of the class: a function that is assigned to a property counts as a method with V8, which puts it into the old generation
  // at once, and all that it holds, the whole request, stays with it until that is collected.
  gate(asked: AskedOperation): void | Promise<void> {
    return this.metered?.gate(asked);
  }

  get signal(): CancelSignal {
    if (this.#cancellation === undefined) {
      this.#cancellation = new Cancellation();
      if (this.#reason !== undefined) this.#cancellation.abort(this.#reason);
    }
    return this.#cancellation;
  }

  abort(reason: Error): void {
    this.#reason ??= reason;
    this.#cancellation?.abort(reason);
  }
}

/** A GraphQL request and its answer, from the first header to the record in the log. */
export class Exchange {
  readonly run: HttpRun;
  report: RunReport = nothingYet;
  /** Whether an answer will come; until then a client that leaves ends the exchange. */
  executing = false;
  /** Of the request, once it was read. */
  variables: Readonly<Record<string, unknown>> | undefined;
  #credentials: Credentials | undefined;
  readonly #run: Run;
  readonly #headers: IncomingHttpHeaders;
  #hasLeft = false;

  /**
   * Begins an exchange. A client that leaves aborts its signal, down to every call that was made for it.
   *
   * @param longestMs the longest time that a client may ask for
   * @param over called when its connection is done with it
   * @param metering counts it; without it nobody does
   */
  constructor(
    { headers }: Pick<IncomingMessage, 'headers'>,
    response: Pick<ServerResponse, 'on' | 'writableFinished'>,
    telemetry: Telemetry,
    longestMs: number,
    over: (exchange: Exchange) => void,
    metering?: Metering,
  ) {
    this.#headers = headers;
    this.#run = new Run(headers, telemetry, longestMs);
    this.run = this.#run;
    if (metering !== undefined) this.#run.metered = new Metered(metering, this.#run);
    response.on('close', () => {
      over(this);
      if (!response.writableFinished) this.#leave();
    });
  }

  /** What the request says of who is calling: forgotten with the exchange. */
  get credentials(): Credentials | undefined {
    return this.#credentials;
  }

  set credentials(credentials: Credentials | undefined) {
    this.#credentials = credentials;
    this.#run.address = credentials?.address ?? '';
  }

  get isIdentified(): boolean {
    return this.#run.caller !== nobody;
  }

  /** Who is calling, as soon as that is known. */
  identify(caller: Caller, mayExplain: boolean): void {
    this.#run.caller = caller;
    this.#run.explain =
      mayExplain && caller.audience === 'INTERNAL' && this.#headers['x-tributary-explain'] === '1';
  }

  /** Takes what datasources may forward, once it is known who is calling. Throws `BAD_REQUEST`. */
  forward(names: ForwardedNames): void {
    this.#run.forwarded = forwardedFrom(names, this.#headers, this.#credentials?.token);
  }

  /** What limits have to say, whatever the answer is: names and values by turns. */
  get limitHeaders(): readonly string[] {
    return this.#run.metered?.headers ?? noHeaders;
  }

  /** Counts the request against the limits of its caller; throws, or rejects, where it is too much. */
  enter(): void | Promise<void> {
    return this.#run.metered?.enter();
  }

  /**
   * Writes the record and counts the request, once; and what it has used, before a byte of its answer is sent.
   *
   * @param bytes of the answer's body
   * @returns a promise where the answer must wait until its usage is on the disk; it may reject
   */
  end(status: number, bytes = 0): void | Promise<void> {
    const run = this.#run;
    const { report } = this;
    // The signal of an operation that has failed is aborted already: it does not tell that its client has left.
    const left = this.#hasLeft;
    const { id, audience, app, key, user } = run.caller;
    run.telemetry.end({
      caller: id,
      audience,
      app,
      key,
      user,
      kind: report.kind,
      operationName: report.operationName,
      document: report.document,
      status: left ? 499 : status,
      codes: left ? clientClosed : report.codes,
      wholeAnswer: report.wholeAnswer,
      cost: report.actualCost ?? report.estimatedCost,
    });
    return run.metered?.end(report, bytes, left, {
      isIdentified: this.isIdentified,
      credentials: this.#credentials,
      headers: this.#headers,
      variables: this.variables,
    });
  }

  #leave(): void {
    this.#hasLeft = true;
    this.#run.abort(new TributaryError('CLIENT_CLOSED'));
    if (!this.executing) void this.end(499);
  }
}

const noHeaders: readonly string[] = [];
const nothingYet = Object.freeze(emptyReport());
const clientClosed: readonly ErrorCode[] = ['CLIENT_CLOSED'];

/** A header that cannot be read is refused later, with an answer; until then the longest time counts. */
function timeoutOrLongest(header: string | string[] | undefined, longestMs: number): number {
  try {
    return requestTimeoutOf(header, longestMs);
  } catch {
    return longestMs;
  }
}

function headerText(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
