const mostTags = 20_000;

/**
 * What was evicted, as far as this process knows, in the order in which it learnt of it. An answer is good only while
 * nothing it is made of was evicted after the moment at which it was asked for: no clock is involved, so that a fill
 * which was under way during an eviction cannot outlive it.
 *
 * Bounded: of tags that do not fit any more all that is known is when they were evicted; whatever has tags and is older
 * counts as evicted.
 */
export class EvictionLog {
  #moment = 0;
  #everythingAt = 0;
  #everyTagAt = 0;
  readonly #tagAt = new Map<string, number>();

  /** Hand it to `isCurrent` with whatever was asked for after this. */
  get moment(): number {
    return this.#moment;
  }

  evict(tag: string): void {
    this.#tagAt.delete(tag);
    this.#tagAt.set(tag, ++this.#moment);
    if (this.#tagAt.size <= mostTags) return;
    const [oldest] = this.#tagAt as Iterable<[string, number]>;
    if (oldest === undefined) return;
    this.#tagAt.delete(oldest[0]);
    this.#everyTagAt = oldest[1];
  }

  /** Whatever has tags. */
  evictTagged(): void {
    this.#everyTagAt = ++this.#moment;
    this.#tagAt.clear();
  }

  evictAll(): void {
    this.#everythingAt = ++this.#moment;
    this.#tagAt.clear();
  }

  /** Whether nothing with one of the tags was evicted after the moment. */
  isCurrent(moment: number, tags: readonly string[]): boolean {
    if (moment === this.#moment) return true;
    if (moment < this.#everythingAt) return false;
    if (tags.length === 0) return true;
    if (moment < this.#everyTagAt) return false;
    for (const tag of tags) {
      const evictedAt = this.#tagAt.get(tag);
      if (evictedAt !== undefined && moment < evictedAt) return false;
    }
    return true;
  }
}
