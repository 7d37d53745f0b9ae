import { TributaryError } from '../errors.ts';
import type { MediaType } from './answer-status.ts';
import { limitDocument } from './document-limits.ts';
import { type Executed, type ExecutingOptions, executeOverHttp } from './execute-over-http.ts';
import { explainedWhole } from './explain/explained-whole.ts';
import { Explanation } from './explain/explanation.ts';
import type { AskedOperation } from './gate.ts';
import {
  type GraphQLHttpAnswer,
  type GraphQLHttpRequest,
  type KeptAnswer,
  noStore,
  notModified,
} from './http-answer.ts';
import type { HttpRun } from './http-run.ts';
import type { KnownDocument } from './known-documents.ts';
import { askedOperation } from './passage.ts';
import type { PersistedDocuments } from './persisted/persisted-documents.ts';
import { AskedTexts } from './whole-answers/asked-texts.ts';
import { Flights } from './whole-answers/flights.ts';
import { wholeAnswerKey, wholeQuestion } from './whole-answers/key.ts';
import { Place } from './whole-answers/place.ts';
import { PartsWatch } from './whole-answers/watch.ts';
import { cacheControlOf, type WholeAnswer } from './whole-answers/whole-answer.ts';

/** A document that was found valid before, and what it is asked with now. */
interface KnownOperation {
  readonly known: KnownDocument;
  readonly asked: AskedOperation;
}

export interface AnsweringOptions extends ExecutingOptions {
  readonly persisted: PersistedDocuments;
  /** The most texts of requests that are known without being read. */
  readonly maxTexts: number;
}

/**
 * The way of a GraphQL request that came over HTTP: a whole answer that is kept is given before anything is parsed; equal
 * requests whose answer may be kept share one execution; everything else is executed by itself.
 */
export class Answering {
  readonly #options: AnsweringOptions;
  readonly #flights = new Flights<GraphQLHttpAnswer>();
  readonly #texts: AskedTexts;

  constructor(options: AnsweringOptions) {
    this.#options = options;
    this.#texts = new AskedTexts(options.maxTexts);
  }

  /**
   * The answer of a request by its text alone, where such a text was read before and its whole answer is kept in this
   * process. `undefined` where the request has to be read.
   */
  kept(text: string, run: HttpRun): KeptAnswer | undefined {
    const asked = this.#texts.get(text);
    const { store, clock, version, passage } = this.#options;
    if (asked === undefined || store === undefined || run.explain === true) return undefined;
    if (this.#options.mayGiveKept?.() === false) return undefined;
    // Whether such a caller may run it, its request has to be read for.
    if (run.caller.registeredOnly === true) return undefined;
    const place = asked.placeFor(run, version);
    if (place === undefined) return undefined;
    const now = clock.now();
    const whole = store.peek(place, now);
    if (whole === undefined || !passage.passesAtOnce(asked.operation, run)) return undefined;
    return { answer: asked.answerOf(whole, run, told), age: ageOf(whole, now) };
  }

  /** Rejects, or throws, with errors of the table where it is no GraphQL request. */
  answer(asking: GraphQLHttpRequest, run: HttpRun): GraphQLHttpAnswer | Promise<GraphQLHttpAnswer> {
    const request = this.#options.persisted.resolve(asking, run);
    if (request instanceof Promise) return request.then((found) => this.#answer(found, run));
    return this.#answer(request, run);
  }

  #answer(request: GraphQLHttpRequest, run: HttpRun): GraphQLHttpAnswer | Promise<GraphQLHttpAnswer> {
    const { documents, limits, passage } = this.#options;
    const known = documents.get(request.query, request.operationName);
    // What was found valid once is short enough.
    if (known === undefined) {
      limitDocument(request.query, limits);
      return this.#alone(request, run, undefined).then((answer) => {
        if (documents.get(request.query, request.operationName) !== undefined)
          this.#options.persisted.learn(request, run);
        return answer;
      });
    }
    this.#options.persisted.learn(request, run);
    const asked = askedOperation(known, request.variables);
    // A write by GET is refused whatever a gate says.
    const isRefused = request.method === 'GET' && asked.kind !== 'query';
    const passing = isRefused ? undefined : passage.pass(asked, run);
    const question = { known, asked };
    return passing === undefined
      ? this.#answerKnown(question, request, run)
      : passing.then(() => this.#answerKnown(question, request, run));
  }

  #answerKnown(
    operation: KnownOperation,
    request: GraphQLHttpRequest,
    run: HttpRun,
  ): GraphQLHttpAnswer | Promise<GraphQLHttpAnswer> {
    const { store, version } = this.#options;
    const { known, asked } = operation;
    if (known.policy.obstacle !== undefined || store === undefined || this.#options.mayGiveKept?.() === false)
      return this.#alone(request, run, operation);
    const question = wholeQuestion(known, request.variables);
    const key = wholeAnswerKey(question, known, run, version);
    if (key === undefined) return this.#alone(request, run, operation);
    if (request.text !== undefined) this.#texts.learn(request.text, known, question, asked);
    const whole = store.peek(new Place(key));
    if (run.explain === true) return this.#explained(key, whole, operation, request, run);
    return whole === undefined
      ? this.#together(key, operation, request, run)
      : notModified(this.#told(whole, operation, run), request);
  }

  async #alone(
    request: GraphQLHttpRequest,
    run: HttpRun,
    operation: KnownOperation | undefined,
  ): Promise<GraphQLHttpAnswer> {
    const { answer } = await this.#execute(request, run, operation);
    return notModified(answer, request);
  }

  /** Waits for an equal request where there is one, and asks for itself where that gave nothing to share. */
  async #together(
    key: string,
    operation: KnownOperation,
    request: GraphQLHttpRequest,
    run: HttpRun,
  ): Promise<GraphQLHttpAnswer> {
    const landed = await this.#flights.board(key, run, async (shared) => {
      const whole = await this.#options.store?.find(key);
      if (whole === undefined) return this.#execute(request, shared, operation);
      return { whole, answer: this.#told(whole, operation, run) };
    });
    if (landed === undefined) return this.#alone(request, run, operation);
    const answer = 'answer' in landed ? landed.answer : this.#told(landed.whole, operation, run);
    return notModified(answer, request);
  }

  /** By itself, so that what is told is of this request alone. */
  async #explained(
    key: string,
    held: WholeAnswer | undefined,
    operation: KnownOperation,
    request: GraphQLHttpRequest,
    run: HttpRun,
  ): Promise<GraphQLHttpAnswer> {
    const whole = held ?? (await this.#options.store?.find(key));
    if (whole === undefined) return this.#alone(request, run, operation);
    const level = held === undefined ? 'redis' : 'process';
    const body = explainedWhole(whole, level, this.#options.clock.now());
    return {
      ...this.#told(whole, operation, run),
      body,
      cacheControl: noStore,
      etag: undefined,
      age: undefined,
    };
  }

  #told(whole: WholeAnswer, { known, asked }: KnownOperation, { mediaType }: HttpRun): GraphQLHttpAnswer {
    return { ...told(whole, known, asked, mediaType), age: ageOf(whole, this.#options.clock.now()) };
  }

  #execute(
    request: GraphQLHttpRequest,
    run: HttpRun,
    operation: KnownOperation | undefined,
  ): Promise<Executed> {
    const { engine, cache } = this.#options;
    if (run.signal.aborted && run.signal.reason instanceof TributaryError) throw run.signal.reason;
    const explanation = run.explain === true ? new Explanation(engine, cache) : undefined;
    const mayBeKept = explanation === undefined && operation?.known.policy.obstacle === undefined;
    const parts = mayBeKept ? new PartsWatch(engine) : undefined;
    const { known, asked } = operation ?? { known: undefined, asked: undefined };
    return executeOverHttp(this.#options, request, run, { known, asked, explanation, parts });
  }
}

/** The answer of a whole answer, for one who asked. */
function told(
  whole: WholeAnswer,
  { policy, report }: KnownDocument,
  { cost }: AskedOperation,
  contentType: MediaType,
): GraphQLHttpAnswer {
  return {
    status: 200,
    body: whole.body,
    contentType,
    cacheControl: cacheControlOf(whole, policy.scope),
    etag: whole.etag,
    isPublic: policy.scope === 'public',
    report: { ...report, estimatedCost: cost, actualCost: whole.cost },
  };
}

/** In seconds. */
function ageOf({ madeAt }: WholeAnswer, now: number): number {
  return Math.max(0, Math.floor((now - madeAt) / 1_000));
}
