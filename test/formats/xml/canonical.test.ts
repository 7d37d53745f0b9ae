import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalizeDocument } from '../../../src/formats/xml/canonical.ts';
import { goodDocument } from './arbitrary-xml.ts';
import { hasProgram, xmllint } from './judges.ts';

const judge = hasProgram('xmllint');
if (!judge && process.env.TRIBUTARY_REQUIRE_SERVICES === '1')
  throw new Error('xmllint (libxml2-utils) is required here');
if (!judge)
  console.warn('skipped: xmllint (libxml2-utils) is not installed, so nothing judges canonical XML');

const EXAMPLES = [
  '<a/>',
  '<?xml version="1.0"?>\n<?before  the root?>\n<!-- c -->\n<a   b = \'1\'\n></a>\n<?after?>\n<!-- d -->',
  '<a xmlns="urn:d" xmlns:p="urn:p" xmlns:unused="urn:u"><p:b z="1" a="2" p:c="3" xml:lang="en"/><c xmlns=""/><c xmlns=""><d xmlns="urn:d"/></c></a>',
  '<a>\r\n&#13;&lt;&gt;&amp;"\'<![CDATA[<x>&]]>é😀<b c="&#10;&#9;&#13;&lt;&gt;&amp;&quot;\'"/></a>',
  '<p:a xmlns:p="urn:1"><p:a xmlns:p="urn:2"><p:a xmlns:p="urn:1"/></p:a></p:a>',
];

describe.skipIf(!judge)('canonical XML', () => {
  it.each(EXAMPLES)('is what xmllint makes of %j', (source) => {
    expect(canonicalizeDocument(source, { exclusive: true, comments: true })).toBe(
      xmllint(['--exc-c14n'], source),
    );
    expect(canonicalizeDocument(source, { exclusive: false, comments: true })).toBe(
      xmllint(['--c14n'], source),
    );
  });

  it('is what xmllint makes of generated documents', () => {
    fc.assert(
      fc.property(goodDocument, (source) => {
        expect(canonicalizeDocument(source, { exclusive: true, comments: true })).toBe(
          xmllint(['--exc-c14n'], source),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('is its own canonical form', () => {
    fc.assert(
      fc.property(goodDocument, (source) => {
        const once = canonicalizeDocument(source);
        expect(canonicalizeDocument(once)).toBe(once);
      }),
      { numRuns: 200 },
    );
  });
});
