import { randomUUID } from 'node:crypto';
import type { XmlWriter } from '../xml/writer.ts';
import { envelopeNamespace, type SoapVersion, WSA } from './names.ts';

/** WS-Addressing headers of a request. */
export interface AddressingOptions {
  /** Where the message goes; the endpoint, unless something relays. */
  readonly to: string;
  /** The `wsa:Action`; the SOAP action, unless the description says another. */
  readonly action: string;
  /** @default a new `urn:uuid:` */
  readonly messageId?: string;
  /** Where the answer goes. @default the anonymous address: back over the same connection */
  readonly replyTo?: string;
  readonly from?: string;
  readonly faultTo?: string;
  /** The receiver must understand them or refuse the message. @default false */
  readonly mustUnderstand?: boolean;
}

const ANONYMOUS = `${WSA}/anonymous`;

/** Writes the header blocks. Implements WS-Addressing 1.0 Core §3 and SOAP Binding §2. */
export function writeAddressing(options: AddressingOptions, version: SoapVersion, writer: XmlWriter): void {
  const text = (localName: string, value: string) => {
    writer.start(WSA, localName);
    mark(options, version, writer);
    writer.text(value);
    writer.end();
  };
  const reference = (localName: string, address: string) => {
    writer.start(WSA, localName);
    mark(options, version, writer);
    writer.element(WSA, 'Address', address);
    writer.end();
  };
  text('To', options.to);
  text('Action', options.action);
  text('MessageID', options.messageId ?? `urn:uuid:${randomUUID()}`);
  reference('ReplyTo', options.replyTo ?? ANONYMOUS);
  if (options.from !== undefined) reference('From', options.from);
  if (options.faultTo !== undefined) reference('FaultTo', options.faultTo);
}

function mark({ mustUnderstand }: AddressingOptions, version: SoapVersion, writer: XmlWriter): void {
  if (!mustUnderstand) return;
  writer.attribute(envelopeNamespace(version), 'mustUnderstand', version === '1.1' ? '1' : 'true');
}
