import { describe, expect, it } from 'vitest';
import { decodeXml } from '../../../src/formats/xml/encoding.ts';

const utf16 = (text: string, big = false) => {
  const bytes = Buffer.from(text, 'utf16le');
  return big ? bytes.swap16() : bytes;
};
const latin1 = (text: string) => Buffer.from(text, 'latin1');

describe('decoding bytes to XML text', () => {
  it('takes UTF-8 when nothing is said, and drops the mark', () => {
    expect(decodeXml(Buffer.from('<a>é😀</a>'))).toBe('<a>é😀</a>');
    expect(decodeXml(Buffer.from('\ufeff<a>é</a>'))).toBe('<a>é</a>');
  });

  it('obeys the declaration when the header names no charset', () => {
    expect(
      decodeXml(latin1('<?xml version="1.0" encoding="ISO-8859-1"?><a>é\x85</a>'), 'text/xml'),
    ).toContain('<a>é\u0085</a>');
    expect(decodeXml(latin1('<?xml version="1.0" encoding=\'windows-1252\'?><a>\x80\x93</a>'))).toContain(
      '<a>€“</a>',
    );
    expect(decodeXml(latin1('<?xml version="1.0" encoding="US-ASCII"?><a>x</a>'))).toContain('<a>x</a>');
  });

  it('believes the header before the declaration, and the mark before both', () => {
    const declared = '<?xml version="1.0" encoding="utf-8"?><a>é</a>';
    expect(decodeXml(latin1(declared), 'application/soap+xml; charset="iso-8859-1"; action="x"')).toBe(
      declared,
    );
    expect(decodeXml(Buffer.from(`\ufeff${declared}`), 'text/xml; charset=iso-8859-1')).toBe(declared);
    expect(decodeXml(utf16(`\ufeff${declared}`), 'text/xml; charset=utf-8')).toBe(declared);
    expect(decodeXml(utf16(`\ufeff${declared}`, true))).toBe(declared);
  });

  it('reads UTF-16 without a mark where it shows or is named', () => {
    const declared = '<?xml version="1.0" encoding="UTF-16"?><a>é</a>';
    expect(decodeXml(utf16(declared))).toBe(declared);
    expect(decodeXml(utf16(declared, true), 'text/xml; charset=utf-16')).toBe(declared);
    expect(decodeXml(utf16('<a/>', true), 'text/xml; charset=utf-16be')).toBe('<a/>');
  });

  it.each([
    ['bytes that are not UTF-8', latin1('<a>é</a>'), undefined],
    ['bytes that are not ASCII', latin1('<a>é</a>'), 'text/xml; charset=us-ascii'],
    ['half a UTF-16 character', Buffer.concat([utf16('\ufeff<a/>'), Buffer.from('x')]), undefined],
    [
      'a declaration of UTF-16 in single bytes',
      Buffer.from('<?xml version="1.0" encoding="UTF-16"?><a/>'),
      undefined,
    ],
    [
      'a declaration of UTF-8 in double bytes',
      utf16('<?xml version="1.0" encoding="UTF-8"?><a/>'),
      undefined,
    ],
    ['an encoding nobody reads', Buffer.from('<?xml version="1.0" encoding="EBCDIC-CP-US"?><a/>'), undefined],
    ['a charset nobody reads', Buffer.from('<a/>'), 'text/xml; charset=__proto__'],
  ])('refuses %s', (_, bytes, contentType) => {
    expect(() => decodeXml(bytes, contentType)).toThrow(
      expect.objectContaining({ name: 'FormatError', problem: 'invalid' }),
    );
  });

  it('refuses what is too large before it decodes it', () => {
    expect(() => decodeXml(Buffer.from('<a/>'), undefined, 3)).toThrow(
      expect.objectContaining({ problem: 'tooLarge' }),
    );
  });
});
