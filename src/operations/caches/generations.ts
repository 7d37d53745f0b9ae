/**
 * A bounded map in two generations: what is asked for moves to the young one; when that one is full, the old one is
 * dropped and the young one becomes old. What was not asked for for longest goes first, in halves.
 *
 * Written here because a list of strict recency (`lru-cache`) is kept up to date by every read: three times the cost of
 * the whole read (`npm run bench -- pipeline`).
 */
export class Generations<V extends { readonly size: number }> {
  #young = new Map<string, V>();
  #old = new Map<string, V>();
  #youngSize = 0;
  readonly #maxEntries: number;
  readonly #maxSize: number;

  /** @param maxSize of all values together, in the unit of their `size`; one of more than half of it is not kept */
  constructor(maxEntries: number, maxSize: number) {
    this.#maxEntries = Math.max(1, Math.floor(maxEntries / 2));
    this.#maxSize = maxSize / 2;
  }

  get(key: string): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old === undefined) return undefined;
    this.#old.delete(key);
    this.#add(key, old);
    return old;
  }

  set(key: string, value: V): void {
    // The old generation may keep what it has under the key: the young one is asked first.
    this.#youngSize -= this.#young.get(key)?.size ?? 0;
    if (value.size <= this.#maxSize) this.#add(key, value);
    else this.delete(key);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
    this.#youngSize = 0;
  }

  #add(key: string, value: V): void {
    if (this.#young.size >= this.#maxEntries || this.#youngSize + value.size > this.#maxSize) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngSize = 0;
    }
    this.#young.set(key, value);
    this.#youngSize += value.size;
  }
}
