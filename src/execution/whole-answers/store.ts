import type { Cache, CacheEntry, Stamp } from '../../operations/caches/cache.ts';
import type { Clock } from '../../util/clock.ts';
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
  peek(key: string): WholeAnswer | undefined {
    const entry = this.#fresh(this.#cache.peek(key));
    if (entry === undefined) return undefined;
    const tags = tagsIn(entry);
    return tags === undefined ? wholeIn(entry) : wholeIn(this.#fresh(this.#cache.peek(taggedKey(key, tags))));
  }

  /** What any level holds, if it is fresh. */
  async find(key: string): Promise<WholeAnswer | undefined> {
    const entry = this.#fresh(await this.#get(key, []));
    const tags = entry && tagsIn(entry);
    return wholeIn(tags === undefined ? entry : this.#fresh(await this.#get(taggedKey(key, tags), tags)));
  }

  /** The versions that an answer with these tags is kept under. Whoever takes them looks at the parts afterwards. */
  async stamp(key: string, tags: readonly string[]): Promise<readonly Stamp[]> {
    const questions = [{ key, tags: [] as readonly string[] }];
    if (tags.length > 0) questions.push({ key: taggedKey(key, tags), tags });
    return (await this.#cache.getMany(questions)).map(({ stamp }) => stamp);
  }

  /** Keeps an answer under the stamps that were taken for its tags. */
  keep(key: string, tags: readonly string[], stamps: readonly Stamp[], whole: WholeAnswer): void {
    const { body, etag, madeAt, freshUntil } = whole;
    const until = freshUntil - (freshUntil - madeAt) * jitter * this.#random();
    const answer = entryOf(
      tags.length === 0 ? key : taggedKey(key, tags),
      { body, etag, madeAt, freshUntil },
      until,
    );
    const entries = tags.length === 0 ? [answer] : [entryOf(key, { tags }, until), answer];
    void this.#cache.setMany(entries.map((entry, index) => [entry, stamps[index] as Stamp]));
  }

  async #get(key: string, tags: readonly string[]): Promise<CacheEntry | undefined> {
    const [found] = await this.#cache.getMany([{ key, tags }]);
    return found?.entry;
  }

  #fresh(entry: CacheEntry | undefined): CacheEntry | undefined {
    return entry !== undefined && this.#clock.now() < entry.freshUntil ? entry : undefined;
  }
}

function taggedKey(key: string, tags: readonly string[]): string {
  return `${key}|${JSON.stringify(tags)}`;
}

function entryOf(key: string, value: object, until: number): CacheEntry {
  return { key, value, freshUntil: until, staleUntil: until, errorUntil: until, keptUntil: until };
}

function tagsIn({ value }: CacheEntry): readonly string[] | undefined {
  const { tags } = Object(value) as { tags?: unknown };
  return Array.isArray(tags) ? tags.map(String) : undefined;
}

/** What comes from another process may be anything. */
function wholeIn(entry: CacheEntry | undefined): WholeAnswer | undefined {
  const whole = Object(entry?.value) as Partial<WholeAnswer>;
  const isWhole =
    typeof whole.body === 'string' &&
    typeof whole.etag === 'string' &&
    Number.isFinite(whole.madeAt) &&
    Number.isFinite(whole.freshUntil);
  return isWhole ? (whole as WholeAnswer) : undefined;
}
