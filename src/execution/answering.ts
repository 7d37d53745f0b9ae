import { TributaryError } from '../errors.ts';
import { scanDocument } from './document-scan.ts';
import { type Executed, type ExecutingOptions, executeOverHttp } from './execute-over-http.ts';
import { explainedWhole } from './explain/explained-whole.ts';
import { Explanation } from './explain/explanation.ts';
import { type GraphQLHttpAnswer, type GraphQLHttpRequest, noStore, notModified } from './http-answer.ts';
import type { HttpRun } from './http-run.ts';
import type { KnownDocument } from './known-documents.ts';
import { Flights } from './whole-answers/flights.ts';
import { wholeAnswerKey } from './whole-answers/key.ts';
import { PartsWatch } from './whole-answers/watch.ts';
import { cacheControlOf, type WholeAnswer } from './whole-answers/whole-answer.ts';

/**
 * The way of a GraphQL request that came over HTTP: a whole answer that is kept is given before anything is parsed; equal
 * requests whose answer may be kept share one execution; everything else is executed by itself.
 */
export class Answering {
  readonly #options: ExecutingOptions;
  readonly #flights = new Flights<GraphQLHttpAnswer>();

  constructor(options: ExecutingOptions) {
    this.#options = options;
  }

  /** Rejects, or throws, with errors of the table where it is no GraphQL request. */
  answer(request: GraphQLHttpRequest, run: HttpRun): GraphQLHttpAnswer | Promise<GraphQLHttpAnswer> {
    const { documents, store, limits, version } = this.#options;
    const known = documents.get(request.query, request.operationName);
    // What was found valid once is short enough.
    if (known === undefined) scanDocument(request.query, limits);
    if (known === undefined || known.policy.obstacle !== undefined || store === undefined)
      return this.#alone(request, run, known);
    const key = wholeAnswerKey(known, request.variables, run, version);
    if (key === undefined) return this.#alone(request, run, known);
    const whole = store.peek(key);
    if (run.explain === true) return this.#explained(key, whole, known, request, run);
    return whole === undefined
      ? this.#together(key, known, request, run)
      : notModified(this.#told(whole, known, run), request);
  }

  async #alone(
    request: GraphQLHttpRequest,
    run: HttpRun,
    known: KnownDocument | undefined,
  ): Promise<GraphQLHttpAnswer> {
    const { answer } = await this.#execute(request, run, known);
    return notModified(answer, request);
  }

  /** Waits for an equal request where there is one, and asks for itself where that gave nothing to share. */
  async #together(
    key: string,
    known: KnownDocument,
    request: GraphQLHttpRequest,
    run: HttpRun,
  ): Promise<GraphQLHttpAnswer> {
    const landed = await this.#flights.board(key, run, async (shared) => {
      const whole = await this.#options.store?.find(key);
      if (whole === undefined) return this.#execute(request, shared, known);
      return { whole, answer: this.#told(whole, known, run) };
    });
    if (landed === undefined) return this.#alone(request, run, known);
    const answer = 'answer' in landed ? landed.answer : this.#told(landed.whole, known, run);
    return notModified(answer, request);
  }

  /** By itself, so that what is told is of this request alone. */
  async #explained(
    key: string,
    held: WholeAnswer | undefined,
    known: KnownDocument,
    request: GraphQLHttpRequest,
    run: HttpRun,
  ): Promise<GraphQLHttpAnswer> {
    const whole = held ?? (await this.#options.store?.find(key));
    if (whole === undefined) return this.#alone(request, run, known);
    const level = held === undefined ? 'redis' : 'process';
    const body = explainedWhole(whole, level, this.#options.clock.now());
    return { ...this.#told(whole, known, run), body, cacheControl: noStore, etag: undefined, age: undefined };
  }

  /** The answer of a whole answer, for one who asked. */
  #told(whole: WholeAnswer, { policy, report }: KnownDocument, { mediaType }: HttpRun): GraphQLHttpAnswer {
    return {
      status: 200,
      body: whole.body,
      contentType: mediaType,
      cacheControl: cacheControlOf(whole, policy.scope),
      etag: whole.etag,
      age: Math.max(0, Math.floor((this.#options.clock.now() - whole.madeAt) / 1_000)),
      isPublic: policy.scope === 'public',
      report,
    };
  }

  #execute(request: GraphQLHttpRequest, run: HttpRun, known: KnownDocument | undefined): Promise<Executed> {
    const { engine, cache } = this.#options;
    if (run.signal.aborted && run.signal.reason instanceof TributaryError) throw run.signal.reason;
    const explanation = run.explain === true ? new Explanation(engine, cache) : undefined;
    const mayBeKept = explanation === undefined && known?.policy.obstacle === undefined;
    const parts = mayBeKept ? new PartsWatch(engine) : undefined;
    return executeOverHttp(this.#options, request, run, { known, explanation, parts });
  }
}
