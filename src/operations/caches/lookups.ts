import type { CacheEntry, Lookup } from './cache.ts';

/**
 * What the cache was asked for each input of a batch, and found. Of a batch that it holds nothing of, there is nothing
 * more to say until somebody else asks for the same or an answer is kept: each lookup is made then.
 */
export class Lookups {
  /** Nothing is held of any. */
  readonly areBlank: boolean;
  #make: (() => readonly Lookup[]) | undefined;
  #all: readonly Lookup[] = [];

  private constructor(make: () => readonly Lookup[], areBlank: boolean) {
    this.#make = make;
    this.areBlank = areBlank;
  }

  static of(all: readonly Lookup[]): Lookups {
    return new Lookups(() => all, all.every(isBlank));
  }

  /** @param make is called once, at any time */
  static blank(make: () => readonly Lookup[]): Lookups {
    return new Lookups(make, true);
  }

  /** In the order of the inputs. */
  all(): readonly Lookup[] {
    if (this.#make !== undefined) {
      this.#all = this.#make();
      this.#make = undefined;
    }
    return this.#all;
  }

  /** Of the inputs at these places. */
  at(indexes: readonly number[]): Lookups {
    const all = this.all();
    return Lookups.of(indexes.map((index) => all[index] as Lookup));
  }
}

function isBlank({ entry }: { readonly entry: CacheEntry | undefined }): boolean {
  return entry === undefined;
}
