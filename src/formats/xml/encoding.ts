import { FormatError } from '../format-error.ts';
import { XML_LIMITS } from './limits.ts';

/** The encodings that are read, by the labels in use for them. */
const ENCODINGS: Readonly<Record<string, Encoding>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'utf-16': 'utf-16',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
  'iso-8859-1': 'iso-8859-1',
  'iso8859-1': 'iso-8859-1',
  'iso_8859-1': 'iso-8859-1',
  latin1: 'iso-8859-1',
  'windows-1252': 'windows-1252',
  'cp-1252': 'windows-1252',
  cp1252: 'windows-1252',
  'us-ascii': 'us-ascii',
  ascii: 'us-ascii',
};

export type Encoding =
  | 'utf-8'
  | 'utf-16'
  | 'utf-16le'
  | 'utf-16be'
  | 'iso-8859-1'
  | 'windows-1252'
  | 'us-ascii';

/** Drops a mark, and throws for what is not UTF-8; making one costs more than reading a short answer. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** What 0x80 to 0x9F mean in windows-1252; the five holes stay control characters, as in every decoder. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';
/** The XML declaration ends within so many bytes or it is not read for its encoding. */
const DECLARATION_BYTES = 1_024;

/**
 * Decodes the bytes of an XML document. The encoding is that of the byte order mark, else of `charset` in the
 * HTTP header, else of the XML declaration, else UTF-8; a mark or header that differs from the declaration wins.
 *
 * Errors: `FormatError` `invalid` for bytes that are not of that encoding, for an encoding that is not read, and for
 * a declaration that cannot be true (UTF-16 without a mark in bytes of one a character); `tooLarge` for the size.
 * Implements RFC 7303 §3 and XML 1.0 appendix F.
 *
 * @param contentType the HTTP header as it came, `text/xml; charset=iso-8859-1`
 */
export function decodeXml(
  bytes: Uint8Array,
  contentType?: string,
  maxBytes: number = XML_LIMITS.maxBytes,
): string {
  if (bytes.length > maxBytes) {
    throw new FormatError('tooLarge', `The XML passes the limit maxBytes (${maxBytes})`);
  }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return decodeAs(encodingOf(buffer, contentType), buffer);
}

/** The `charset` parameter of a content type, in lower case. */
export function charsetOf(contentType: string | undefined): string | undefined {
  const match = /;\s*charset\s*=\s*(?:"([^"]*)"|([^;\s]+))/i.exec(contentType ?? '');
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

function encodingOf(buffer: Buffer, contentType: string | undefined): Encoding {
  if (buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf) return 'utf-8';
  if (buffer[0] === 0xfe && buffer[1] === 0xff) return 'utf-16be';
  if (buffer[0] === 0xff && buffer[1] === 0xfe) return 'utf-16le';
  const charset = charsetOf(contentType);
  if (charset !== undefined) {
    const encoding = named(charset);
    // RFC 7303 §3.3: UTF-16 without a mark is big-endian, but what can be seen is believed first.
    return encoding === 'utf-16' ? (unmarkedUtf16(buffer) ?? 'utf-16be') : encoding;
  }
  const wide = unmarkedUtf16(buffer);
  const start = buffer.subarray(0, DECLARATION_BYTES);
  const text =
    wide === undefined ? start.toString('latin1') : decodeAs(wide, start.subarray(0, start.length & ~1));
  const declared = /^<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']/
    .exec(text)?.[1]
    ?.toLowerCase();
  if (declared === undefined) return wide ?? 'utf-8';
  const encoding = named(declared);
  if (encoding.startsWith('utf-16') !== (wide !== undefined)) {
    throw new FormatError('invalid', 'The XML declaration names an encoding that the bytes are not in', {
      place: 'line 1, column 1',
    });
  }
  return wide ?? encoding;
}

/** XML starts with '<' in any encoding: a zero beside it gives UTF-16 away. */
function unmarkedUtf16(buffer: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (buffer[0] === 0x3c && buffer[1] === 0) return 'utf-16le';
  if (buffer[0] === 0 && buffer[1] === 0x3c) return 'utf-16be';
  return undefined;
}

function named(label: string): Encoding {
  const encoding = Object.hasOwn(ENCODINGS, label) ? ENCODINGS[label] : undefined;
  if (encoding === undefined) throw new FormatError('invalid', 'The XML is in an encoding that is not read');
  return encoding;
}

function decodeAs(encoding: Encoding, buffer: Buffer): string {
  switch (encoding) {
    case 'utf-8':
      try {
        return UTF8.decode(buffer);
      } catch (cause) {
        throw wrong('UTF-8', cause);
      }
    case 'us-ascii':
      if (buffer.some((byte) => byte > 0x7f)) throw wrong('US-ASCII');
      return buffer.toString('latin1');
    case 'iso-8859-1':
      return buffer.toString('latin1');
    case 'windows-1252':
      // Not TextDecoder: some releases of Node 22 and 23 decode this label as ISO-8859-1.
      return buffer.toString('latin1').replace(/[\x80-\x9f]/g, (c) => WINDOWS_1252[c.charCodeAt(0) - 0x80]!);
    default: {
      if (buffer.length % 2 !== 0) throw wrong('UTF-16');
      const little = encoding === 'utf-16le' ? buffer : Buffer.from(buffer).swap16();
      const text = little.toString('utf16le');
      return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    }
  }
}

function wrong(encoding: string, cause?: unknown): FormatError {
  return new FormatError('invalid', `The bytes of the XML are not ${encoding}`, {
    place: 'the encoding',
    cause,
  });
}
