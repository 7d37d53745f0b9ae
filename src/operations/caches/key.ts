/** Unlike in every process, so that nobody can choose keys that all want one place. */
const seed = Math.trunc(Math.random() * 2 ** 32) | 0;

/**
 * A key in two parts, the beginning that many have in common and its own end: compared without being put together. Its
 * hash is that of the whole.
 */
export interface Key {
  readonly prefix: string;
  readonly text: string;
  /** FNV-1a from a seed, with its high bits stirred into the low ones. */
  readonly hash: number;
}

export function keyOf(text: string): Key {
  return { prefix: '', text, hash: stirred(hashedOn(seed, text)) };
}

/** The keys of a batch: the beginning that all have in common, the end of each, and the hash of each, as `KeyBeginning` tells it. */
export interface Keys {
  readonly prefix: string;
  readonly texts: readonly string[];
  readonly hashes: readonly number[];
}

export function keyAt({ prefix, texts, hashes }: Keys, index: number): Key {
  return { prefix, text: texts[index] as string, hash: hashes[index] as number };
}

/** The beginning of many keys, hashed once for all of them. */
export class KeyBeginning {
  readonly text: string;
  readonly #hash: number;

  constructor(text: string) {
    this.text = text;
    this.#hash = hashedOn(seed, text);
  }

  /** Of the keys with these ends. */
  hashesOf(ends: readonly string[]): readonly number[] {
    // Not an `Int32Array`: that costs more to make than to fill.
    const hashes = new Array<number>(ends.length);
    for (let index = 0; index < ends.length; index++)
      hashes[index] = stirred(hashedOn(this.#hash, ends[index] as string));
    return hashes;
  }
}

function hashedOn(begun: number, text: string): number {
  let hash = begun;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619);
  return hash;
}

function stirred(hash: number): number {
  return hash ^ (hash >>> 15);
}
