import type { Whitespace } from './builtins.ts';

/** Implements the `whiteSpace` facet, XML Schema Part 2 §4.3.6. Text that needs nothing is returned as it is. */
export function normalizeWhitespace(text: string, whitespace: Whitespace): string {
  if (whitespace === 'preserve') return text;
  if (whitespace === 'replace') return /[\t\n\r]/.test(text) ? text.replace(/[\t\n\r]/g, ' ') : text;
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) <= 0x20) return text.replace(/[ \t\n\r]+/g, ' ').replace(/^ | $/g, '');
  }
  return text;
}
