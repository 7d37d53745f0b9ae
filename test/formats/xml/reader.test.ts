import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/formats/format-error.ts';
import {
  DOCUMENT_END,
  ELEMENT_END,
  ELEMENT_START,
  TEXT,
  XmlReader,
} from '../../../src/formats/xml/reader.ts';

function readAll(source: string, limits = {}): void {
  const reader = new XmlReader(source, limits);
  while (reader.next() !== DOCUMENT_END) {
    // To the end.
  }
}

function problemOf(work: () => unknown): FormatError {
  try {
    work();
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error('Nothing was thrown');
}

describe('the XML reader', () => {
  it('walks a document by pull, with names, attributes and text', () => {
    const reader = new XmlReader('<a xmlns="urn:a" x="1" p:y="2" xmlns:p="urn:p">one<p:b/>two</a>');
    expect(reader.next()).toBe(ELEMENT_START);
    expect([reader.namespace, reader.localName, reader.depth]).toEqual(['urn:a', 'a', 1]);
    expect([reader.attribute('', 'x'), reader.attribute('urn:p', 'y'), reader.attribute('', 'y')]).toEqual([
      '1',
      '2',
      undefined,
    ]);
    expect(reader.next()).toBe(TEXT);
    expect(reader.text).toBe('one');
    expect(reader.next()).toBe(ELEMENT_START);
    expect([reader.namespace, reader.localName]).toEqual(['urn:p', 'b']);
    expect(reader.next()).toBe(ELEMENT_END);
    expect(reader.next()).toBe(TEXT);
    expect(reader.next()).toBe(ELEMENT_END);
    expect(reader.next()).toBe(DOCUMENT_END);
    expect(reader.next()).toBe(DOCUMENT_END);
  });

  it('reads the text of an element over CDATA sections, comments and references', () => {
    const reader = new XmlReader('<a>x &lt; <!-- no --><![CDATA[<y>]]>&#233;<?no?>\r\nz</a>');
    reader.next();
    expect(reader.readText()).toBe('x < <y>é\nz');
    expect(reader.next()).toBe(DOCUMENT_END);
  });

  it('refuses child elements where text is read, naming the place', () => {
    const reader = new XmlReader('<a>\n <b/></a>');
    reader.next();
    expect(problemOf(() => reader.readText()).place).toBe('line 2, column 2');
  });

  it('skips an element and checks what it skips', () => {
    const reader = new XmlReader('<a><b><c>x</c></b><d/></a>');
    reader.next();
    reader.next();
    reader.skipElement();
    expect(reader.next()).toBe(ELEMENT_START);
    expect(reader.localName).toBe('d');
    const broken = new XmlReader('<a><b><c>x</b></a>');
    broken.next();
    expect(() => broken.skipElement()).toThrow(/does not match/);
  });

  it('tells names apart that begin alike, whichever came before', () => {
    const reader = new XmlReader('<a><x/><b/><x/><bc/><x/><b/><x/><b:c xmlns:b="1"/></a>');
    const names: string[] = [];
    for (let kind = reader.next(); kind !== DOCUMENT_END; kind = reader.next())
      if (kind === ELEMENT_START) names.push(`${reader.prefix}:${reader.localName}`);
    expect(names).toEqual([':a', ':x', ':b', ':x', ':bc', ':x', ':b', ':x', 'b:c']);
  });

  it('goes from tag to tag and refuses text between them', () => {
    const reader = new XmlReader('<a>\n <!-- c --> <b/> <?p?>\n</a>');
    expect([
      reader.nextTag(),
      reader.nextTag(),
      reader.nextTag(),
      reader.nextTag(),
      reader.nextTag(),
    ]).toEqual([1, 1, 2, 2, 0]);
    const texts = new XmlReader('<a> x <b/></a>');
    texts.nextTag();
    expect(() => texts.nextTag()).toThrow(/only elements are allowed/);
  });

  it('resolves prefixes in content and forgets them with their element', () => {
    const reader = new XmlReader('<a xmlns:p="1"><b xmlns:p="2" xmlns="d"/></a>');
    reader.next();
    expect(reader.lookupNamespace('p')).toBe('1');
    reader.next();
    expect([reader.lookupNamespace('p'), reader.lookupNamespace('')]).toEqual(['2', 'd']);
    reader.next();
    expect([reader.lookupNamespace('p'), reader.lookupNamespace(''), reader.lookupNamespace('q')]).toEqual([
      '1',
      '',
      undefined,
    ]);
  });

  it('goes back to a bookmark and reads that element alone', () => {
    const reader = new XmlReader('<a xmlns:p="1"><p:b x="y"><c/></p:b><d/></a>');
    reader.next();
    reader.next();
    const bookmark = reader.bookmark();
    reader.skipElement();
    const again = reader.at(bookmark);
    again.next();
    expect([again.namespace, again.localName, again.attribute('', 'x')]).toEqual(['1', 'b', 'y']);
    again.skipElement();
    expect(again.next()).toBe(DOCUMENT_END);
  });

  it.each([
    ['nothing', '', 'line 1, column 1'],
    ['text alone', 'hello', 'line 1, column 1'],
    ['JSON', '{"a": 1}', 'line 1, column 1'],
    ['a cut document', '<a>\n<b>x</b>', 'line 2, column 9'],
    ['a cut tag', '<a>\n<b', 'line 2, column 3'],
    ['mismatched tags', '<a>\r\n<b>\r</a></b>', 'line 3, column 1'],
    ['HTML', '<html>\n<body>\n<br></body></html>', 'line 3, column 5'],
    ['two roots', '<a/><b/>', 'line 1, column 5'],
    ['a document type', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 'line 1, column 1'],
    ['an unknown entity', '<a>&nbsp;</a>', 'line 1, column 4'],
    ['a control character', '<a>\u0001</a>', 'line 1, column 4'],
    ['an undeclared prefix', '<a>\n <p:b/></a>', 'line 2, column 2'],
  ])('refuses %s, with line and column', (_, source, place) => {
    const error = problemOf(() => readAll(source));
    expect([error.problem, error.place]).toEqual(['invalid', place]);
  });

  it('refuses every truncation of a document', () => {
    const document = '<?xml version="1.0"?><a x="1&lt;"><!-- c --><b>t&amp;</b><![CDATA[d]]><?p i?></a>';
    readAll(document);
    for (let length = 0; length < document.length; length++) {
      expect(() => readAll(document.slice(0, length)), document.slice(0, length)).toThrow(FormatError);
    }
  });

  it.each([
    ['maxBytes', `<a>${'x'.repeat(100)}</a>`, { maxBytes: 100 }],
    ['maxDepth', `${'<a>'.repeat(6)}${'</a>'.repeat(6)}`, { maxDepth: 5 }],
    ['maxAttributes', '<a b="1" c="2" xmlns:d="3"/>', { maxAttributes: 2 }],
    ['maxChildren', '<a><b/><b/><b/></a>', { maxChildren: 2 }],
    ['maxNameLength', `<${'a'.repeat(11)}/>`, { maxNameLength: 10 }],
    ['maxNames', '<a><b/><c/><d/></a>', { maxNames: 3 }],
  ])('holds the limit %s', (limit, source, limits) => {
    readAll(source);
    const error = problemOf(() => readAll(source, limits));
    expect(error.problem).toBe('tooLarge');
    expect(error.message).toContain(limit);
  });

  it('refuses 200,000 nested elements, a million attributes and ten million siblings within its limits', () => {
    expect(problemOf(() => readAll('<a>'.repeat(200_000))).problem).toBe('tooLarge');
    const attributes = Array.from({ length: 1_000_000 }, (_, index) => ` a${index}=""`).join('');
    expect(problemOf(() => readAll(`<a${attributes}/>`)).problem).toBe('tooLarge');
    expect(problemOf(() => readAll(`<a>${'<b/>'.repeat(10_000_000)}</a>`)).problem).toBe('tooLarge');
  });

  it('is not slowed by names made to collide', () => {
    const names = Array.from(
      { length: 15_000 },
      (_, index) => `Aa${index.toString(2).padStart(14, '0').replaceAll('0', 'BB').replaceAll('1', 'Aa')}`,
    );
    const started = performance.now();
    readAll(`<r>${names.map((name) => `<${name}/>`).join('')}</r>`);
    expect(performance.now() - started).toBeLessThan(1_500);
  });
});
