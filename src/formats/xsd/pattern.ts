import { PatternAutomaton, type PatternNode } from './pattern-automaton.ts';

/** What a pattern facet compiles to. */
export interface Pattern {
  /** Whether the whole text matches. */
  test(text: string): boolean;
}

/**
 * Compiles a pattern facet. The pattern is the description's, the text that it meets anybody's: a text is matched in time
 * that grows with its length and no faster, whatever the pattern. Returns `undefined` for one that cannot be read, or that
 * counts further than can be kept in memory.
 * Implements XML Schema Part 2, appendix F.
 *
 * @example compilePattern('[A-Z-[AEIOU]]\\d{2}')?.test('B42') // true
 */
export function compilePattern(pattern: string): Pattern | undefined {
  try {
    const { node, next } = readAlternatives(pattern, 0);
    return next === pattern.length ? new PatternAutomaton(node) : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError || thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

/** Multi-character escapes, as contents of a class. */
const CLASS_ESCAPES: Readonly<Record<string, string>> = {
  s: ' \\t\\n\\r',
  i: '\\p{L}_:',
  c: '\\p{L}\\p{Nd}\\p{M}\\-._:·',
  d: '\\p{Nd}',
};
const NEGATED: Readonly<Record<string, string>> = {
  S: '[^ \\t\\n\\r]',
  I: '[^\\p{L}_:]',
  C: '[^\\p{L}\\p{Nd}\\p{M}\\-._:·]',
  D: '\\P{Nd}',
  w: '[^\\p{P}\\p{Z}\\p{C}]',
  W: '[\\p{P}\\p{Z}\\p{C}]',
};
/** The blocks (`\p{IsBasicLatin}`) that are met in the field; JavaScript knows scripts, not blocks. */
const BLOCKS: Readonly<Record<string, string>> = {
  BasicLatin: '\\u{0}-\\u{7F}',
  'Latin-1Supplement': '\\u{80}-\\u{FF}',
  'LatinExtended-A': '\\u{100}-\\u{17F}',
  'LatinExtended-B': '\\u{180}-\\u{24F}',
  Greek: '\\u{370}-\\u{3FF}',
  Cyrillic: '\\u{400}-\\u{4FF}',
  Hebrew: '\\u{590}-\\u{5FF}',
  Arabic: '\\u{600}-\\u{6FF}',
  GeneralPunctuation: '\\u{2000}-\\u{206F}',
  CurrencySymbols: '\\u{20A0}-\\u{20CF}',
  CJKUnifiedIdeographs: '\\u{4E00}-\\u{9FFF}',
  Hiragana: '\\u{3040}-\\u{309F}',
  Katakana: '\\u{30A0}-\\u{30FF}',
};

/** Part of a pattern, and where the next one begins. */
interface Read {
  node: PatternNode;
  next: number;
}

/** Part of a class, in JavaScript's notation with the `v` flag. */
interface Piece {
  text: string;
  next: number;
}

function readAlternatives(pattern: string, start: number): Read {
  const alternatives: PatternNode[] = [];
  let parts: PatternNode[] = [];
  let at = start;
  while (at < pattern.length && pattern[at] !== ')') {
    if (pattern[at] === '|') {
      alternatives.push({ kind: 'sequence', parts });
      parts = [];
      at++;
      continue;
    }
    const atom = readAtom(pattern, at);
    const counted = readQuantifier(pattern, atom);
    parts.push(counted.node);
    at = counted.next;
  }
  alternatives.push({ kind: 'sequence', parts });
  return { node: { kind: 'alternatives', alternatives }, next: at };
}

function readAtom(pattern: string, at: number): Read {
  const character = String.fromCodePoint(pattern.codePointAt(at)!);
  switch (character) {
    case '(': {
      const inner = readAlternatives(pattern, at + 1);
      if (pattern[inner.next] !== ')') throw new SyntaxError('unclosed group');
      return { node: inner.node, next: inner.next + 1 };
    }
    case '[':
      return setOf(translateClass(pattern, at));
    case '\\':
      return setOf(translateEscape(pattern, at, false));
    case '.':
      return setOf({ text: '[^\\n\\r]', next: at + 1 });
    case '?':
    case '*':
    case '+':
    case '{':
      throw new SyntaxError('nothing to repeat');
    default:
      return setOf({ text: literal(character), next: at + character.length });
  }
}

function setOf({ text, next }: Piece): Read {
  return { node: { kind: 'set', characters: new RegExp(`^${text}$`, 'v') }, next };
}

function readQuantifier(pattern: string, { node, next }: Read): Read {
  const repeated = (min: number, max: number, length: number): Read => ({
    node: { kind: 'repeat', part: node, min, max },
    next: next + length,
  });
  switch (pattern[next]) {
    case '?':
      return repeated(0, 1, 1);
    case '*':
      return repeated(0, Number.POSITIVE_INFINITY, 1);
    case '+':
      return repeated(1, Number.POSITIVE_INFINITY, 1);
    case '{': {
      const [all, least, range] = /^\{(\d+)((?:,\d*)?)\}/.exec(pattern.slice(next, next + 40)) ?? [];
      if (all === undefined) throw new SyntaxError('no quantifier');
      const min = Number(least);
      const max = range === '' ? min : range === ',' ? Number.POSITIVE_INFINITY : Number(range?.slice(1));
      if (max < min) throw new SyntaxError('no quantifier');
      return repeated(min, max, all.length);
    }
    default:
      return { node, next };
  }
}

function translateClass(pattern: string, start: number): Piece {
  let at = start + 1;
  const negated = pattern[at] === '^';
  if (negated) at++;
  let text = '';
  let subtracted = '';
  while (at < pattern.length && pattern[at] !== ']') {
    if (pattern[at] === '-' && pattern[at + 1] === '[') {
      const inner = translateClass(pattern, at + 1);
      subtracted = inner.text;
      at = inner.next;
    } else if (pattern[at] === '\\') {
      const escaped = translateEscape(pattern, at, true);
      text += escaped.text;
      at = escaped.next;
    } else {
      const character = String.fromCodePoint(pattern.codePointAt(at)!);
      const isRange = character === '-' && text !== '' && pattern[at + 1] !== ']' && pattern[at + 1] !== '-';
      text += isRange ? '-' : literal(character);
      at += character.length;
    }
  }
  if (pattern[at] !== ']') throw new SyntaxError('unclosed class');
  const set = `[${negated ? '^' : ''}${text}]`;
  return { text: subtracted === '' ? set : `[${set}--${subtracted}]`, next: at + 1 };
}

function translateEscape(pattern: string, at: number, inClass: boolean): Piece {
  const letter = pattern[at + 1] ?? '';
  if (letter === 'p' || letter === 'P') {
    const close = pattern.indexOf('}', at);
    const name = pattern.slice(at + 3, close);
    if (!name.startsWith('Is')) return { text: pattern.slice(at, close + 1), next: close + 1 };
    const block = BLOCKS[name.slice(2)];
    if (block === undefined) throw new SyntaxError('unknown block');
    return { text: `[${letter === 'P' ? '^' : ''}${block}]`, next: close + 1 };
  }
  const contents = CLASS_ESCAPES[letter];
  if (contents !== undefined) return { text: inClass ? contents : `[${contents}]`, next: at + 2 };
  const negated = NEGATED[letter];
  if (negated !== undefined) return { text: negated, next: at + 2 };
  if ('nrt'.includes(letter)) return { text: `\\${letter}`, next: at + 2 };
  return { text: literal(letter), next: at + 2 };
}

/** A character that stands for itself: under the `v` flag every punctuator must be escaped somewhere. */
function literal(character: string): string {
  if (character === '') throw new SyntaxError('nothing to escape');
  return /^[A-Za-z0-9_ ]$/.test(character) ? character : `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
