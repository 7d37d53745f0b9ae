/** How far from its place a key is looked for. At half load hardly one in a million is further away. */
const longestWalk = 32;
const fewestPlaces = 64;

/** Unlike in every process, so that nobody can choose keys that all want one place. */
const seed = Math.trunc(Math.random() * 2 ** 32) | 0;

/**
 * One generation of a bounded map: a hash table whose places lie side by side, each with the whole hash of its key, so
 * that a key that is not there is known to be none after one look into memory. A `Map` of so many keys follows pointers
 * through four or five cold places to say as much; most of what a busy cache is asked for first is not there, and most
 * of what it keeps is never asked for again (`npm run bench -- pipeline`).
 *
 * A cache may forget: a key that finds no place within a short walk takes that of another, so that keys which were chosen
 * to collide cost no more than others.
 */
export class Generation<V extends { readonly size: number }> {
  /** Two numbers a place: the hash, and the index in `#keys` and `#values` plus one; 0 where it is free. */
  #places = new Int32Array(2 * fewestPlaces);
  #mask = fewestPlaces - 1;
  readonly #keys: string[] = [];
  /** `undefined` where the key is deleted: it keeps its place for when it comes back. */
  readonly #values: (V | undefined)[] = [];
  #size = 0;

  /** Of keys that ever had a place. */
  get entries(): number {
    return this.#keys.length;
  }

  /** Of all values together. */
  get size(): number {
    return this.#size;
  }

  /** @param hash of the key, as `hashOf` has it */
  get(key: string, hash: number): V | undefined {
    const index = this.#indexOf(key, hash);
    return index < 0 ? undefined : this.#values[index];
  }

  set(key: string, hash: number, value: V): void {
    this.#size += value.size;
    const index = this.#indexOf(key, hash);
    if (index >= 0) {
      this.#size -= this.#values[index]?.size ?? 0;
      this.#values[index] = value;
      return;
    }
    this.#keys.push(key);
    this.#values.push(value);
    if (this.#keys.length * 2 > this.#mask) this.#grow();
    this.#place(hash, this.#keys.length);
  }

  delete(key: string, hash: number): void {
    const index = this.#indexOf(key, hash);
    if (index >= 0) this.#forget(index);
  }

  #indexOf(key: string, hash: number): number {
    const places = this.#places;
    for (let step = 0; step < longestWalk; step++) {
      const at = 2 * ((hash + step) & this.#mask);
      const number = places[at + 1] as number;
      if (number === 0) return -1;
      if (places[at] === hash && this.#keys[number - 1] === key) return number - 1;
    }
    return -1;
  }

  #place(hash: number, number: number): void {
    const places = this.#places;
    let at = 0;
    for (let step = 0; step < longestWalk; step++) {
      at = 2 * ((hash + step) & this.#mask);
      if (places[at + 1] === 0) break;
    }
    const taken = places[at + 1] as number;
    if (taken !== 0) this.#forget(taken - 1);
    places[at] = hash;
    places[at + 1] = number;
  }

  #forget(index: number): void {
    this.#size -= this.#values[index]?.size ?? 0;
    this.#values[index] = undefined;
  }

  #grow(): void {
    const before = this.#places;
    this.#places = new Int32Array(2 * before.length);
    this.#mask = before.length - 1;
    for (let at = 0; at < before.length; at += 2) {
      const number = before[at + 1] as number;
      if (number !== 0) this.#place(before[at] as number, number);
    }
  }
}

/** Of a key: FNV-1a from a seed, with its high bits stirred into the low ones. */
export function hashOf(key: string): number {
  return stirred(hashedOn(seed, key));
}

/** What gives the hash of a key from its end: the beginning that many keys share is read once. */
export function hasherAfter(beginning: string): (end: string) => number {
  const begun = hashedOn(seed, beginning);
  return (end) => stirred(hashedOn(begun, end));
}

function hashedOn(begun: number, text: string): number {
  let hash = begun;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619);
  return hash;
}

function stirred(hash: number): number {
  return hash ^ (hash >>> 15);
}
