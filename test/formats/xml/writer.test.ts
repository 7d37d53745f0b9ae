import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/formats/format-error.ts';
import { isXmlCodePoint } from '../../../src/formats/xml/characters.ts';
import { XmlReader } from '../../../src/formats/xml/reader.ts';
import { XmlWriter } from '../../../src/formats/xml/writer.ts';

function write(attribute: string, text: string): string {
  const writer = new XmlWriter();
  writer.path.push('EstimateFares', 'request', 2, 'colour');
  writer.start('urn:a', 'a');
  writer.attribute('', 'x', attribute);
  writer.text(text);
  writer.end();
  return writer.toString();
}

const legal = fc
  .string({ unit: 'binary' })
  .filter((text) => [...text].every((c) => isXmlCodePoint(c.codePointAt(0)!)));

describe('the XML writer', () => {
  it('declares the namespaces it used on the root, with the prefixes asked for', () => {
    const writer = new XmlWriter({ 'urn:e': 'soap' });
    writer.start('urn:e', 'Envelope');
    writer.start('urn:a', 'a');
    writer.element('', 'b', '1 < 2');
    writer.start('urn:e', 'c');
    writer.end();
    writer.end();
    writer.end();
    expect(writer.toString()).toBe(
      '<soap:Envelope xmlns:soap="urn:e" xmlns:ns1="urn:a"><ns1:a><b>1 &lt; 2</b><soap:c/></ns1:a></soap:Envelope>',
    );
  });

  it('writes any text and attribute so that a reader gets it back exactly', () => {
    fc.assert(
      fc.property(legal, legal, (attribute, text) => {
        const reader = new XmlReader(write(attribute, text));
        reader.next();
        expect(reader.attribute('', 'x')).toBe(attribute);
        expect(reader.readText()).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['\u0000'],
    ['\u0008'],
    ['\u001f'],
    ['\ufffe'],
    ['\uffff'],
    ['\ud800'],
    ['x\udc00x'],
    ['\udc00\ud800'],
  ])('refuses %j, naming the place in the value', (bad) => {
    for (const work of [() => write(bad, ''), () => write('', bad)]) {
      expect(work).toThrow(FormatError);
      expect(work).toThrow(
        expect.objectContaining({ problem: 'badInput', place: 'EstimateFares/request[2]/colour' }),
      );
    }
  });

  it('refuses names that are no XML names', () => {
    const writer = new XmlWriter();
    for (const name of ['', '1a', 'a b', 'a:b', 'a>', '\ud800'])
      expect(() => writer.start('', name)).toThrow(FormatError);
  });
});
