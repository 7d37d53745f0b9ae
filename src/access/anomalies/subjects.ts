import type { LRUCache } from 'lru-cache';
import type { Subject } from './observation.ts';

/** Whom a request is about: its key where it has one, else the address that it came from. */
export function keyOrAddress(key: string | undefined, address: string | undefined): Subject | undefined {
  if (key !== undefined) return { kind: 'key', name: key };
  return address === undefined ? undefined : { kind: 'address', name: address };
}

/** What is kept under a name, made where it is not there. */
export function had<Value extends object>(
  known: LRUCache<string, Value>,
  name: string,
  make: () => Value,
): Value {
  let value = known.get(name);
  if (value === undefined) {
    value = make();
    known.set(name, value);
  }
  return value;
}
