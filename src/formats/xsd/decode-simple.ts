import type { XmlReader } from '../xml/reader.ts';
import { ELEMENT_END, ELEMENT_START, TEXT } from '../xml/reader.ts';
import type { ReadScope } from './builtins.ts';
import type { SimpleType } from './components.ts';
import type { DecodeContext } from './context.ts';
import { shortDecoder, type TypeDecoder } from './decoder.ts';
import { type SimpleCodec, simpleCodec } from './simple-codec.ts';

const XOP = 'http://www.w3.org/2004/08/xop/include';
const BASE64_NAMES = /^\{[^}]*\}base64(Binary)?$/;

/** A decoder of elements that hold text of a simple type. `emptyText` stands for an element without content (its default). */
export function simpleDecoder(type: SimpleType, emptyText?: string): TypeDecoder {
  const codec = simpleCodec(type);
  const scoped = needsScope(type);
  if (!scoped && emptyText === undefined && type.builtin.family !== 'base64Binary')
    return plainDecoder(codec);
  const read = textReader(type);
  const decode = (reader: XmlReader, context: DecodeContext): unknown => {
    const scope = scoped ? scopeOf(reader) : reader;
    let text = read(reader, context);
    if (text === '' && emptyText !== undefined) text = emptyText;
    const value = codec.parse(text, scope);
    if (value === undefined) throw reader.invalid(`The text of '${reader.localName}' is no ${codec.label}`);
    return value;
  };
  return withBase64(type, shortDecoder(type.name, decode));
}

/** What most simple types need: the text, and what it means. */
function plainDecoder(codec: SimpleCodec): TypeDecoder {
  const { parse, label, type } = codec;
  return withBase64(
    type,
    shortDecoder(type.name, (reader) => {
      const value = parse(reader.readText(), reader);
      if (value === undefined) throw reader.invalid(`The text of '${reader.localName}' is no ${label}`);
      return value;
    }),
  );
}

function withBase64(type: SimpleType, decoder: TypeDecoder): TypeDecoder {
  if (type.builtin.family !== 'string') return decoder;
  // Perl's SOAP::Lite sends a string that is not ASCII as base64 and says so.
  return { ...decoder, ofType: (name) => (BASE64_NAMES.test(name) ? stringInBase64 : undefined) };
}

const stringInBase64 = shortDecoder(undefined, (reader) =>
  Buffer.from(reader.readText(), 'base64').toString('utf8'),
);

/** How the text of an element is read: bytes may be in an attachment. */
export function textReader(type: SimpleType): (reader: XmlReader, context: DecodeContext) => string {
  if (type.builtin.family !== 'base64Binary') return (reader) => reader.readText();
  return (reader, context) =>
    context.attachment === undefined ? reader.readText() : readBytes(reader, context);
}

/** Whether values name prefixes, whose meaning is lost once the end tag is read. */
export function needsScope(type: SimpleType): boolean {
  return (
    type.builtin.family === 'QName' ||
    [type.item, ...type.members].some((part) => part !== undefined && needsScope(part))
  );
}

/** What prefixes mean on the start tag, kept beyond it. */
export function scopeOf(reader: XmlReader): ReadScope {
  const bindings = new Map(reader.namespacesInScope());
  return { lookupNamespace: (prefix) => bindings.get(prefix) ?? (prefix === '' ? '' : undefined) };
}

/** Base64 in the element, or of the attachment that an `xop:Include` or an `href` refers to. XOP §3.2, SOAP with Attachments §4. */
function readBytes(reader: XmlReader, context: DecodeContext): string {
  let href = reader.attribute('', 'href');
  const outside = reader.depth - 1;
  let text = '';
  for (;;) {
    const kind = reader.next();
    if (kind === ELEMENT_END && reader.depth === outside) break;
    if (kind === TEXT) text += reader.text;
    if (kind !== ELEMENT_START) continue;
    if (reader.namespace !== XOP || reader.localName !== 'Include') {
      throw reader.invalid(`The element '${reader.localName}' stands where only bytes are allowed`);
    }
    href = reader.attribute('', 'href');
  }
  if (href === undefined || !href.startsWith('cid:')) return text;
  const bytes = context.attachment!(decodeURIComponent(href.slice(4)));
  if (bytes === undefined) throw reader.invalid('An element refers to an attachment that is not there');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
