import type { Random } from '../../execution/random-documents.ts';

/** Bytes with a few of them changed, taken away, doubled or replaced: by one at random, or by a word that means something. */
export function mutated(bytes: Buffer, random: Random, words: readonly string[]): Buffer {
  let result = bytes;
  for (let change = random.below(6); change >= 0; change--) {
    const at = random.below(result.length + 1);
    const length = random.below(random.below(8) === 0 ? 200 : 6);
    const [head, tail] = [result.subarray(0, at), result.subarray(at + random.pick([0, length]))];
    const copied = result.subarray(at, at + length);
    const piece = random.pick([
      () => Buffer.from([random.below(256)]),
      () => Buffer.from(random.pick(words)),
      () => Buffer.alloc(0),
      () => Buffer.concat(Array.from({ length: 1 + random.below(40) }, () => copied)),
      () => Buffer.from(Array.from({ length }, () => random.below(256))),
    ])();
    result = Buffer.concat([head, piece, tail]);
  }
  return result;
}
