import { Generation } from './generation.ts';
import type { Key } from './key.ts';

/**
 * A bounded map in two generations: what is asked for moves to the young one; when that one is full, the old one is
 * dropped and the young one becomes old. What was not asked for for longest goes first, in halves.
 *
 * Written here because a list of strict recency (`lru-cache`) is kept up to date by every read: three times the cost of
 * the whole read (`npm run bench -- pipeline`).
 */
export class Generations<V extends { readonly size: number }> {
  #young = new Generation<V>();
  #old = new Generation<V>();
  readonly #maxEntries: number;
  readonly #maxSize: number;

  /** @param maxSize of all values together, in the unit of their `size`; one of more than half of it is not kept */
  constructor(maxEntries: number, maxSize: number) {
    this.#maxEntries = Math.max(1, Math.floor(maxEntries / 2));
    this.#maxSize = maxSize / 2;
  }

  get(key: Key): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old === undefined) return undefined;
    this.#old.delete(key);
    this.#add(key, old);
    return old;
  }

  /** Whether any key of one of these hashes may be here. */
  mayHaveAny(hashes: readonly number[]): boolean {
    return this.#young.mayHaveAny(hashes) || this.#old.mayHaveAny(hashes);
  }

  set(key: Key, value: V): void {
    // The old generation may keep what it has under the key: the young one is asked first.
    if (value.size <= this.#maxSize) this.#add(key, value);
    else this.delete(key);
  }

  delete(key: Key): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young = new Generation();
    this.#old = new Generation();
  }

  #add(key: Key, value: V): void {
    const isFull = this.#young.entries >= this.#maxEntries || this.#young.size + value.size > this.#maxSize;
    if (isFull && !this.#fits(key, value)) {
      this.#old = this.#young;
      this.#young = new Generation();
    }
    this.#young.set(key, value);
  }

  /** Whether it fits in place of what the young generation has under the key. */
  #fits(key: Key, { size }: V): boolean {
    const before = this.#young.get(key);
    return before !== undefined && this.#young.size - before.size + size <= this.#maxSize;
  }
}
