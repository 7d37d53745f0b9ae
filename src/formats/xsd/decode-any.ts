import { canonicalizeElementSliced } from '../xml/canonical.ts';
import { escapeText } from '../xml/escape.ts';
import { ELEMENT_END, ELEMENT_START, TEXT, type XmlReader } from '../xml/reader.ts';
import type { Sliced } from '../xml/slices.ts';
import { type DecodeContext, PAUSE_EVERY } from './context.ts';
import { arrayDecoder, SOAP_ENCODING } from './decode-array.ts';
import { decodeElement, instanceType, longDecoder, type TypeDecoder } from './decoder.ts';
import { qualifiedName, splitName, XSD } from './names.ts';

/** What PHP and Apache SOAP call an associative array. */
export const APACHE_MAP = qualifiedName('http://xml.apache.org/xml-soap', 'Map');
/** Types whose JSON values are told apart without a tag. */
const PLAIN = new Set(['string', 'boolean', 'int', 'double'].map((name) => qualifiedName(XSD, name)));

/**
 * A decoder of `xsd:anyType`. What the element says it is (`xsi:type`) decides: text, booleans, integers and doubles are
 * bare, another type is `{ $type, value }` or an object with `$type`, arrays are lists, and Apache's maps are objects.
 * Without a type, an element of text is its text, and one with elements inside is `{ xml }`: its content as text.
 */
export function anyDecoder(name: string, typeNamed: (name: string) => TypeDecoder | undefined): TypeDecoder {
  const self: TypeDecoder = longDecoder(name, decodeSliced, () => undefined);
  const array = arrayDecoder(undefined, () => self);

  function* decodeSliced(reader: XmlReader, context: DecodeContext): Sliced<unknown> {
    const type = instanceType(reader);
    if (type === APACHE_MAP) return readMap(self, reader, context);
    if (type === undefined ? isArray(reader) : type === qualifiedName(SOAP_ENCODING, 'Array')) {
      return yield* array.decodeSliced(reader, context);
    }
    const decoder = type === undefined || type === name ? undefined : typeNamed(type);
    if (decoder === undefined) return yield* readUntyped(reader, context);
    const value = decoder.isLong()
      ? yield* decoder.decodeSliced(reader, context)
      : decoder.decode(reader, context);
    if (PLAIN.has(plainName(type!)) || value === null || Array.isArray(value)) return value;
    return typeof value === 'object' ? { $type: type, ...value } : { $type: type, value };
  }
  return self;
}

/** `soapenc:string` is `xsd:string` that may be nil. */
function plainName(name: string): string {
  const { namespace, localName } = splitName(name);
  return namespace === SOAP_ENCODING ? qualifiedName(XSD, localName) : name;
}

function isArray(reader: XmlReader): boolean {
  return reader.attribute(SOAP_ENCODING, 'arrayType') !== undefined;
}

/** PHP's associative arrays: `<item><key/><value/></item>`. A key is its text; the last of equal keys counts. */
function readMap(any: TypeDecoder, reader: XmlReader, context: DecodeContext): unknown {
  const entries: [string, unknown][] = [];
  while (reader.nextTag() === ELEMENT_START) {
    let key = '';
    let value: unknown = null;
    while (reader.nextTag() === ELEMENT_START) {
      if (reader.localName === 'key') key = String(decodeElement(any, reader, context));
      else if (reader.localName === 'value') value = decodeElement(any, reader, context);
      else reader.skipElement();
    }
    entries.push([key, value]);
  }
  // fromEntries defines: a key named __proto__ is a key.
  return Object.fromEntries(entries);
}

/** Text alone is text; otherwise what is inside, as XML text that stands on its own. */
function* readUntyped(reader: XmlReader, context: DecodeContext): Sliced<unknown> {
  const outside = reader.depth - 1;
  const isPauseDue = () => {
    if (reader.position < context.pauseAt) return false;
    context.pauseAt = reader.position + PAUSE_EVERY;
    return true;
  };
  let text = '';
  let xml = '';
  let hasElements = false;
  for (let kind = reader.next(); kind !== ELEMENT_END || reader.depth !== outside; kind = reader.next()) {
    if (kind === ELEMENT_START) {
      hasElements = true;
      xml += yield* canonicalizeElementSliced(reader, isPauseDue);
    } else if (kind === TEXT) {
      text += reader.text;
      xml += escapeText(reader.text);
    }
  }
  return hasElements ? { xml } : text;
}
