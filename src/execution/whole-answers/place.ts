import type { CacheEntry } from '../../operations/caches/cache.ts';
import type { WholeAnswer } from './whole-answer.ts';

/** Where a whole answer is kept. What was found there is remembered, so that looking again makes no text and reads none. */
export class Place {
  readonly key: string;
  #value: unknown;
  #taggedKey: string | undefined;
  #whole: WholeAnswer | undefined;

  constructor(key: string) {
    this.key = key;
  }

  /** The key that the answer stands under with its tags, where it has any; by the entry under the plain one. */
  taggedKeyIn(entry: CacheEntry): string | undefined {
    if (entry.value !== this.#value) {
      const tags = tagsIn(entry);
      this.#value = entry.value;
      this.#taggedKey = tags && taggedKey(this.key, tags);
    }
    return this.#taggedKey;
  }

  /** The answer in an entry. What comes from another process may be anything. */
  wholeIn({ value }: CacheEntry): WholeAnswer | undefined {
    if (value !== this.#whole) this.#whole = isWhole(value) ? value : undefined;
    return this.#whole;
  }
}

export function taggedKey(key: string, tags: readonly string[]): string {
  return `${key}|${JSON.stringify(tags)}`;
}

export function tagsIn({ value }: CacheEntry): readonly string[] | undefined {
  const { tags } = Object(value) as { tags?: unknown };
  return Array.isArray(tags) ? tags.map(String) : undefined;
}

function isWhole(value: unknown): value is WholeAnswer {
  const whole = Object(value) as Partial<WholeAnswer>;
  return (
    typeof whole.body === 'string' &&
    typeof whole.etag === 'string' &&
    Number.isFinite(whole.madeAt) &&
    Number.isFinite(whole.freshUntil)
  );
}
