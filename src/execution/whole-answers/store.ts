import type { Cache, CacheEntry, Stamp } from '../../operations/caches/cache.ts';
import type { Clock } from '../../util/clock.ts';
import { Place, taggedKey, tagsIn } from './place.ts';
import type { WholeAnswer } from './whole-answer.ts';

/** The most that jitter takes from the time an answer is kept, so that what was made together does not end together. */
const jitter = 0.1;

/**
 * Keeps whole answers in the cache of operations, so that whatever evicts a part evicts the whole, in every process.
 * Tags are known only after an execution: the key leads to the tags, and the key with the tags to the answer. What has
 * no tags stands under its key at once.
 */
export class WholeAnswerStore {
  readonly #cache: Cache;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(cache: Cache, clock: Clock, random: () => number = Math.random) {
    this.#cache = cache;
    this.#clock = clock;
    this.#random = random;
  }

  /** What this process holds, if it is fresh. */
  peek(place: Place, now = this.#clock.now()): WholeAnswer | undefined {
    const entry = freshAt(now, this.#cache.peek(place.key, now));
    if (entry === undefined) return undefined;
    const key = place.taggedKeyIn(entry);
    const answer = key === undefined ? entry : freshAt(now, this.#cache.peek(key, now));
    return answer && place.wholeIn(answer);
  }

  /** What any level holds, if it is fresh. */
  async find(key: string): Promise<WholeAnswer | undefined> {
    const entry = await this.#get(key, []);
    const tags = entry && tagsIn(entry);
    const answer = tags === undefined ? entry : await this.#get(taggedKey(key, tags), tags);
    return answer && new Place(key).wholeIn(answer);
  }

  /** The versions that an answer with these tags is kept under. Whoever takes them looks at the parts afterwards. */
  async stamp(key: string, tags: readonly string[]): Promise<readonly Stamp[]> {
    const questions = [{ key, tags: [] as readonly string[] }];
    if (tags.length > 0) questions.push({ key: taggedKey(key, tags), tags });
    return (await this.#cache.getMany(questions)).map(({ stamp }) => stamp);
  }

  /** Keeps an answer under the stamps that were taken for its tags. */
  keep(key: string, tags: readonly string[], stamps: readonly Stamp[], whole: WholeAnswer): void {
    const { body, etag, madeAt, freshUntil, cost } = whole;
    const until = freshUntil - (freshUntil - madeAt) * jitter * this.#random();
    const answer = entryOf(
      tags.length === 0 ? key : taggedKey(key, tags),
      { body, etag, madeAt, freshUntil, ...(cost !== undefined && { cost }) },
      until,
    );
    const entries = tags.length === 0 ? [answer] : [entryOf(key, { tags }, until), answer];
    void this.#cache.setMany(entries.map((entry, index) => [entry, stamps[index] as Stamp]));
  }

  async #get(key: string, tags: readonly string[]): Promise<CacheEntry | undefined> {
    const [found] = await this.#cache.getMany([{ key, tags }]);
    return freshAt(this.#clock.now(), found?.entry);
  }
}

function freshAt(now: number, entry: CacheEntry | undefined): CacheEntry | undefined {
  return entry !== undefined && now < entry.freshUntil ? entry : undefined;
}

function entryOf(key: string, value: object, until: number): CacheEntry {
  return { key, value, freshUntil: until, staleUntil: until, errorUntil: until, keptUntil: until };
}
