import { type XmlBookmark, XmlReader } from '../xml/reader.ts';
import { runWhole, type Sliced } from '../xml/slices.ts';
import { type DecodeContext, PAUSE_EVERY } from './context.ts';
import { isTrue, qualifiedName, XSI } from './names.ts';

/** Reads the content of the element that has just started, to its end tag, as the JSON of one type. */
export interface TypeDecoder {
  /** `{namespace}local`, when the type has a name. */
  readonly name: string | undefined;
  decode(reader: XmlReader, context: DecodeContext): unknown;
  /** The same in slices; only where `isLong()`. */
  decodeSliced(reader: XmlReader, context: DecodeContext): Sliced<unknown>;
  /** Whether a value may hold any number of elements, so that reading it may have to pause. */
  isLong(): boolean;
  /** The decoder for an `xsi:type`, or `undefined` to go on with this one. */
  ofType(name: string): TypeDecoder | undefined;
}

const SOAP12_ENCODING = 'http://www.w3.org/2003/05/soap-encoding';
const MAX_REFERENCE_DEPTH = 100;

/**
 * Reads the element that has just started, to its end tag: `null` for `xsi:nil`, the derived type for `xsi:type`
 * (its object then says so in `$type`), the element referred to for `href`.
 */
export function decodeElement(decoder: TypeDecoder, reader: XmlReader, context: DecodeContext): unknown {
  if (reader.attributeCount === 0) return decoder.decode(reader, context);
  const special = readSpecial(decoder, reader, context);
  if (special === null) {
    reader.skipElement();
    return null;
  }
  if (special instanceof XmlReader) {
    reader.skipElement();
    return follow(special, context, () => decodeElement(decoder, special, context));
  }
  return tagged(special.decode(reader, context), special, decoder);
}

/** As `decodeElement`, pausing where the value is long. */
export function* decodeElementSliced(
  decoder: TypeDecoder,
  reader: XmlReader,
  context: DecodeContext,
): Sliced<unknown> {
  const special = reader.attributeCount === 0 ? decoder : readSpecial(decoder, reader, context);
  if (special === null || special instanceof XmlReader || !special.isLong())
    return decodeElement(decoder, reader, context);
  return tagged(yield* special.decodeSliced(reader, context), special, decoder);
}

/** Pauses when enough was read since the last time. */
export function* pauseIfDue(reader: XmlReader, context: DecodeContext): Sliced<void> {
  if (reader.position < context.pauseAt) return;
  context.pauseAt = reader.position + PAUSE_EVERY;
  yield;
}

/** Skips the element that has just started, pausing. */
export function* skipSliced(reader: XmlReader, context: DecodeContext): Sliced<void> {
  const outside = reader.depth - 1;
  while (reader.next() !== 2 || reader.depth !== outside) {
    if (reader.position >= context.pauseAt) yield* pauseIfDue(reader, context);
  }
}

/** A decoder that is short by nature, given only how it decodes. */
export function shortDecoder(name: string | undefined, decode: TypeDecoder['decode']): TypeDecoder {
  const decoder: TypeDecoder = {
    name,
    decode,
    // biome-ignore lint/correctness/useYield: there is nothing to pause for.
    *decodeSliced(reader, context) {
      return decode(reader, context);
    },
    isLong: () => false,
    ofType: () => undefined,
  };
  return decoder;
}

/** A decoder that is long by nature, given only how it decodes in slices. */
export function longDecoder(
  name: string | undefined,
  decodeSliced: TypeDecoder['decodeSliced'],
  ofType: TypeDecoder['ofType'] = () => undefined,
): TypeDecoder {
  return {
    name,
    decode: (reader, context) => runWhole(decodeSliced(reader, context)),
    decodeSliced,
    isLong: () => true,
    ofType,
  };
}

/** The `xsi:type` of the element that has just started as `{namespace}local`. */
export function instanceType(reader: XmlReader): string | undefined {
  const text = reader.attribute(XSI, 'type')?.trim();
  if (text === undefined) return undefined;
  const colon = text.indexOf(':');
  const namespace = reader.lookupNamespace(colon === -1 ? '' : text.slice(0, colon));
  return namespace === undefined ? undefined : qualifiedName(namespace, text.slice(colon + 1));
}

/** `null` for nil, a reader that stands on the element referred to, or the decoder to go on with. */
function readSpecial(
  decoder: TypeDecoder,
  reader: XmlReader,
  context: DecodeContext,
): TypeDecoder | XmlReader | null {
  const nil = reader.attribute(XSI, 'nil') ?? reader.attribute(XSI, 'null');
  if (nil !== undefined && isTrue(nil.trim())) return null;
  if (context.references !== undefined) {
    const target = referenceOf(reader);
    if (target !== undefined) return openReference(target, reader, context);
  }
  const type = instanceType(reader);
  return type === undefined || type === decoder.name ? decoder : (decoder.ofType(type) ?? decoder);
}

function referenceOf(reader: XmlReader): string | undefined {
  const href = reader.attribute('', 'href');
  if (href?.startsWith('#')) return href.slice(1);
  return reader.attribute(SOAP12_ENCODING, 'ref');
}

function openReference(id: string, reader: XmlReader, context: DecodeContext): XmlReader {
  const references = context.references!;
  const bookmark: XmlBookmark | undefined = references.byId.get(id);
  if (bookmark === undefined) throw reader.invalid('An element refers to an id that no element has');
  if (--references.budget < 0 || references.depth >= MAX_REFERENCE_DEPTH) {
    throw reader.invalid('Elements refer to each other without end');
  }
  const target = reader.at(bookmark);
  target.next();
  return target;
}

function follow<T>(_target: XmlReader, context: DecodeContext, read: () => T): T {
  const references = context.references!;
  references.depth++;
  const value = read();
  references.depth--;
  return value;
}

/** Marks an object of a derived type, so that writing it gives the same type. */
function tagged(value: unknown, actual: TypeDecoder, declared: TypeDecoder): unknown {
  if (actual === declared || actual.name === undefined) return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || '$type' in value) return value;
  return { $type: actual.name, ...value };
}
