import fc from 'fast-check';
import { getIntrospectionQuery, Lexer, Source, TokenKind } from 'graphql';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, errorTable, isTributaryError } from '../../src/errors.ts';
import { scanDocument } from '../../src/execution/document-scan.ts';

const many = 1_000_000;
const roomy = { maxTokens: many, maxDepth: many, maxAliases: many, maxDirectives: many };

function codeFor(source: string, limits: Partial<typeof roomy>): ErrorCode | undefined {
  try {
    scanDocument(source, { ...roomy, ...limits });
    return undefined;
  } catch (error) {
    if (!isTributaryError(error)) throw error;
    expect(error.message).toBe(errorTable[error.code].message);
    return error.code;
  }
}

/** How many tokens the scan counts: the least limit that it accepts. */
function tokensOf(source: string): number {
  let count = 0;
  while (codeFor(source, { maxTokens: count }) !== undefined) count += 1;
  return count;
}

/** How many tokens graphql-js reads. */
function tokensOfGraphql(source: string): number {
  const lexer = new Lexer(new Source(source));
  let count = 0;
  while (lexer.advance().kind !== TokenKind.EOF) count += 1;
  return count;
}

describe('the scan of a document', () => {
  it('counts tokens as the parser does', () => {
    const token = fc.constantFrom(
      ...'{ } ( ) [ ] : = ! | & $ @ ... name _x9 0 -7 1.5e+10 "text" "" "a\\"b" "{[(" """block""" """a \\""" { b"""'.split(
        ' ',
      ),
      'query',
      '"two words"',
      '"""\n{ block [\n"""',
    );
    fc.assert(
      fc.property(
        fc.array(token, { maxLength: 40 }),
        fc.constantFrom(' ', '\n', '\t', ' \r\n '),
        (tokens, space) => {
          const source = tokens.join(space);
          let expected: number;
          try {
            expected = tokensOfGraphql(source);
          } catch {
            return; // The parser refuses it, whatever we count.
          }
          expect(tokensOf(source)).toBe(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('needs no space between tokens', () => {
    expect(tokensOf('{a(b:[1,-2,3.5]c:"x"){...on T{d}}}')).toBe(
      tokensOfGraphql('{a(b:[1,-2,3.5]c:"x"){...on T{d}}}') + 2,
    );
  });

  it('counts commas and comments, which take time to read as well', () => {
    expect(tokensOf(',,,')).toBe(3);
    expect(tokensOf('# a { comment\n#another\r\n{ a }')).toBe(5);
  });

  it('measures the nesting of brackets of every kind, and none in texts and comments', () => {
    expect(codeFor('{ a(b: [{ c: 1 }]) }', { maxDepth: 4 })).toBeUndefined();
    expect(codeFor('{ a(b: [{ c: 1 }]) }', { maxDepth: 3 })).toBe('MAX_DEPTH_EXCEEDED');
    expect(codeFor('{ a(b: "{{{{") c(d: """ [[[[ """) # ((((\n }', { maxDepth: 2 })).toBeUndefined();
    expect(codeFor('{ a { b } c { d } e { f } }', { maxDepth: 2 })).toBeUndefined();
  });

  it('leaves room for the introspection that tools send', () => {
    const query = getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, oneOf: true });
    expect(codeFor(query, { maxTokens: 2_000, maxDepth: 32 })).toBeUndefined();
  });

  it('takes no stack and little time, whatever it gets', () => {
    const worst = ['{', '[', '(', '"', '"""', '#', ',', '.', '\\', '"""\\"""', '-', '\u0000', '…'];
    for (const piece of worst) {
      const source = piece.repeat(250_000 / piece.length);
      const begin = performance.now();
      codeFor(source, {});
      expect(performance.now() - begin, JSON.stringify(piece)).toBeLessThan(200);
    }
  });
});
