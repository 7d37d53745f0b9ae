import { codeUnitsInSlices } from '../xml/code-units.ts';
import { decodeXml } from '../xml/encoding.ts';
import { DOCUMENT_END, ELEMENT_END, ELEMENT_START, XmlReader } from '../xml/reader.ts';
import type { Sliced } from '../xml/slices.ts';
import { type Fault, faultOf } from './fault.ts';
import { XMLRPC_LIMITS, type XmlRpcLimits } from './limits.ts';
import { type ReadOptions, readValue, type XmlRpcValue } from './read-value.ts';
import { ANY, type XmlRpcType } from './types.ts';

export interface ResponseOptions {
  /** What the value is declared to be. @default any type */
  readonly result?: XmlRpcType | undefined;
  /** Given to dates that have no zone: `Z`, `+02:00`. @default left without one */
  readonly timeZone?: string | undefined;
  readonly limits?: Partial<XmlRpcLimits> | undefined;
}

/** A value, or a fault in its place. */
export type Response<Value = XmlRpcValue> = { readonly value: Value } | { readonly fault: Fault };

/** Reads what stands in `<value>`, from its start tag to its end tag. */
export type ReadContent<Value> = (reader: XmlReader, options: ReadOptions) => Sliced<Value>;

/** Each value in a value takes three elements at most, and so does the answer itself. */
const ELEMENTS_A_LEVEL = 3;

/**
 * Reads a `methodResponse`. White space before the XML declaration is forgiven: PHP files end in empty lines.
 *
 * Errors: `FormatError` `invalid` for anything that is not one whole `methodResponse` of the declared result
 * (truncated, HTML, two values), `tooLarge` for what passes a limit.
 * Source: XML-RPC specification, "Response format". Run it with `runWhole` or `runSliced`.
 *
 * @param bytes the body
 * @param contentType the HTTP header, for the encoding
 */
export function readResponse(
  bytes: Uint8Array,
  contentType: string | undefined,
  options: ResponseOptions = {},
): Sliced<Response> {
  const result = options.result ?? ANY;
  return readResponseOf(bytes, contentType, options, (reader, settings) =>
    readValue(reader, result, settings),
  );
}

/** As `readResponse`, with a reader of its own for the value. */
export function* readResponseOf<Value>(
  bytes: Uint8Array,
  contentType: string | undefined,
  options: ResponseOptions,
  readContent: ReadContent<Value>,
): Sliced<Response<Value | null>> {
  const limits = { ...XMLRPC_LIMITS, ...options.limits };
  const text = decodeXml(bytes, contentType, limits.maxBytes).trimStart();
  const ofXml = { maxBytes: limits.maxBytes, maxDepth: (limits.maxDepth + 2) * ELEMENTS_A_LEVEL };
  const reader = new XmlReader(text, ofXml, { units: yield* codeUnitsInSlices(text) });
  if (reader.nextTag() !== ELEMENT_START || reader.localName !== 'methodResponse') {
    throw reader.invalid('The document is no method response');
  }
  const response = yield* readBody(reader, { limits, timeZone: options.timeZone }, readContent);
  requireEnd(reader);
  if (reader.nextTag() !== DOCUMENT_END) throw reader.invalid('Something follows the method response');
  return response;
}

function* readBody<Value>(
  reader: XmlReader,
  options: ReadOptions,
  readContent: ReadContent<Value>,
): Sliced<Response<Value | null>> {
  if (reader.nextTag() === ELEMENT_END) throw reader.invalid('A method response is empty');
  const content: string = reader.localName;
  if (content === 'fault') return yield* readFault(reader, options);
  if (content !== 'params') throw reader.invalid('A method response has neither params nor a fault');
  // A procedure without a result: not in the specification, but some servers answer no <param> at all.
  if (reader.nextTag() === ELEMENT_END) return { value: null };
  if (reader.localName !== 'param') throw reader.invalid("The element 'param' is missing");
  requireStart(reader, 'value');
  const value = yield* readContent(reader, options);
  requireEnd(reader);
  requireEnd(reader);
  return { value };
}

function* readFault(reader: XmlReader, options: ReadOptions): Sliced<{ fault: Fault }> {
  requireStart(reader, 'value');
  const fault = faultOf(yield* readValue(reader, ANY, options));
  if (fault === undefined) throw reader.invalid('A fault is no struct with a fault code');
  requireEnd(reader);
  return { fault };
}

function requireStart(reader: XmlReader, name: string): void {
  if (reader.nextTag() !== ELEMENT_START || reader.localName !== name)
    throw reader.invalid(`The element '${name}' is missing`);
}

function requireEnd(reader: XmlReader): void {
  if (reader.nextTag() !== ELEMENT_END)
    throw reader.invalid(`The element '${reader.localName}' stands where nothing is expected`);
}
