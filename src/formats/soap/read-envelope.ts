import type { FormatError } from '../format-error.ts';
import { DOCUMENT_END, ELEMENT_END, ELEMENT_START, type XmlReader } from '../xml/reader.ts';
import type { Sliced } from '../xml/slices.ts';
import { isTrue } from '../xsd/names.ts';
import { SOAP11_ENVELOPE, SOAP12_ENVELOPE, type SoapVersion, WSA, WSSE } from './names.ts';

/** What the reader of an envelope does with its parts; each reads one element, to its end tag. */
export interface EnvelopeHandlers<T> {
  /** Answers false, having read nothing, when the block is not known. */
  header(reader: XmlReader): boolean;
  fault(reader: XmlReader, version: SoapVersion): T;
  /** Reads the body, from its start tag to its end tag. */
  body(reader: XmlReader, version: SoapVersion): Sliced<T>;
}

/**
 * Reads an envelope to the last character of its document, and gives what the handler of its body or fault gave.
 * A header block that must be understood and is not is an error, unless it is for another receiver.
 * Errors: `FormatError` `invalid` for anything that is no envelope; those of the reader and the handlers.
 * Implements SOAP 1.1 §4 and SOAP 1.2 part 1 §2.4 and §5.
 */
export function* readEnvelope<T>(reader: XmlReader, handlers: EnvelopeHandlers<T>): Sliced<T> {
  reader.nextTag();
  const version = versionOf(reader);
  if (version === undefined) throw reader.invalid('The document is no SOAP envelope');
  const namespace = reader.namespace;
  let result: { value: T } | undefined;
  while (reader.nextTag() === ELEMENT_START) {
    const isPart = reader.namespace === namespace;
    if (isPart && reader.localName === 'Header' && result === undefined)
      readHeader(reader, version, handlers);
    else if (isPart && reader.localName === 'Body' && result === undefined)
      result = { value: yield* readBody(reader, version, handlers) };
    // SOAP 1.1 allows more elements after the body (§4.3); nothing here knows any.
    else if (result !== undefined) reader.skipElement();
    else throw reader.invalid('The envelope holds an element that is neither header nor body');
  }
  if (result === undefined) throw reader.invalid('The envelope has no body');
  while (reader.next() !== DOCUMENT_END) {
    // Whatever follows must be well-formed.
  }
  return result.value;
}

function versionOf(reader: XmlReader): SoapVersion | undefined {
  if (reader.localName !== 'Envelope') return undefined;
  if (reader.namespace === SOAP11_ENVELOPE) return '1.1';
  return reader.namespace === SOAP12_ENVELOPE ? '1.2' : undefined;
}

function readHeader<T>(reader: XmlReader, version: SoapVersion, handlers: EnvelopeHandlers<T>): void {
  while (reader.nextTag() === ELEMENT_START) {
    const refusal = mustUnderstand(reader, version);
    if (handlers.header(reader)) continue;
    if (refusal !== undefined) throw refusal;
    reader.skipElement();
  }
}

/** The error for a block that is meant for us and must be understood; `undefined` when it may be passed over. */
function mustUnderstand(reader: XmlReader, version: SoapVersion): FormatError | undefined {
  const namespace = version === '1.1' ? SOAP11_ENVELOPE : SOAP12_ENVELOPE;
  if (!isTrue(reader.attribute(namespace, 'mustUnderstand')?.trim())) return undefined;
  const receiver = reader.attribute(namespace, version === '1.1' ? 'actor' : 'role')?.trim() ?? '';
  const isForUs = receiver === '' || receiver.endsWith('/next') || receiver.endsWith('/ultimateReceiver');
  // Addresses and security of an answer ask nothing of its last receiver that would change its value.
  if (!isForUs || reader.namespace === WSA || reader.namespace === WSSE) return undefined;
  return reader.invalid(`The header '${reader.localName}' must be understood and is not`);
}

function* readBody<T>(reader: XmlReader, version: SoapVersion, handlers: EnvelopeHandlers<T>): Sliced<T> {
  if (!holdsFault(reader)) return yield* handlers.body(reader, version);
  reader.nextTag();
  const fault = handlers.fault(reader, version);
  while (reader.nextTag() === ELEMENT_START) reader.skipElement();
  return fault;
}

/** Looks ahead from the body's start tag; a look at the characters is enough unless a comment stands between. */
function holdsFault(reader: XmlReader): boolean {
  const next = reader.peekLocalName();
  if (next !== undefined && next !== 'Fault') return false;
  const { namespace } = reader;
  const probe = reader.at(reader.bookmark());
  probe.next();
  for (let kind = probe.next(); kind !== ELEMENT_END && kind !== DOCUMENT_END; kind = probe.next()) {
    if (kind === ELEMENT_START) return probe.localName === 'Fault' && probe.namespace === namespace;
  }
  return false;
}
