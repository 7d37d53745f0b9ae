import type { Key } from './key.ts';

/** How far from its place a key is looked for. At half load hardly one in a million is further away. */
const longestWalk = 32;
const fewestPlaces = 64;

/**
 * One generation of a bounded map: a hash table whose places lie side by side, each with the whole hash of its key and
 * marked with a byte of it, so that a key that is not there is known to be none after one look into memory that is near.
 * A `Map` of so many keys follows pointers through four or five cold places to say as much; most of what a busy cache is
 * asked for first is not there, and most of what it keeps is never asked for again (`npm run bench -- pipeline`).
 *
 * A cache may forget: a key that finds no place within a short walk takes that of another, so that keys which were chosen
 * to collide cost no more than others.
 */
export class Generation<V extends { readonly size: number }> {
  /** A byte of the hash at each place; 0 where it is free. */
  #marks = new Uint8Array(fewestPlaces);
  /** Two numbers a place: the hash, and the index in `#prefixes`, `#texts` and `#values`. */
  #places = new Int32Array(2 * fewestPlaces);
  #mask = fewestPlaces - 1;
  readonly #prefixes: string[] = [];
  readonly #texts: string[] = [];
  /** `undefined` where the key is deleted: it keeps its place for when it comes back. */
  readonly #values: (V | undefined)[] = [];
  #size = 0;

  /** Of keys that ever had a place. */
  get entries(): number {
    return this.#texts.length;
  }

  /** Of all values together. */
  get size(): number {
    return this.#size;
  }

  get(key: Key): V | undefined {
    const index = this.#indexOf(key);
    return index < 0 ? undefined : this.#values[index];
  }

  /**
   * Whether any of these may be here: a key of the same hash is. One short loop over the marks, before anything else is
   * done with any of them: memory fetches them side by side.
   */
  mayHaveAny(hashes: readonly number[]): boolean {
    const marks = this.#marks;
    for (let index = 0; index < hashes.length; index++) {
      const hash = hashes[index] as number;
      const own = markOf(hash);
      for (let step = 0; step < longestWalk; step++) {
        const place = (hash + step) & this.#mask;
        const mark = marks[place];
        if (mark === 0) break;
        if (mark === own && this.#places[2 * place] === hash) return true;
      }
    }
    return false;
  }

  set(key: Key, value: V): void {
    this.#size += value.size;
    const index = this.#indexOf(key);
    if (index >= 0) {
      this.#size -= this.#values[index]?.size ?? 0;
      this.#values[index] = value;
      return;
    }
    this.#prefixes.push(key.prefix);
    this.#texts.push(key.text);
    this.#values.push(value);
    if (this.entries * 2 > this.#mask) this.#grow();
    this.#place(key.hash, this.entries - 1);
  }

  delete(key: Key): void {
    const index = this.#indexOf(key);
    if (index >= 0) this.#forget(index);
  }

  #indexOf(key: Key): number {
    const { hash } = key;
    const own = markOf(hash);
    for (let step = 0; step < longestWalk; step++) {
      const place = (hash + step) & this.#mask;
      const mark = this.#marks[place];
      if (mark === 0) return -1;
      if (mark !== own || this.#places[2 * place] !== hash) continue;
      const index = this.#places[2 * place + 1] as number;
      if (this.#isAt(index, key)) return index;
    }
    return -1;
  }

  #isAt(index: number, key: Key): boolean {
    const prefix = this.#prefixes[index] as string;
    const text = this.#texts[index] as string;
    if (text === key.text && prefix === key.prefix) return true;
    // The same key may have been put together of other parts.
    return prefix + text === key.prefix + key.text;
  }

  #place(hash: number, index: number): void {
    let place = 0;
    for (let step = 0; step < longestWalk; step++) {
      place = (hash + step) & this.#mask;
      if (this.#marks[place] === 0) break;
    }
    if (this.#marks[place] !== 0) this.#forget(this.#places[2 * place + 1] as number);
    this.#marks[place] = markOf(hash);
    this.#places[2 * place] = hash;
    this.#places[2 * place + 1] = index;
  }

  #forget(index: number): void {
    this.#size -= this.#values[index]?.size ?? 0;
    this.#values[index] = undefined;
  }

  #grow(): void {
    const [marks, places] = [this.#marks, this.#places];
    this.#marks = new Uint8Array(2 * marks.length);
    this.#places = new Int32Array(2 * places.length);
    this.#mask = this.#marks.length - 1;
    for (let place = 0; place < marks.length; place++)
      if (marks[place] !== 0) this.#place(places[2 * place] as number, places[2 * place + 1] as number);
  }
}

/** Never 0. */
function markOf(hash: number): number {
  return (hash >>> 24) | 1;
}
