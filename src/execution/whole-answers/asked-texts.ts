import { LRUCache } from 'lru-cache';
import type { Caller } from '../../caller.ts';
import type { MediaType } from '../answer-status.ts';
import type { GraphQLHttpAnswer } from '../http-answer.ts';
import type { HttpRun } from '../http-run.ts';
import type { KnownDocument } from '../known-documents.ts';
import { wholeAnswerKey } from './key.ts';
import { Place } from './place.ts';
import type { WholeAnswer } from './whole-answer.ts';

const mostCharacters = 16_000_000;
const longestText = 16_384;

/** The answer of a whole answer, for one who asked. */
type Tell = (whole: WholeAnswer, known: KnownDocument, mediaType: MediaType) => GraphQLHttpAnswer;

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

  learn(text: string, known: KnownDocument, question: string): void {
    const asked = this.#asked.get(text);
    if (asked?.known === known || text.length > longestText) return;
    this.#asked.set(text, new AskedText(known, question));
  }
}

/** One text, what it asks, and where the answer was for the one who asked last: mostly the one who asks next. */
export class AskedText {
  readonly known: KnownDocument;
  readonly #question: string;
  #caller: Caller | undefined;
  #mediaType: MediaType | undefined;
  #place: Place | undefined;
  #whole: WholeAnswer | undefined;
  #answer: GraphQLHttpAnswer | undefined;

  constructor(known: KnownDocument, question: string) {
    this.known = known;
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
      this.#answer = tell(whole, this.known, mediaType);
    }
    return this.#answer;
  }
}
