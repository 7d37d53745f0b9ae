import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newKeyParts, readKey, writeKey } from '../../../src/access/keys/key-format.ts';
import { randomBase62 } from '../../../src/util/base62.ts';

/** What a scanner of secrets looks for. */
const scanner = /^tribs?_(live|test)_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/;

describe('a key', () => {
  it('is read as it was written, and found by a scanner of secrets', () => {
    for (const kind of ['api', 'client'] as const)
      for (const environment of ['live', 'test'] as const) {
        const parts = newKeyParts(kind, environment);
        expect(writeKey(parts)).toMatch(scanner);
        expect(readKey(writeKey(parts))).toEqual(parts);
      }
  });

  it('has the checksum that anybody can work out', () => {
    const parts = { kind: 'api', environment: 'live', id: '0123456789AB', secret: 'a'.repeat(32) } as const;
    // CRC-32 of the text before it is 0x17cce030, by Python's zlib.
    expect(writeKey(parts).slice(0, -6)).toBe(`trib_live_0123456789AB_${'a'.repeat(32)}`);
    expect(writeKey(parts).slice(-6)).toBe('0R1QsC');
  });

  it('A01: is refused when any one character of it is another one', () => {
    const key = writeKey(newKeyParts('api', 'live'));
    for (let at = 0; at < key.length; at++) {
      const other = key[at] === 'x' ? 'y' : 'x';
      expect(readKey(key.slice(0, at) + other + key.slice(at + 1))).toBeUndefined();
    }
  });

  it('A01: is refused when it is cut, longer, or anything else', () => {
    const key = writeKey(newKeyParts('api', 'live'));
    for (const text of [
      '',
      key.slice(1),
      key.slice(0, -1),
      `${key}0`,
      `${key}\n`,
      ` ${key}`,
      key.repeat(1_000),
    ])
      expect(readKey(text)).toBeUndefined();
    fc.assert(fc.property(fc.string(), (text) => readKey(text) === undefined));
  });
});

describe('random digits', () => {
  it('are each as likely as any other', () => {
    const text = randomBase62(62_000);
    const counts = new Map<string, number>();
    for (const digit of text) counts.set(digit, (counts.get(digit) ?? 0) + 1);
    // Chi-square with 61 degrees of freedom: below 127 in all but one of a million runs.
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
    expect(counts.size).toBe(62);
    expect(chiSquare).toBeLessThan(127);
  });
});
