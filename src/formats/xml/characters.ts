/** One byte of facts per UTF-16 code unit, so that a scan asks one question per character. */
export const NAME_START = 1;
export const NAME_CHAR = 2;
/** Text may not simply run on over this: markup, a reference, `]`, a carriage return, or no XML character. */
export const TEXT_STOP = 4;
/** An attribute value may not simply run on over this: as in text, and quotes and white space to normalise. */
export const VALUE_STOP = 8;
export const WHITESPACE = 16;
/** No XML 1.0 character at all (`Char`, XML 1.0 §2.2). Surrogates are judged as pairs, elsewhere. */
export const ILLEGAL = 32;

export const CHARACTER = buildTable();

/**
 * Facts for all 65,536 code units. High surrogates of planes 1 to 14 count as name characters and low ones as
 * name continuations: exact, because the reader refuses unpaired surrogates before it starts.
 * Implements `Char`, `NameStartChar` and `NameChar`, XML 1.0 (fifth edition) §2.2 and §2.3.
 */
function buildTable(): Uint8Array {
  const table = new Uint8Array(65_536);
  const mark = (flag: number, ranges: readonly (readonly [number, number])[]) => {
    for (const [from, to] of ranges) for (let code = from; code <= to; code++) table[code]! |= flag;
  };
  const nameStart = [
    [0x3a, 0x3a],
    [0x41, 0x5a],
    [0x5f, 0x5f],
    [0x61, 0x7a],
    [0xc0, 0xd6],
    [0xd8, 0xf6],
    [0xf8, 0x2ff],
    [0x370, 0x37d],
    [0x37f, 0x1fff],
    [0x200c, 0x200d],
    [0x2070, 0x218f],
    [0x2c00, 0x2fef],
    [0x3001, 0xd7ff],
    [0xd800, 0xdb7f],
    [0xf900, 0xfdcf],
    [0xfdf0, 0xfffd],
  ] as const;
  mark(NAME_START | NAME_CHAR, nameStart);
  mark(NAME_CHAR, [
    [0x2d, 0x2e],
    [0x30, 0x39],
    [0xb7, 0xb7],
    [0x300, 0x36f],
    [0x203f, 0x2040],
    [0xdc00, 0xdfff],
  ]);
  mark(WHITESPACE, [
    [0x09, 0x0a],
    [0x0d, 0x0d],
    [0x20, 0x20],
  ]);
  const illegal = [
    [0x00, 0x08],
    [0x0b, 0x0c],
    [0x0e, 0x1f],
    [0xfffe, 0xffff],
  ] as const;
  mark(ILLEGAL | TEXT_STOP | VALUE_STOP, illegal);
  for (const stop of '<&]\r') table[stop.charCodeAt(0)]! |= TEXT_STOP;
  for (const stop of '<&\r\n\t"\'') table[stop.charCodeAt(0)]! |= VALUE_STOP;
  return table;
}

/**
 * Whether a code point may stand in an XML 1.0 document at all.
 * Implements `Char`, XML 1.0 §2.2.
 */
export function isXmlCodePoint(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

/**
 * Whether the whole text is an `NCName`: a name without a colon.
 * Implements Namespaces in XML 1.0 §3.
 */
export function isNcName(text: string): boolean {
  if (text.length === 0 || (CHARACTER[text.charCodeAt(0)]! & NAME_START) === 0 || !isWellFormed(text))
    return false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x3a || (CHARACTER[code]! & NAME_CHAR) === 0) return false;
  }
  return true;
}

/** Whether the text holds nothing but XML white space (space, tab, line feed, carriage return). */
export function isBlank(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if ((CHARACTER[text.charCodeAt(index)]! & WHITESPACE) === 0) return false;
  }
  return true;
}

/** Whether every surrogate of the text is one half of a pair. */
export function isWellFormed(text: string): boolean {
  // In Node since version 20; the compiler's es2023 library does not know it yet.
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}
