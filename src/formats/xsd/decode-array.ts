import { ELEMENT_START, type XmlReader } from '../xml/reader.ts';
import type { Sliced } from '../xml/slices.ts';
import type { DecodeContext } from './context.ts';
import { decodeElement, decodeElementSliced, longDecoder, pauseIfDue, type TypeDecoder } from './decoder.ts';

export const SOAP_ENCODING = 'http://schemas.xmlsoap.org/soap/encoding/';
export const SOAP12_ENCODING = 'http://www.w3.org/2003/05/soap-encoding';
/** A sparse array may say any index: this is the largest that is believed. */
const MAX_INDEX = 1_000_000;

/**
 * A decoder of SOAP-encoded arrays: items by position, whatever their elements are called.
 * `itemOfType` finds the decoder that the array's own `arrayType` asks for.
 * Implements SOAP 1.1 §5.4.2 (offset, positions, dimensions) and SOAP 1.2 part 2 §3.1.6.
 */
export function arrayDecoder(
  name: string | undefined,
  item: () => TypeDecoder,
  ofType?: TypeDecoder['ofType'],
): TypeDecoder {
  function* decodeSliced(reader: XmlReader, context: DecodeContext): Sliced<unknown> {
    const sizes = dimensions(reader);
    const items: unknown[] = [];
    let index = indexOf(reader.attribute(SOAP_ENCODING, 'offset'), reader) ?? 0;
    const decoder = item();
    while (reader.nextTag() === ELEMENT_START) {
      index = indexOf(reader.attribute(SOAP_ENCODING, 'position'), reader) ?? index;
      while (items.length < index) items.push(null);
      items[index++] = decoder.isLong()
        ? yield* decodeElementSliced(decoder, reader, context)
        : decodeElement(decoder, reader, context);
      if (reader.position >= context.pauseAt) yield* pauseIfDue(reader, context);
    }
    return sizes.length > 1 ? nest(items, sizes) : items;
  }
  return longDecoder(name, decodeSliced, ofType);
}

/** `[2,3]` of `xsd:int[2,3]`; only the last pair of brackets sizes this array. */
function dimensions(reader: XmlReader): number[] {
  const text = reader.attribute(SOAP_ENCODING, 'arrayType') ?? '';
  const match = /\[([0-9,\s]*)\]\s*$/.exec(text);
  if (match?.[1]?.includes(',')) return match[1].split(',').map(Number);
  const sizes = reader.attribute(SOAP12_ENCODING, 'arraySize')?.trim().split(/\s+/) ?? [];
  return sizes.length > 1 && sizes.every((size) => /^[0-9]+$/.test(size)) ? sizes.map(Number) : [];
}

/** Rows of rows, from items in row-major order. */
function nest(items: unknown[], sizes: readonly number[]): unknown[] {
  const [, ...inner] = sizes;
  const width = inner.reduce((product, size) => product * size, 1);
  if (inner.length === 0 || width < 1) return items;
  const rows: unknown[] = [];
  for (let start = 0; start < items.length; start += width)
    rows.push(nest(items.slice(start, start + width), inner));
  return rows;
}

function indexOf(text: string | undefined, reader: XmlReader): number | undefined {
  if (text === undefined) return undefined;
  const index = Number(/^\s*\[([0-9]+)\]\s*$/.exec(text)?.[1] ?? Number.NaN);
  if (!(index <= MAX_INDEX))
    throw reader.invalid('The offset or position of an array is malformed or too large');
  return index;
}
