import { LRUCache } from 'lru-cache';

const passMs = 10_000;
const mostPasses = 10_000;

/**
 * What turned out not to be storable, remembered for a while ("hit-for-pass"): nobody waits for somebody else's answer
 * that they could not have anyway.
 */
export class Passes {
  readonly #keys = new LRUCache<string, true>({ max: mostPasses, ttl: passMs });

  add(key: string): void {
    this.#keys.set(key, true);
  }

  has(key: string): boolean {
    return this.#keys.size > 0 && this.#keys.has(key);
  }
}
