import fc from 'fast-check';

/** Pieces that a document is made of, right and wrong ones: names, references, markup that almost is some. */
const PIECES = [
  '<a>',
  '</a>',
  '<a/>',
  '<b x="1">',
  '</b>',
  '<p:a xmlns:p="u">',
  '</p:a>',
  '<p:b/>',
  '<a xmlns="d">',
  '<a xmlns="">',
  '<a b="1" b="2"/>',
  '<a xmlns:p="u" xmlns:q="u" p:x="1" q:x="2"/>',
  '<a xmlns:p="u" p:x="1" x="2"/>',
  '<a\n  x = "1"\ty=\'2\' />',
  'text',
  ' ',
  '\n',
  '\r\n',
  '\r',
  '\t',
  '&amp;',
  '&lt;',
  '&#65;',
  '&#x41;',
  '&#0;',
  '&#xD800;',
  '&#x110000;',
  '&nbsp;',
  '&',
  ';',
  ']]>',
  ']]',
  '>',
  '<!-- c -->',
  '<!--c--->',
  '<!-- a -- b -->',
  '<![CDATA[ x < & ]]>',
  '<![CDATA[]]>',
  '<?pi data?>',
  '<?pi?>',
  '<?pi ?>',
  '<?xml version="1.0"?>',
  '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
  '<?XML x?>',
  '<!DOCTYPE a>',
  '<!ELEMENT a>',
  '<',
  '</',
  '<a',
  '<a x',
  '<a x="',
  '</a',
  '<!',
  '<?',
  '<é>',
  '</é>',
  '<1>',
  '<-a>',
  '<a:>',
  '<:a>',
  '<a:b:c/>',
  '<xml:a/>',
  '<a xml:lang="en"/>',
  '<a xmlns:xml="x"/>',
  '<a xmlns:xmlns="x"/>',
  '<a xmlns:p=""/>',
  '<a x="<"/>',
  '<a x="&lt;&#10;\n\t"/>',
  "<a x='\"'/>",
  '<a x="\'"/>',
  '<a x=1/>',
  '<a x="1"y="2"/>',
  '\u0001',
  '\u0085',
  '\ufffe',
  '\ufeff',
  '😀',
  '\u00b7',
  '<a·/>',
  '</ a>',
  '</a >',
  '< a>',
  '<xmlns:a/>',
  '<a xmlns:b="http://www.w3.org/2000/xmlns/"/>',
  '<a xmlns="http://www.w3.org/XML/1998/namespace"/>',
  '<a xmlns:xml="http://www.w3.org/XML/1998/namespace"/>',
];

/** Any order of pieces, mostly inside one root so that not every document fails at once. */
export const anyDocument: fc.Arbitrary<string> = fc
  .tuple(fc.boolean(), fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }))
  .map(([rooted, pieces]) => (rooted ? `<r>${pieces.join('')}</r>` : pieces.join('')));

const name = fc.constantFrom('a', 'b', 'long-name', 'p:a', 'q:b', 'é', '_x.1');
const characters = fc.string({
  unit: fc.constantFrom('x', 'é', '😀', '&amp;', '&#9;', '&gt;', ' ', '\n', '\r\n', "'", ']', '\u0085'),
  maxLength: 8,
});
const attribute = fc.tuple(fc.constantFrom('x', 'y', 'p:x', 'q:y', 'xml:lang'), characters);

/** A well-formed document: elements with attributes and mixed content. */
export const goodDocument: fc.Arbitrary<string> = fc
  .letrec<{ element: string; content: string }>((tie) => ({
    element: fc
      .tuple(
        name,
        fc.uniqueArray(attribute, { selector: ([key]) => key, maxLength: 3 }),
        fc.array(tie('content'), { maxLength: 4 }),
        fc.boolean(),
      )
      .map(([tag, attributes, content, empty]) => {
        const head = `${tag}${attributes.map(([key, value]) => ` ${key}="${value}"`).join('')}`;
        return empty ? `<${head}/>` : `<${head}>${content.join('')}</${tag} >`;
      }),
    content: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      characters,
      fc.constantFrom('<!-- comment -->', '<?go on?>', '<![CDATA[a < b\r\n]]>'),
      tie('element'),
    ),
  }))
  .element.map(
    (element) =>
      `<?xml version="1.0"?>\n<root xmlns:p="urn:p" xmlns:q="urn:q">${element}</root>\n<!-- end -->`,
  );

/** A document with some characters cut out, put in, doubled or replaced. */
export function mutated(document: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const edit = fc.tuple(
    fc.nat(),
    fc.nat(6),
    fc.constantFrom(
      '',
      '<',
      '>',
      '&',
      '"',
      "'",
      '/',
      ':',
      ' ',
      '=',
      '!',
      '?',
      '-',
      ']',
      'x',
      '\u0000',
      '\ud800',
      'xmlns',
    ),
  );
  return fc.tuple(document, fc.array(edit, { minLength: 1, maxLength: 3 })).map(([text, edits]) => {
    let result = text;
    for (const [at, cut, insert] of edits) {
      const index = at % (result.length + 1);
      result = result.slice(0, index) + insert + result.slice(index + cut);
    }
    return result;
  });
}
