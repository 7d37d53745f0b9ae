import { randomFillSync } from 'node:crypto';

const pool = new Uint8Array(4_096);
let next = pool.length;

/**
 * A random number from 0 up to but not 1, in steps of a 256th, as `ulid` asks for sixteen of them an id: drawn from a pool,
 * because each call of the system's generator costs microseconds.
 */
export function pooledRandom(): number {
  if (next === pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  const byte = pool[next] as number;
  next += 1;
  return byte / 256;
}
