import { decodeTime, isValid } from 'ulid';
import { describe, expect, it } from 'vitest';
import { newIds } from '../../../src/access/usage/new-ids.ts';

const highest = (): number => 255 / 256;

describe('new ids', () => {
  it('are ULIDs of their time that ascend, within a millisecond too', () => {
    const newId = newIds();
    const ids = [7, 7, 7, 8, 1_800_000_000_000, 1_800_000_000_000].map((at) => newId(at));
    expect(ids.every((id) => isValid(id))).toBe(true);
    expect(ids.map((id) => decodeTime(id))).toEqual([7, 7, 7, 8, 1_800_000_000_000, 1_800_000_000_000]);
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  it('ascend when the clock goes back', () => {
    const newId = newIds();
    const ids = [9, 3, 4, 10].map((at) => newId(at));
    expect(ids).toEqual([...ids].sort());
    expect(ids.map((id) => decodeTime(id))).toEqual([9, 9, 9, 10]);
  });

  it('go on with the next millisecond when there are more of them than one has', () => {
    const newId = newIds(highest);
    let last = newId(5);
    for (let count = 0; count < 600_000; count++) {
      const id = newId(5);
      if (id <= last) throw new Error(`${id} comes after ${last}.`);
      last = id;
    }
    expect(decodeTime(last)).toBe(6);
  });

  it('differ from those of another process at the same time', () => {
    const [one, other] = [newIds(), newIds()];
    const ids = Array.from({ length: 1_000 }, () => [one(5), other(5)]).flat();
    expect(new Set(ids).size).toBe(ids.length);
  });
});
