import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../../src/formats/xsd/pattern.ts';

function matches(pattern: string, text: string): boolean {
  const compiled = compilePattern(pattern);
  if (compiled === undefined) throw new Error(`${pattern} is not understood.`);
  return compiled.test(text);
}

describe('A pattern facet', () => {
  it.each([
    ['', [''], ['a']],
    ['a', ['a'], ['', 'aa', 'b']],
    ['a|b|', ['a', 'b', ''], ['ab', 'c']],
    ['(ab|c)d', ['abd', 'cd'], ['ab', 'abcd']],
    ['a?b*c+', ['c', 'abbc', 'bccc'], ['', 'ab', 'aac']],
    ['a{2}', ['aa'], ['a', 'aaa']],
    ['a{2,}', ['aa', 'aaaaa'], ['a', '']],
    ['a{1,3}', ['a', 'aa', 'aaa'], ['', 'aaaa']],
    ['a{0}b', ['b'], ['ab', 'a']],
    ['(a?){3}', ['', 'a', 'aaa'], ['aaaa']],
    ['(a*)*b', ['b', 'aaab'], ['a', 'ba']],
    ['.', ['x', '😀', ' '], ['\n', '\r', 'xx']],
    ['^a$', ['^a$'], ['a']],
    ['[A-Z-[AEIOU]]{2}', ['BC', 'XZ'], ['AB', 'bc']],
    ['[^a-c]', ['d', '-'], ['a', 'c']],
    ['[a\\-z]', ['a', '-', 'z'], ['b']],
    ['\\d\\D', ['1x', '٣x'], ['11', 'xx']],
    ['\\s\\S', [' x', '\tx'], ['xx']],
    ['\\i\\c*', ['_a.b-c', 'a·'], ['1a', '-a']],
    ['\\w\\W', ['a-', 'é.'], ['--', 'aa']],
    ['\\p{Lu}\\P{Lu}', ['Aa', 'Éé'], ['aa']],
    ['\\p{IsBasicLatin}+', ['abc~'], ['é']],
    ['\\n\\.\\\\', ['\n.\\'], ['n.\\']],
    ['a/b-c:d', ['a/b-c:d'], ['a/b-cd']],
    ['😀{2}', ['😀😀'], ['😀']],
  ])('%j tells what matches from what does not', (pattern, good, bad) => {
    for (const text of good) expect(matches(pattern, text), text).toBe(true);
    for (const text of bad) expect(matches(pattern, text), text).toBe(false);
  });

  it.each([
    '(',
    ')',
    '[a',
    'a{2',
    'a{3,2}',
    '*a',
    'a**',
    '\\',
    '\\p{IsNoBlock}',
    '\\p{Nothing}',
    'a{100001}',
    '((a{999}){999}){999}',
  ])('%j cannot be checked', (pattern) => {
    expect(compilePattern(pattern)).toBeUndefined();
  });

  it('agrees with the expressions of JavaScript', () => {
    const atom = fc.constantFrom('a', 'b', '[ab]', '[^a]', 'c');
    const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
      pattern: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        atom,
        fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => `${one}${other}`),
        fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => `(${one}|${other})`),
        fc
          .tuple(tie('pattern'), fc.constantFrom('?', '*', '+', '{2}', '{1,3}', '{0,2}', '{2,}'))
          .map(([part, quantifier]) => `(${part})${quantifier}`),
      ),
    }));
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 })
      .map((characters) => characters.join(''));
    fc.assert(
      fc.property(pattern, text, (source, value) => {
        expect(matches(source, value)).toBe(new RegExp(`^(?:${source})$`, 'v').test(value));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['(a+)+', 'a'.repeat(50_000), true],
    ['(a+)+', `${'a'.repeat(50_000)}!`, false],
    ['(a|a)*(a|a)*b', 'a'.repeat(50_000), false],
    ['(a*)*(a*)*(a*)*b', 'a'.repeat(50_000), false],
    ['(.*,){10}x', 'a,'.repeat(25_000), false],
    ['([a-z]+\\.)*[a-z]+', 'a.'.repeat(25_000), false],
  ])('%j is answered for 50,000 characters while many would go on for years', (pattern, text, expected) => {
    const started = process.cpuUsage();
    expect(matches(pattern, text)).toBe(expected);
    const { user } = process.cpuUsage(started);
    expect(user / 1_000).toBeLessThan(1_000);
  });

  it('is bounded where it was made to take all the memory there is', () => {
    // Every text of a and b leads to another set of states.
    const pattern = compilePattern('(a|b)*a(a|b){2000}');
    let seed = 7;
    const text = Array.from({ length: 50_000 }, () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % 2 === 0 ? 'a' : 'b';
    }).join('');
    const before = process.memoryUsage().heapUsed;
    const started = process.cpuUsage();
    expect(pattern?.test(text)).toBe(false);
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(5_000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(256 * 1024 * 1024);
  });
});
