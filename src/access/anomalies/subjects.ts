import type { LRUCache } from 'lru-cache';
import { addressGroup } from '../limits/address-group.ts';
import type { Subject } from './observation.ts';

/** Whom a request is about: its key where it has one, else the address that it came from, of IPv6 its /64. */
export function keyOrAddress(key: string | undefined, address: string | undefined): Subject | undefined {
  if (key !== undefined) return { kind: 'key', name: key };
  return address === undefined ? undefined : { kind: 'address', name: addressGroup(address) };
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
