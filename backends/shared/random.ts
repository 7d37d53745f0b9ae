/** Random numbers from one fixed seed, so that the company's data is the same on every machine and every run. */

const seed = 'ride-hailing/1';

/** A source of numbers that look random and repeat exactly. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  /** One of the items, each as likely as any other. */
  pick<T>(items: readonly T[]): T;
  /** True with the given probability (0 to 1). */
  chance(probability: number): boolean;
}

/**
 * A stream of its own for each purpose, so that one more number drawn for riders does not change the rides.
 *
 * @param purpose names the stream, e.g. `rides`.
 */
export function randomFor(purpose: string): Random {
  let state = hash32(`${seed}/${purpose}`);
  // mulberry32: 32 bits of state, only integer operations, so the same in every engine.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    integer,
    pick: <T>(items: readonly T[]): T => items[integer(0, items.length - 1)] as T,
    chance: (probability) => next() < probability,
  };
}

/** FNV-1a over UTF-16 units, 32 bits, unsigned. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
