import { canonicalizeElement } from '../xml/canonical.ts';
import { ELEMENT_END, ELEMENT_START, TEXT, type XmlReader } from '../xml/reader.ts';
import type { DecodeContext } from '../xsd/context.ts';
import { qualifiedName, XSI } from '../xsd/names.ts';
import type { MessageCompiler } from './message-codec.ts';

type DetailElement = ReturnType<MessageCompiler['faultDetail']>;

/**
 * Reads the detail of a fault, from its start tag to its end tag. Declared elements are typed, by element name; others are
 * `any: [{ name, xml }]`; bare text is `text`; a detail that says its own type (PHP encodes maps) is read as that.
 */
export function readDetail(
  reader: XmlReader,
  declared: readonly DetailElement[],
  readAnything: (reader: XmlReader) => unknown,
  context: DecodeContext,
): Record<string, unknown> {
  if (reader.attribute(XSI, 'type') !== undefined) {
    const value = readAnything(reader);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : { value };
  }
  const detail: Record<string, unknown> = {};
  const others: { name: string; xml: string }[] = [];
  let text = '';
  for (let kind = reader.next(); kind !== ELEMENT_END; kind = reader.next()) {
    if (kind === TEXT) text += reader.text;
    if (kind !== ELEMENT_START) continue;
    const known = declared.find(({ element }) => isElement(reader, element.namespace, element.localName));
    // A second element of one name has no place of its own.
    const value =
      known === undefined || known.property in detail ? undefined : tryRead(known, reader, context);
    if (value === undefined) others.push(readOther(reader));
    else detail[known!.property] = value.value;
  }
  if (others.length > 0) detail.any = others;
  if (text.trim() !== '') detail.text = text.trim();
  return detail;
}

/** The typed value; `undefined`, with the reader where it was, when the element is not what the description says: the fault must still be told. */
function tryRead(
  known: DetailElement,
  reader: XmlReader,
  context: DecodeContext,
): { value: unknown } | undefined {
  const probe = reader.at(reader.bookmark());
  probe.next();
  let value: unknown;
  try {
    value = known.read(probe, { ...context, requireAll: false });
  } catch {
    return undefined;
  }
  reader.skipElement();
  return { value };
}

function readOther(reader: XmlReader): { name: string; xml: string } {
  const name = qualifiedName(reader.namespace, reader.localName);
  return { name, xml: canonicalizeElement(reader) };
}

function isElement(reader: XmlReader, namespace: string, localName: string): boolean {
  return (
    reader.localName === localName &&
    (reader.namespace === namespace || reader.namespace === '' || namespace === '')
  );
}
