import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { envelope, smallOperation } from '../soap/small-wsdl.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

it('a value that is kept, in a cache say, does not keep the document that it came in', async () => {
  const operation = await smallOperation({
    schema: `<xsd:element name="Ask" type="xsd:string"/><xsd:element name="Answer"><xsd:complexType><xsd:sequence>
      <xsd:element name="text" type="xsd:string"/><xsd:element name="mixed" type="xsd:string"/></xsd:sequence><xsd:attribute name="note" type="xsd:string"/></xsd:complexType></xsd:element>`,
  });
  const kept: unknown[] = [];
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < 100; index++) {
    const padding = `<t:unknown>${`${index} `.repeat(250_000)}</t:unknown>`;
    const body = `<t:Answer note="a note of some length ${index}"><t:text>a text of some length ${index}</t:text>${padding}<t:mixed>a mixed <!-- -->text of some length ${index}</t:mixed></t:Answer>`;
    kept.push(operation.decode(envelope(body)));
  }
  collectGarbage();
  const keptMegabytes = (process.memoryUsage().heapUsed - before) / 1e6;
  expect(kept[99]).toMatchObject({
    body: {
      note: 'a note of some length 99',
      text: 'a text of some length 99',
      mixed: 'a mixed text of some length 99',
    },
  });
  // The documents have some 60 MB together.
  expect(keptMegabytes).toBeLessThan(5);
});
