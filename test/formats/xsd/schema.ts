import { XmlReader } from '../../../src/formats/xml/reader.ts';
import { runWhole } from '../../../src/formats/xml/slices.ts';
import { readTree } from '../../../src/formats/xml/tree.ts';
import { XmlWriter } from '../../../src/formats/xml/writer.ts';
import { DecoderCompiler } from '../../../src/formats/xsd/compile-decoder.ts';
import { EncoderCompiler } from '../../../src/formats/xsd/compile-encoder.ts';
import { decodeElement, decodeElementSliced } from '../../../src/formats/xsd/decoder.ts';
import { encodeElement } from '../../../src/formats/xsd/encode.ts';
import { loadSchemas } from '../../../src/formats/xsd/load.ts';
import { Resolver } from '../../../src/formats/xsd/resolve.ts';
import { SchemaSet } from '../../../src/formats/xsd/schema-set.ts';

export interface ElementCodec {
  read(xml: string): unknown;
  /** As `read`, by the generators that long documents are read with. */
  readSliced(xml: string): unknown;
  write(value: unknown): string;
  readonly warnings: readonly string[];
}

/** The codec of one element of a schema; `documents` holds what it includes and imports, by location. */
export async function elementCodec(
  schema: string,
  name: string,
  documents: Readonly<Record<string, string>> = {},
  keepOrder = false,
): Promise<ElementCodec> {
  const set = new SchemaSet();
  const readFile = (location: string) => {
    const text = documents[location];
    if (text === undefined) throw new Error(`No ${location}`);
    return text;
  };
  await loadSchemas(set, [{ node: readTree(schema), location: 'main.xsd' }], readFile);
  const resolver = new Resolver(set);
  const element = resolver.element(name);
  if (element === undefined) throw new Error(`No element ${name}`);
  const decoder = new DecoderCompiler(resolver, keepOrder).element(element);
  const encoder = new EncoderCompiler(resolver, keepOrder).element(element);
  const start = (xml: string) => {
    const reader = new XmlReader(xml);
    reader.nextTag();
    return reader;
  };
  return {
    read: (xml) => decodeElement(decoder, start(xml), { requireAll: true, pauseAt: 0 }),
    readSliced: (xml) => runWhole(decodeElementSliced(decoder, start(xml), { requireAll: true, pauseAt: 0 })),
    write(value) {
      const writer = new XmlWriter({ 'urn:t': 't', 'http://www.w3.org/2001/XMLSchema-instance': 'xsi' });
      writer.path.push('root');
      encodeElement(encoder, value, writer, { encoded: false });
      return writer.toString();
    },
    get warnings() {
      return set.warnings;
    },
  };
}

/** A schema document around definitions: namespace `urn:t`, prefixes `t` and `xsd`, qualified local elements. */
export function schemaText(definitions: string, attributes = 'elementFormDefault="qualified"'): string {
  return `<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t" ${attributes}>${definitions}</xsd:schema>`;
}

/** The codec of `t:root` in a schema of these definitions. */
export function rootCodec(definitions: string, attributes?: string): Promise<ElementCodec> {
  return elementCodec(schemaText(definitions, attributes), '{urn:t}root');
}
