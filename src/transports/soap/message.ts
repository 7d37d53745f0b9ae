import {
  type AddressingOptions as AddressingHeaders,
  writeAddressing,
} from '../../formats/soap/addressing.ts';
import { isMultipart, type MimePart, readMultipart, writeMultipart } from '../../formats/soap/multipart.ts';
import type { SoapAnswer, SoapDecodeOptions, SoapOperation } from '../../formats/wsdl/operation.ts';
import { decodeXml } from '../../formats/xml/encoding.ts';
import type { XmlWriter } from '../../formats/xml/writer.ts';
import type { HttpAnswer } from '../../wire/http-client.ts';
import type { Security } from './security.ts';

/** WS-Addressing headers; what is left out is as usual. */
export interface AddressingOptions {
  /** @default the address of the service */
  readonly to?: string;
  /** @default the SOAP action of the operation */
  readonly action?: string;
  readonly from?: string;
  /** @default the anonymous address: back over the same connection */
  readonly replyTo?: string;
  readonly faultTo?: string;
  /** The service must understand the headers or refuse the message. @default false */
  readonly mustUnderstand?: boolean;
}

/** What is common to the messages of one operation. */
export interface MessageOptions {
  readonly security: Security | undefined;
  readonly addressing: AddressingOptions | undefined;
  /** The address of the service, without credentials. */
  readonly address: string;
  /** Sends bytes beside the envelope. */
  readonly mtom: boolean;
}

/** A request as it travels: the body, and the headers that say what it is. */
export interface Message {
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const XOP = 'application/xop+xml';
const ROOT = 'root@tributary';

/**
 * Writes a request: the envelope with its header blocks, signed, and with its bytes beside it where the service takes MTOM.
 *
 * @param values of the header blocks that the description declares
 */
export function writeMessage(
  operation: SoapOperation,
  body: unknown,
  values: Readonly<Record<string, unknown>> | undefined,
  options: MessageOptions,
): Message {
  const attachments: (MimePart & { contentId: string })[] = [];
  const envelope = operation.encode(body, {
    ...(values !== undefined && { headers: values }),
    blocks: blocks(operation, options),
    ...(options.mtom && {
      attach: (base64: string) => {
        const contentId = `part-${attachments.length + 1}@tributary`;
        const contentType = 'application/octet-stream';
        attachments.push({ contentId, contentType, body: Buffer.from(base64, 'base64') });
        return contentId;
      },
    }),
  });
  const signed = options.security?.sign(envelope) ?? envelope;
  return attachments.length === 0
    ? { body: signed, headers: mediaHeaders(operation) }
    : multipart(operation, signed, attachments);
}

/**
 * Reads an answer, whose bytes may stand beside it (MTOM, or SOAP with attachments).
 * Errors: `FormatError` `invalid` or `tooLarge`.
 */
export async function readMessage(
  { body, headers }: HttpAnswer,
  operation: SoapOperation,
  { maxResponseBytes, ...decode }: SoapDecodeOptions & { readonly maxResponseBytes: number },
  signal: AbortSignal,
): Promise<SoapAnswer> {
  const contentType = headers['content-type'];
  if (!isMultipart(body, contentType)) {
    return operation.decodeSliced(decodeXml(body, contentType, maxResponseBytes), decode, signal);
  }
  const [root, ...parts] = readMultipart(body, contentType);
  const xml = decodeXml(root!.body, root!.contentType, maxResponseBytes);
  const attachment = (contentId: string) => parts.find((part) => part.contentId === contentId)?.body;
  return operation.decodeSliced(xml, { ...decode, attachment }, signal);
}

function blocks(operation: SoapOperation, options: MessageOptions): ((writer: XmlWriter) => void)[] {
  const { security, addressing, address } = options;
  const { soapVersion, action } = operation;
  const written: ((writer: XmlWriter) => void)[] = [];
  if (addressing !== undefined) {
    const headers: AddressingHeaders = { to: address, action, ...addressing };
    written.push((writer) => writeAddressing(headers, soapVersion, writer));
  }
  if (security !== undefined) written.push((writer) => security.write(soapVersion, writer));
  return written;
}

/** Implements SOAP 1.1 §6.1.1 (the action is quoted) and RFC 3902 (the action is a parameter of the media type). */
function mediaHeaders({ soapVersion, action }: SoapOperation): Record<string, string> {
  if (soapVersion === '1.1') {
    return { 'content-type': 'text/xml; charset=utf-8', accept: 'text/xml', soapaction: quoted(action) };
  }
  const parameter = action === '' ? '' : `; action=${quoted(action)}`;
  return {
    'content-type': `application/soap+xml; charset=utf-8${parameter}`,
    accept: 'application/soap+xml',
  };
}

/** Implements the HTTP binding of MTOM §4.3 over XOP §4. */
function multipart(
  operation: SoapOperation,
  envelope: string,
  attachments: readonly (MimePart & { contentId: string })[],
): Message {
  const { soapVersion, action } = operation;
  const startInfo = soapVersion === '1.1' ? 'text/xml' : 'application/soap+xml';
  const contentType = `${XOP}; charset=utf-8; type="${startInfo}"`;
  const root = { contentId: ROOT, contentType, body: Buffer.from(envelope) };
  const message = writeMultipart([root, ...attachments], { type: XOP, startInfo });
  const actionParameter = soapVersion === '1.2' && action !== '' ? `; action=${quoted(action)}` : '';
  return {
    body: message.body,
    headers: {
      'content-type': `${message.contentType}${actionParameter}`,
      accept: 'multipart/related, text/xml, application/soap+xml',
      ...(soapVersion === '1.1' && { soapaction: quoted(action) }),
    },
  };
}

function quoted(action: string): string {
  return `"${action.replace(/[\\"]/g, '\\$&')}"`;
}
