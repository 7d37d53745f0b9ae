import { LRUCache } from 'lru-cache';
import type { Caller } from '../../caller.ts';
import type { MediaType } from '../answer-status.ts';
import type { AskedOperation } from '../gate.ts';
import type { GraphQLHttpAnswer } from '../http-answer.ts';
import type { HttpRun } from '../http-run.ts';
import type { KnownDocument } from '../known-documents.ts';
import { wholeAnswerKey } from './key.ts';
import { Place } from './place.ts';
import type { WholeAnswer } from './whole-answer.ts';

const mostCharacters = 16_000_000;
const longestText = 16_384;

/** The answer of a whole answer, for one who asked. */
type Tell = (
  whole: WholeAnswer,
  known: KnownDocument,
  asked: AskedOperation,
  mediaType: MediaType,
) => GraphQLHttpAnswer;

/**
 * What requests ask, by their text as it came: an equal text need not be read again. As many as there may be parsed
 * documents, the least recently used forgotten first. Whom an answer may be shared among is looked at for each request.
 */
export class AskedTexts {
  readonly #asked: LRUCache<string, AskedText>;

  constructor(maxTexts: number) {
    this.#asked = new LRUCache({
      max: maxTexts,
      maxSize: mostCharacters,
      sizeCalculation: (_asked, text) => text.length,
    });
  }

  get(text: string): AskedText | undefined {
    return this.#asked.get(text);
  }

  learn(text: string, known: KnownDocument, question: string, operation: AskedOperation): void {
    const asked = this.#asked.get(text);
    if (asked?.known === known || text.length > longestText) return;
    this.#asked.set(text, new AskedText(known, question, operation));
  }
}

/** One text, what it asks, and where the answer was for the one who asked last: mostly the one who asks next. */
export class AskedText {
  readonly known: KnownDocument;
  /** What a gate is asked for it. */
  readonly operation: AskedOperation;
  readonly #question: string;
  #caller: Caller | undefined;
  #mediaType: MediaType | undefined;
  #place: Place | undefined;
  #whole: WholeAnswer | undefined;
  #answer: GraphQLHttpAnswer | undefined;

  constructor(known: KnownDocument, question: string, operation: AskedOperation) {
    this.known = known;
    this.operation = operation;
    this.#question = question;
  }

  placeFor({ caller, mediaType }: HttpRun, version: string): Place | undefined {
    if (caller !== this.#caller || mediaType !== this.#mediaType) {
      const key = wholeAnswerKey(this.#question, this.known, { caller, mediaType }, version);
      this.#caller = caller;
      this.#mediaType = mediaType;
      this.#place = key === undefined ? undefined : new Place(key);
      this.#whole = undefined;
    }
    return this.#place;
  }

  /** What the one who asked last is answered: the same object as long as it is the same answer. */
  answerOf(whole: WholeAnswer, { mediaType }: HttpRun, tell: Tell): GraphQLHttpAnswer {
    if (this.#answer === undefined || whole !== this.#whole) {
      this.#whole = whole;
      this.#answer = tell(whole, this.known, this.operation, mediaType);
    }
    return this.#answer;
  }
}
