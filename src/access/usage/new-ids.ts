import { ulid } from 'ulid';
import { pooledRandom } from './pooled-random.ts';

/** Crockford's base 32, as ULIDs have it. */
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Two digits each, for every number that they can be. */
const pairs = Array.from({ length: 1_024 }, (_, at) => `${digits[at >> 5]}${digits[at & 31]}`);
const mostCounted = 1_024 * 1_024;

/**
 * Makes ULIDs that ascend, also within a millisecond, as the package's `monotonicFactory` does; that one adds digit by digit to a
 * text, for every event. What ascends here are the last four digits. Where a millisecond has used them up, or the clock
 * went back, ids are of the next one after the last.
 *
 * @returns what makes an id for a time: whole milliseconds since the epoch
 */
export function newIds(random: () => number = pooledRandom): (at: number) => string {
  let last = 0;
  let begins = '';
  let counted = mostCounted;
  return (at) => {
    if (at > last || counted === mostCounted) {
      last = at > last ? at : last + 1;
      begins = ulid(last, random).slice(0, -4);
      // From the lower half: there is room for half a million more.
      counted = Math.floor(((random() * 256 + random()) * mostCounted) / 512);
    }
    const id = begins + pairs[counted >> 10] + pairs[counted & 1_023];
    counted += 1;
    return id;
  };
}
