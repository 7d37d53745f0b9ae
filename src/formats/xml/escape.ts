import { FormatError } from '../format-error.ts';
import { CHARACTER, ILLEGAL, isWellFormed } from './characters.ts';

/** Everything but the characters that go through as they are. */
const NEEDS_WORK = /[^ !#-%'-;=?-\ud7ff\ue000-\ufffd]/;

/**
 * Escapes text for element content: `<`, `>`, `&` and carriage returns (a reader would turn those into line feeds).
 * Errors: `FormatError` `badInput` naming `place`, for a character that XML cannot hold.
 */
export function escapeText(value: string, place = ''): string {
  if (!NEEDS_WORK.test(value)) return value;
  refuseIllegal(value, place);
  return value.replace(/[<>&\r]/g, escapeCharacter);
}

/**
 * Escapes text for an attribute value in double quotes, white space that a reader would normalise included.
 * Errors: `FormatError` `badInput` naming `place`, for a character that XML cannot hold.
 */
export function escapeAttribute(value: string, place = ''): string {
  if (!NEEDS_WORK.test(value)) return value;
  refuseIllegal(value, place);
  return value.replace(/[<>&"\r\n\t]/g, escapeCharacter);
}

function escapeCharacter(character: string): string {
  switch (character) {
    case '<':
      return '&lt;';
    case '>':
      return '&gt;';
    case '&':
      return '&amp;';
    case '"':
      return '&quot;';
    case '\r':
      return '&#xD;';
    case '\n':
      return '&#xA;';
    default:
      return '&#x9;';
  }
}

function refuseIllegal(value: string, place: string): void {
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if ((CHARACTER[code]! & ILLEGAL) === 0) continue;
    const name = code.toString(16).toUpperCase().padStart(4, '0');
    throw new FormatError('badInput', `XML cannot hold the character U+${name}`, { place });
  }
  if (!isWellFormed(value))
    throw new FormatError('badInput', 'XML cannot hold an unpaired surrogate', { place });
}
