import type { FormatError } from '../format-error.ts';
import { DOCUMENT_END, ELEMENT_END, ELEMENT_START, type XmlReader } from '../xml/reader.ts';
import { isTrue } from '../xsd/names.ts';
import { SOAP11_ENVELOPE, SOAP12_ENVELOPE, type SoapVersion, WSA, WSSE } from './names.ts';

/** An envelope whose reader stands at its body. */
export interface OpenEnvelope {
  readonly version: SoapVersion;
  /** Whether a fault stands in the body: the reader stands on its start tag then, else on the body's. */
  readonly isFault: boolean;
}

/**
 * Reads the head of an envelope: its header blocks, and to its body. What is in the body is read next, to the body's end
 * tag, and `leaveEnvelope` last. A header block that must be understood and is not is an error, unless it is for another
 * receiver.
 * Errors: `FormatError` `invalid` for anything that is no envelope; those of the reader and of `readHeader`.
 * Implements SOAP 1.1 §4 and SOAP 1.2 part 1 §2.4 and §5.
 *
 * @param readBlock reads one header block, to its end tag; answers false, having read nothing, when it is not known
 */
export function enterEnvelope(reader: XmlReader, readBlock: (reader: XmlReader) => boolean): OpenEnvelope {
  reader.nextTag();
  const version = versionOf(reader);
  if (version === undefined) throw reader.invalid('The document is no SOAP envelope');
  const namespace = reader.namespace;
  while (reader.nextTag() === ELEMENT_START) {
    const isPart = reader.namespace === namespace;
    if (isPart && reader.localName === 'Header') readHeader(reader, version, readBlock);
    else if (isPart && reader.localName === 'Body') {
      const isFault = holdsFault(reader);
      if (isFault) reader.nextTag();
      return { version, isFault };
    } else throw reader.invalid('The envelope holds an element that is neither header nor body');
  }
  throw reader.invalid('The envelope has no body');
}

/** Reads what may follow a fault, to the body's end tag. */
export function leaveFault(reader: XmlReader): void {
  while (reader.nextTag() === ELEMENT_START) reader.skipElement();
}

/** From the body's end tag to the last character: SOAP 1.1 allows more elements there (§4.3), nothing here knows any. */
export function leaveEnvelope(reader: XmlReader): void {
  while (reader.nextTag() === ELEMENT_START) reader.skipElement();
  while (reader.next() !== DOCUMENT_END) {
    // Whatever follows must be well-formed.
  }
}

function versionOf(reader: XmlReader): SoapVersion | undefined {
  if (reader.localName !== 'Envelope') return undefined;
  if (reader.namespace === SOAP11_ENVELOPE) return '1.1';
  return reader.namespace === SOAP12_ENVELOPE ? '1.2' : undefined;
}

function readHeader(
  reader: XmlReader,
  version: SoapVersion,
  readBlock: (reader: XmlReader) => boolean,
): void {
  while (reader.nextTag() === ELEMENT_START) {
    const refusal = mustUnderstand(reader, version);
    if (readBlock(reader)) continue;
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
