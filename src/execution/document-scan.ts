import { TributaryError } from '../errors.ts';

export interface DocumentLimits {
  readonly maxTokens: number;
  readonly maxDepth: number;
  readonly maxAliases: number;
  readonly maxDirectives: number;
}

/**
 * Refuses a document that is too long or nested too deeply, before it is parsed: the parser recurses and validation may
 * take quadratic time, this one pass takes linear time and no stack. Brackets of every kind nest; commas and comments
 * count as tokens, since reading them takes time as well. A colon outside of parentheses makes an alias, an `@` outside of
 * texts a directive.
 *
 * @throws TributaryError `MAX_TOKENS_EXCEEDED`, `MAX_DEPTH_EXCEEDED`, `MAX_ALIASES_EXCEEDED`, `MAX_DIRECTIVES_EXCEEDED`
 */
export function scanDocument(source: string, limits: DocumentLimits): void {
  const { maxTokens, maxDepth, maxAliases, maxDirectives } = limits;
  let tokens = 0;
  let depth = 0;
  let aliases = 0;
  let directives = 0;
  let parentheses = 0;
  let at = 0;
  while (at < source.length) {
    const character = source.charCodeAt(at);
    const end = endOfToken(source, at, character);
    if (!isBlank(character) && ++tokens > maxTokens) throw new TributaryError('MAX_TOKENS_EXCEEDED');
    if (opens(character)) {
      if (++depth > maxDepth) throw new TributaryError('MAX_DEPTH_EXCEEDED');
      if (character === openingParenthesis) parentheses += 1;
    } else if (closes(character)) {
      depth -= 1;
      if (character === closingParenthesis) parentheses -= 1;
    } else if (character === colon && parentheses === 0) {
      if (++aliases > maxAliases) throw new TributaryError('MAX_ALIASES_EXCEEDED');
    } else if (character === atSign && ++directives > maxDirectives)
      throw new TributaryError('MAX_DIRECTIVES_EXCEEDED');
    at = end;
  }
}

const openingParenthesis = 0x28;
const closingParenthesis = 0x29;
const colon = 0x3a;
const atSign = 0x40;
const quote = 0x22;
const hash = 0x23;
const dot = 0x2e;
const minus = 0x2d;
const plus = 0x2b;
const backslash = 0x5c;
const newline = 0x0a;
const carriageReturn = 0x0d;

function endOfToken(source: string, start: number, character: number): number {
  if (isWord(character) || character === minus) return endOfWord(source, start + 1);
  if (character === quote) return endOfString(source, start);
  if (character === hash) return endOfLine(source, start);
  if (character === dot && source.startsWith('...', start)) return start + 3;
  return start + 1;
}

function endOfWord(source: string, at: number): number {
  for (; at < source.length; at += 1) {
    const character = source.charCodeAt(at);
    if (isWord(character)) continue;
    // Numbers: 1.5e+3. A name cannot be followed by these, but `...` may follow one without a space.
    const inNumber = character === plus || character === minus || character === dot;
    if (!inNumber || source.startsWith('...', at)) break;
  }
  return at;
}

function endOfString(source: string, start: number): number {
  const block = source.startsWith('"""', start);
  for (let at = start + (block ? 3 : 1); at < source.length; at += 1) {
    const character = source.charCodeAt(at);
    if (character === backslash) at += block && source.startsWith('\\"""', at) ? 3 : block ? 0 : 1;
    else if (block && source.startsWith('"""', at)) return at + 3;
    else if (!block && character === quote) return at + 1;
    else if (!block && (character === newline || character === carriageReturn)) return at;
  }
  return source.length;
}

function endOfLine(source: string, at: number): number {
  for (; at < source.length; at += 1) {
    const character = source.charCodeAt(at);
    if (character === newline || character === carriageReturn) break;
  }
  return at;
}

/** Space, tab, line ends, byte order mark; not the comma. */
function isBlank(character: number): boolean {
  return character === 0x20 || (character >= 0x09 && character <= 0x0d) || character === 0xfeff;
}

function isWord(character: number): boolean {
  return (
    (character >= 0x61 && character <= 0x7a) ||
    (character >= 0x41 && character <= 0x5a) ||
    (character >= 0x30 && character <= 0x39) ||
    character === 0x5f
  );
}

function opens(character: number): boolean {
  return character === 0x7b || character === 0x28 || character === 0x5b;
}

function closes(character: number): boolean {
  return character === 0x7d || character === 0x29 || character === 0x5d;
}
