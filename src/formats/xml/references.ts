import { isXmlCodePoint } from './characters.ts';

const PREDEFINED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' };
/** `&#x10FFFF;` and leading zeros that a generous writer may add. */
const LONGEST_REFERENCE = 32;

/**
 * Resolves the reference that starts with the `&` at `start`: a predefined entity or a character reference.
 * Returns the text and the offset of its `;`, or a string that says what is wrong.
 * Implements XML 1.0 §4.1 and §4.6 for documents without a DTD.
 */
export function decodeReference(source: string, start: number): { text: string; last: number } | string {
  const last = source.indexOf(';', start);
  if (last === -1 || last - start > LONGEST_REFERENCE) return "'&' starts no reference";
  const body = source.slice(start + 1, last);
  if (body.charCodeAt(0) !== 0x23) {
    const text = Object.hasOwn(PREDEFINED, body) ? PREDEFINED[body] : undefined;
    return text === undefined
      ? 'An entity is referred to that is not one of the five predefined ones'
      : { text, last };
  }
  const digits = /^#(?:([0-9]+)|x([0-9a-fA-F]+))$/.exec(body);
  if (digits === null) return 'A character reference is malformed';
  const code = digits[1] === undefined ? Number.parseInt(digits[2]!, 16) : Number.parseInt(digits[1], 10);
  if (!isXmlCodePoint(code)) return 'A character reference names no XML character';
  return { text: String.fromCodePoint(code), last };
}
