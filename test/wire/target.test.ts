import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBaseUrl } from '../../src/wire/base-url.ts';
import { assertTarget } from '../../src/wire/target.ts';

const root = parseBaseUrl('http://rides.example', 'baseUrl');
const below = parseBaseUrl('http://rides.example/v2', 'baseUrl');

function isSent(target: string, base = root): boolean {
  try {
    assertTarget(target, base, 8_000, undefined, 'rides');
    return true;
  } catch {
    return false;
  }
}

describe('The last fence before the wire', () => {
  it.each([
    '/',
    '/rides',
    '/rides/',
    '/rides/a%2Fb',
    '/a,b;c=d@e',
    '/rides?ids=1,2&q=%20',
    '/.well-known/x',
    '/a.b',
  ])('lets %s through', (target) => {
    expect(isSent(target)).toBe(true);
    expect(isSent(`/v2${target}`, below)).toBe(true);
  });

  it.each([
    '//evil/x',
    '/a//b',
    '/a/../b',
    '/a/..',
    '/./a',
    '/%2e%2e/a',
    '/%2E./a',
    '/a\\b',
    '/a b',
    '/a#b',
    '/ä',
    '/a\r\nb',
    'http://evil/x',
    '@evil/x',
    '',
  ])('refuses %j', (target) => {
    expect(isSent(`/v2${target}`, below) && target !== '').toBe(false);
    if (target !== '') expect(isSent(target)).toBe(false);
  });

  it('refuses what only begins like the base path', () => {
    expect(isSent('/v2', below)).toBe(true);
    expect(isSent('/v2?a=b', below)).toBe(true);
    expect(isSent('/v20/rides', below)).toBe(false);
    expect(isSent('/rides', below)).toBe(false);
  });

  it('lets nothing through that a URL reader would change or send elsewhere', () => {
    const pieces = [
      '/',
      '.',
      '..',
      '%2e',
      '%',
      '?',
      '#',
      '\\',
      ':',
      '@',
      '//',
      'a',
      'é',
      ' ',
      '\t',
      "'",
      '|',
      '&',
      '=',
    ];
    const targets = fc
      .array(fc.constantFrom(...pieces), { maxLength: 8 })
      .map((parts) => `/${parts.join('')}`);
    fc.assert(
      fc.property(targets, (target) => {
        if (!isSent(target)) return;
        const url = new URL(`http://rides.example${target}`);
        expect(url.origin).toBe('http://rides.example');
        expect(url.pathname).toBe(target.split('?', 1)[0]);
        expect(url.hash).toBe('');
      }),
      { numRuns: 3_000 },
    );
  });
});
