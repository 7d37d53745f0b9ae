import type { XmlWriter } from '../xml/writer.ts';
import type { EncodeContext } from './context.ts';
import { APACHE_MAP } from './decode-any.ts';
import { SOAP_ENCODING, SOAP12_ENCODING } from './decode-array.ts';
import { type ElementEncoder, encodeElement, isObject, type TypeEncoder } from './encode.ts';
import { canonicalXml } from './encode-content.ts';
import { qualifiedName, splitName, XSD, XSI } from './names.ts';

/**
 * An encoder of `xsd:anyType`, the mirror of its decoder: text, booleans and numbers say their type in `xsi:type`,
 * `{ $type, value }` and objects with `$type` are written as that type, lists as SOAP arrays, and `{ xml }` as it stands. In encoded
 * messages an object without a type is an Apache map.
 */
export function anyEncoder(name: string, typeNamed: (name: string) => TypeEncoder | undefined): TypeEncoder {
  const self: TypeEncoder = {
    name: undefined,
    abstract: false,
    encode(value, writer, context) {
      if (isObject(value) && 'xml' in value && Object.keys(value).length === 1)
        return writeContent(value.xml, writer);
      if (Array.isArray(value)) {
        return writeArray(value, self, qualifiedName(XSD, 'anyType'), writer, context);
      }
      if (isObject(value) && Object.keys(value).length === 0) return;
      if (isObject(value) && value.$type === undefined && context.encoded)
        return writeMap(value, self, writer, context);
      const type = typeFor(value);
      if (type === undefined)
        throw writer.badInput('An object of any type needs $type, the name of its type');
      writeType(type, writer);
      typeNamed(type)!.encode(value, writer, context);
    },
    // A type is written here, where the value is known; `{ $type, value }` of a simple type is unwrapped on the way.
    ofType(asked) {
      const type = asked === name ? undefined : typeNamed(asked);
      if (type === undefined) return undefined;
      return {
        ...type,
        name: asked,
        ofType: () => undefined,
        encode: (value, writer, context) => type.encode(unwrap(value), writer, context),
      };
    },
  };
  return self;
}

/** Writes items as a SOAP-encoded array. Implements SOAP 1.1 §5.4.2 and SOAP 1.2 part 2 §3.1.6. */
export function writeArray(
  items: readonly unknown[],
  type: TypeEncoder,
  itemTypeName: string,
  writer: XmlWriter,
  context: EncodeContext,
  brackets = '',
): void {
  const { namespace, localName } = splitName(itemTypeName);
  const name = writer.qualify(namespace, localName);
  if (context.encoded)
    writeType(qualifiedName(context.soap12 ? SOAP12_ENCODING : SOAP_ENCODING, 'Array'), writer);
  if (context.soap12) {
    if (brackets === '') writer.attribute(SOAP12_ENCODING, 'itemType', name);
    writer.attribute(SOAP12_ENCODING, 'arraySize', String(items.length));
  } else writer.attribute(SOAP_ENCODING, 'arrayType', `${name}${brackets}[${items.length}]`);
  const item: ElementEncoder = { namespace: '', localName: 'item', nillable: true, fixed: undefined, type };
  for (const [index, value] of items.entries()) {
    writer.path.push(index);
    encodeElement(item, value ?? null, writer, context);
    writer.path.pop();
  }
}

/** Writes an object that names no type as PHP and Apache know it: pairs of key and value. */
function writeMap(
  value: Record<string, unknown>,
  any: TypeEncoder,
  writer: XmlWriter,
  context: EncodeContext,
): void {
  writeType(APACHE_MAP, writer);
  const element = (localName: string): ElementEncoder => ({
    namespace: '',
    localName,
    nillable: true,
    fixed: undefined,
    type: any,
  });
  for (const [key, inner] of Object.entries(value)) {
    writer.path.push(key);
    writer.start('', 'item');
    encodeElement(element('key'), key, writer, context);
    encodeElement(element('value'), inner ?? null, writer, context);
    writer.end();
    writer.path.pop();
  }
}

function writeType(type: string, writer: XmlWriter): void {
  const { namespace, localName } = splitName(type);
  writer.attribute(XSI, 'type', writer.qualify(namespace, localName));
}

function typeFor(value: unknown): string | undefined {
  if (typeof value === 'string') return qualifiedName(XSD, 'string');
  if (typeof value === 'boolean') return qualifiedName(XSD, 'boolean');
  if (typeof value !== 'number') return undefined;
  return qualifiedName(XSD, Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? 'int' : 'double');
}

function unwrap(value: unknown): unknown {
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  return keys.length === 2 && 'value' in value && '$type' in value ? value.value : value;
}

/** Content given as XML text: read strictly and written anew, so that it cannot close what it stands in. */
function writeContent(xml: unknown, writer: XmlWriter): void {
  if (typeof xml !== 'string') throw writer.badInput('The value of xml is no text');
  const whole = canonicalXml(`<x>${xml}</x>`, writer);
  writer.markup(whole.slice('<x>'.length, -'</x>'.length));
}
