import { describe, expect, it } from 'vitest';
import { codeUnitsInSlices, giveBackCodeUnits, takeCodeUnits } from '../../../src/formats/xml/code-units.ts';
import { XmlReader } from '../../../src/formats/xml/reader.ts';
import { readWithOurs } from './judges.ts';

const textOf = (units: Uint16Array, length: number) => String.fromCharCode(...units.subarray(0, length));

describe('the code units of a text', () => {
  it.each(['', '<a/>', '<a>é€\u{1f600}</a>', `<a>${'x'.repeat(20_000)}</a>`])('are those of %j', (text) => {
    expect(textOf(takeCodeUnits(text), text.length)).toBe(text);
  });

  it('end in zeros, whatever a longer text has left', () => {
    giveBackCodeUnits(takeCodeUnits('<a><b/></a>'.repeat(100)));
    const units = takeCodeUnits('<a>');
    expect(textOf(units, 7)).toBe('<a>\0\0\0\0');
  });

  it('of two texts read at the same time do not get in each other’s way', () => {
    giveBackCodeUnits(takeCodeUnits('<z/>'));
    const [first, second] = [takeCodeUnits('<a/>'), takeCodeUnits('<b/>')];
    expect([textOf(first, 4), textOf(second, 4)]).toEqual(['<a/>', '<b/>']);
  });

  it('are taken with pauses where the text is long, half a character at a time if need be', () => {
    const text = `x${'\u{1f600}'.repeat(300_000)}`;
    const work = codeUnitsInSlices(text);
    expect(work.next().done).toBe(false);
    const { value } = work.next();
    expect(Buffer.from(value!.buffer).toString('utf16le', 0, text.length * 2)).toBe(text);
  });
});

describe('a reader', () => {
  it('finds a document cut that was whole before', () => {
    const whole = '<a><b>text</b><c x="y"/></a>';
    for (let end = 0; end < whole.length; end++) {
      expect(readWithOurs(whole)).not.toBeInstanceOf(Error);
      expect(readWithOurs(whole.slice(0, end))).toBeInstanceOf(Error);
    }
  });

  it('goes back to a bookmark when the document is read and others have been since', () => {
    const reader = new XmlReader('<a><b>one</b></a>');
    reader.nextTag();
    reader.nextTag();
    const bookmark = reader.bookmark();
    while (reader.next() !== 0) {
      // To the end.
    }
    readWithOurs('<c><d>two</d></c>');
    const again = reader.at(bookmark);
    again.nextTag();
    readWithOurs('<e><f>six</f></e>');
    expect([again.localName, again.readText()]).toEqual(['b', 'one']);
  });

  it('at a bookmark reads on when the reader that it came from is at its end', () => {
    const reader = new XmlReader('<a><b>one</b></a>');
    reader.nextTag();
    reader.nextTag();
    const again = reader.at(reader.bookmark());
    while (reader.next() !== 0) {
      // To the end.
    }
    readWithOurs('<c><d>two</d></c>');
    again.nextTag();
    expect([again.localName, again.readText()]).toEqual(['b', 'one']);
  });
});
