import { XmlWriter } from '../xml/writer.ts';
import { envelopeNamespace, PREFIXES, type SoapVersion } from './names.ts';

export interface EnvelopeParts {
  readonly version: SoapVersion;
  /** Each writes one or more header blocks. */
  readonly headers: readonly ((writer: XmlWriter) => void)[];
  /** Writes what stands in the body. */
  readonly body: (writer: XmlWriter) => void;
}

/**
 * Writes an envelope, complete with XML declaration, to be sent as UTF-8.
 * Errors: those of the parts.
 * Implements SOAP 1.1 §4 and SOAP 1.2 part 1 §5.
 */
export function writeEnvelope({ version, headers, body }: EnvelopeParts): string {
  const namespace = envelopeNamespace(version);
  const writer = new XmlWriter(PREFIXES);
  writer.start(namespace, 'Envelope');
  if (headers.length > 0) {
    writer.start(namespace, 'Header');
    for (const write of headers) write(writer);
    writer.end();
  }
  writer.start(namespace, 'Body');
  body(writer);
  writer.end();
  writer.end();
  return `<?xml version="1.0" encoding="utf-8"?>${writer.toString()}`;
}
