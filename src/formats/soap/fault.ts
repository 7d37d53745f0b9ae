import { ELEMENT_START, type XmlReader } from '../xml/reader.ts';
import { qualifiedName } from '../xsd/names.ts';
import type { SoapVersion } from './names.ts';

/** A SOAP fault, the two versions made one. */
export interface SoapFault {
  readonly version: SoapVersion;
  /** Local name of the code, in the words of its version: `Server`, `Sender`; a service's own after it, `Client.Auth`. */
  readonly code: string;
  /** Subcodes of SOAP 1.2, `{namespace}local`, outermost first. */
  readonly subcodes: readonly string[];
  /** The `faultstring`, or the first `Text` of the reason. For the log: what a client is told is mapped. */
  readonly reason: string;
  /** The `faultactor`, or the role. */
  readonly actor: string | undefined;
  /** By element name, typed as the description says; other elements in `any`, bare text in `text`. */
  readonly detail: Readonly<Record<string, unknown>> | undefined;
}

/** Reads the detail element that has just started, to its end tag. */
export type DetailReader = (reader: XmlReader) => Record<string, unknown>;

/**
 * Reads the Fault element that has just started, to its end tag. Children are known by local name: services are found
 * that put SOAP 1.1's into the envelope's namespace.
 * Errors: those of the reader.
 * Implements SOAP 1.1 §4.4 and SOAP 1.2 part 1 §5.4.
 */
export function readFault(reader: XmlReader, version: SoapVersion, readDetail: DetailReader): SoapFault {
  const fault = {
    version,
    code: '',
    subcodes: [] as string[],
    reason: '',
    actor: undefined as string | undefined,
  };
  let detail: Record<string, unknown> | undefined;
  while (reader.nextTag() === ELEMENT_START) {
    switch (reader.localName) {
      case 'faultcode':
        fault.code = localPart(readQName(reader));
        break;
      case 'Code':
        readCode(reader, fault);
        break;
      case 'faultstring':
        fault.reason = reader.readText();
        break;
      case 'Reason':
        fault.reason = readReason(reader);
        break;
      case 'faultactor':
      case 'Role':
        fault.actor = reader.readText();
        break;
      case 'detail':
      case 'Detail':
        detail = readDetail(reader);
        break;
      default:
        reader.skipElement();
    }
  }
  return { ...fault, detail };
}

function readCode(reader: XmlReader, fault: { code: string; subcodes: string[] }): void {
  while (reader.nextTag() === ELEMENT_START) {
    if (reader.localName === 'Value') fault.code = localPart(readQName(reader));
    else if (reader.localName === 'Subcode') readSubcode(reader, fault.subcodes);
    else reader.skipElement();
  }
}

function readSubcode(reader: XmlReader, subcodes: string[]): void {
  while (reader.nextTag() === ELEMENT_START) {
    if (reader.localName === 'Value') subcodes.push(readQName(reader));
    else if (reader.localName === 'Subcode') readSubcode(reader, subcodes);
    else reader.skipElement();
  }
}

/** The first text; English first, where a service answers in several languages. */
function readReason(reader: XmlReader): string {
  let first: string | undefined;
  let english: string | undefined;
  while (reader.nextTag() === ELEMENT_START) {
    const language = reader.attribute('http://www.w3.org/XML/1998/namespace', 'lang') ?? '';
    if (reader.localName !== 'Text') {
      reader.skipElement();
      continue;
    }
    const text = reader.readText();
    first ??= text;
    if (language.toLowerCase().startsWith('en')) english ??= text;
  }
  return english ?? first ?? '';
}

/** A QName in content; an undeclared prefix is left off. */
function readQName(reader: XmlReader): string {
  const bindings = new Map(reader.namespacesInScope());
  const text = reader.readText().trim();
  const colon = text.indexOf(':');
  return qualifiedName(bindings.get(colon === -1 ? '' : text.slice(0, colon)) ?? '', text.slice(colon + 1));
}

function localPart(name: string): string {
  return name.slice(name.indexOf('}') + 1);
}
