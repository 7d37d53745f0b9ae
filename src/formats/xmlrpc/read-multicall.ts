import type { FormatError } from '../format-error.ts';
import { ELEMENT_END, ELEMENT_START, type XmlReader } from '../xml/reader.ts';
import type { Sliced } from '../xml/slices.ts';
import { type Fault, faultOf } from './fault.ts';
import { type Response, type ResponseOptions, readResponseOf } from './read-response.ts';
import { MismatchError, type ReadOptions, readValue, type XmlRpcValue } from './read-value.ts';
import { ANY, type XmlRpcType } from './types.ts';

/** The answer to one call of a multicall: a value, a fault, or a value that is not what was declared. */
export type MulticallItem =
  | { readonly value: XmlRpcValue }
  | { readonly fault: Fault }
  | { readonly error: FormatError };

/** `undefined` where the answer is XML-RPC, but not in the form of a multicall. */
export type MulticallItems = readonly MulticallItem[] | undefined;

export interface MulticallOptions extends ResponseOptions {
  /** The results stand in the list as they are, without the array of one that the convention asks for (supervisord). */
  readonly bare?: boolean;
}

/**
 * Reads the answer of `system.multicall`: an array with, for each call, an array of one value or a fault struct.
 * A value that is not what is declared fails alone. `result` is the declared type of each call's value.
 *
 * Errors: as `readResponse`.
 * Source: https://mirrors.talideon.com/articles/multicall.html
 */
export function readMulticall(
  bytes: Uint8Array,
  contentType: string | undefined,
  options: MulticallOptions = {},
): Sliced<Response<MulticallItems | null>> {
  const result = options.result ?? ANY;
  return readResponseOf(bytes, contentType, options, (reader, settings) =>
    readItems(reader, result, options.bare ?? false, settings),
  );
}

function* readItems(
  reader: XmlReader,
  result: XmlRpcType,
  bare: boolean,
  options: ReadOptions,
): Sliced<MulticallItems> {
  const outside = reader.depth - 1;
  const items: MulticallItem[] = [];
  let misshapen = reader.nextTag() !== ELEMENT_START || reader.localName !== 'array';
  if (!misshapen) misshapen = reader.nextTag() !== ELEMENT_START || reader.localName !== 'data';
  while (!misshapen && reader.nextTag() === ELEMENT_START) {
    const item = yield* readItem(reader, result, bare, options);
    if (item === undefined) misshapen = true;
    else items.push(item);
  }
  goToEnd(reader, outside);
  return misshapen ? undefined : items;
}

function* readItem(
  reader: XmlReader,
  result: XmlRpcType,
  bare: boolean,
  options: ReadOptions,
): Sliced<MulticallItem | undefined> {
  const outside = reader.depth - 1;
  const bookmark = reader.bookmark();
  try {
    // Any type, because a fault may stand there; where it is an array, its item is the result.
    const value = yield* readValue(reader, bare ? result : { ...ANY, item: result }, options);
    const fault = faultOf(value);
    if (fault !== undefined) return { fault };
    if (bare) return { value };
    return Array.isArray(value) && value.length === 1 ? { value: value[0]! } : undefined;
  } catch (thrown) {
    if (!(thrown instanceof MismatchError)) throw thrown;
    goToEnd(reader, outside);
    const fault = bare ? yield* faultAt(reader.at(bookmark), options) : undefined;
    return fault === undefined ? { error: thrown } : { fault };
  }
}

/** The fault that stands where a bare result was expected. */
function* faultAt(reader: XmlReader, options: ReadOptions): Sliced<Fault | undefined> {
  reader.nextTag();
  try {
    return faultOf(yield* readValue(reader, ANY, options));
  } catch (thrown) {
    if (thrown instanceof MismatchError) return undefined;
    throw thrown;
  }
}

/** On to the end tag after which so many elements are open; the reader may stand on it already. */
function goToEnd(reader: XmlReader, depth: number): void {
  while (reader.kind !== ELEMENT_END || reader.depth !== depth) reader.next();
}
