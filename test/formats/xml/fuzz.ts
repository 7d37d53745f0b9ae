import fc from 'fast-check';
import { FormatError } from '../../../src/formats/format-error.ts';
import { decodeReply } from '../../../src/formats/wsdl/call.ts';
import { envelope, smallOperation } from '../soap/small-wsdl.ts';
import { anyDocument, goodDocument, mutated } from './arbitrary-xml.ts';
import { readWithOurs, readWithSaxes } from './judges.ts';

/** What one run of the fuzzer did. */
export interface FuzzFigures {
  documents: number;
  accepted: number;
  refused: number;
  slowestMs: number;
}

const TYPES = `<xsd:complexType name="Node"><xsd:sequence><xsd:element name="id" type="xsd:long"/><xsd:element name="when" type="xsd:dateTime" minOccurs="0" nillable="true"/>
    <xsd:element name="node" type="t:Node" minOccurs="0" maxOccurs="unbounded"/><xsd:any minOccurs="0" maxOccurs="unbounded"/></xsd:sequence><xsd:attribute name="size" type="xsd:decimal"/></xsd:complexType>`;
const literal = await smallOperation({
  schema: `${TYPES}<xsd:element name="Ask" type="xsd:string"/><xsd:element name="Answer" type="t:Node"/>`,
});
const encoded = await smallOperation({
  schema: TYPES,
  style: 'rpc',
  use: 'encoded',
  input: [],
  output: ['name="node" type="t:Node"', 'name="any" type="xsd:anyType"'],
});

/** Answers that are right, to be made wrong. */
const ANSWERS = [
  envelope(
    '<t:Answer size="1.50"><t:id>1</t:id><t:when xsi:nil="true"/><t:node><t:id>2</t:id><t:when>2026-01-01T00:00:00Z</t:when></t:node><o:x xmlns:o="urn:o">y<!-- z --></o:x></t:Answer>',
  ),
  envelope(
    '<soap:Fault><faultcode>soap:Server</faultcode><faultstring>x</faultstring><detail><t:a>1</t:a></detail></soap:Fault>',
  ),
  envelope(
    '<t:AskResponse><node href="#a"/><any soapenc:arrayType="xsd:int[2]"><i xsi:type="xsd:int">1</i><i xsi:type="xsd:string">x</i></any></t:AskResponse><m id="a"><id>1</id></m>',
  ),
];
const hostile = fc.constantFrom(
  '<a>'.repeat(5_000),
  `<a ${'b'.repeat(5_000)}="`,
  `<a${' c=""'.repeat(300)}/>`,
  '<!DOCTYPE a [<!ENTITY b "c">]>&b;',
  '&#x0;',
  '\ud800',
  'href="#a"',
  '<![CDATA[',
  ']]>',
  '<?xml?>',
  '\u0000',
);
const wrongAnswer = fc
  .tuple(mutated(fc.constantFrom(...ANSWERS)), fc.option(hostile), fc.nat())
  .map(([text, more, at]) => {
    if (more === null) return text;
    const index = at % (text.length + 1);
    return text.slice(0, index) + more + text.slice(index);
  });

/**
 * Reads mutated, cut and hostile documents for so many milliseconds. Throws when anything but a `FormatError` is thrown, when a
 * document that saxes refuses is accepted, or when one takes a second of processor time: others may keep the machine busy.
 */
export async function fuzzXml(durationMs: number, seed: number = Date.now()): Promise<FuzzFigures> {
  const figures: FuzzFigures = { documents: 0, accepted: 0, refused: 0, slowestMs: 0 };
  const documents = fc.oneof(anyDocument, mutated(goodDocument), wrongAnswer);
  const end = performance.now() + durationMs;
  for (let round = 0; performance.now() < end; round++) {
    for (const document of fc.sample(documents, { numRuns: 200, seed: (seed + round) | 0 })) {
      const started = process.cpuUsage();
      await check(document, figures).catch((cause: unknown) => {
        throw new Error(`Seed ${seed}, document ${JSON.stringify(document)}`, { cause });
      });
      figures.slowestMs = Math.max(figures.slowestMs, cpuMsSince(started));
      if (figures.slowestMs > 1_000)
        throw new Error(
          `Seed ${seed}: a document of ${document.length} characters took ${figures.slowestMs} ms`,
        );
    }
  }
  return figures;
}

function cpuMsSince(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1_000;
}

async function check(document: string, figures: FuzzFigures): Promise<void> {
  figures.documents++;
  const ours = readWithOurs(document);
  if (ours instanceof Error) {
    if (!(ours instanceof FormatError)) throw ours;
    figures.refused++;
  } else {
    const theirs = readWithSaxes(document);
    // Blank namespace names are the one thing that saxes refuses and we do not.
    if (theirs instanceof Error && !/undefine prefix/.test(theirs.message))
      throw new Error('Accepted what saxes refuses', { cause: theirs });
    figures.accepted++;
  }
  for (const operation of [literal, encoded]) {
    try {
      await decodeReply(operation, Buffer.from(document), 'text/xml; charset=utf-8');
      if (ours instanceof Error && !document.includes('\ud800'))
        throw new Error('Decoded what is not well-formed', { cause: ours });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
}
