import type { CancelSignal } from '../../util/abort.ts';
import { FormatError } from '../format-error.ts';
import { type AddressingOptions, writeAddressing } from '../soap/addressing.ts';
import { isMultipart, type MimePart, readMultipart, writeMultipart } from '../soap/multipart.ts';
import {
  CERTIFICATE_ID,
  type SecurityClock,
  type SecurityOptions,
  writeSecurity,
  X509_TOKEN,
} from '../soap/security.ts';
import { signEnvelope } from '../soap/signature.ts';
import { decodeXml } from '../xml/encoding.ts';
import { XML_LIMITS, type XmlLimits } from '../xml/limits.ts';
import type { XmlWriter } from '../xml/writer.ts';
import { isObject } from '../xsd/encode.ts';
import { httpHeaders, mediaType } from './http-headers.ts';
import type { SoapAnswer, SoapOperation, SoapResult } from './operation.ts';

export interface CallOptions {
  /** Values of declared header blocks, by element name. */
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly security?: SecurityOptions;
  /** `to` and `action` come from the description where they are left out. */
  readonly addressing?: Partial<AddressingOptions>;
  /** Sends `base64Binary` values of at least so many bytes as attachments (MTOM). @default never */
  readonly mtomFromBytes?: number;
  /** Time and chance of the security header, for tests. */
  readonly clock?: SecurityClock;
}

/** A request, ready for HTTP: nothing in it depends on the address. */
export interface SoapRequest {
  /** By lower-case name: `content-type`, and `soapaction` in SOAP 1.1. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/**
 * Writes a whole request: envelope, security, addresses, attachments.
 * Errors: `FormatError` `badInput`, naming the place in the input.
 * Implements SOAP 1.1 §6.1 (`SOAPAction`), SOAP 1.2 part 2 §7.1 (the `action` parameter), XOP §4, SOAP with Attachments §3.
 */
export function encodeCall(operation: SoapOperation, input: unknown, options: CallOptions = {}): SoapRequest {
  const { attachments, value } = takeAttachments(operation, input);
  const binary: (MimePart & { contentId: string })[] = [];
  const attach = options.mtomFromBytes === undefined ? undefined : attacher(binary, options.mtomFromBytes);
  let envelope = operation.encode(value, {
    headers: options.headers,
    blocks: blocksOf(operation, options),
    attach,
  });
  const { signature, timestamp } = options.security ?? {};
  if (signature !== undefined) {
    if (binary.length > 0)
      throw new FormatError('badInput', 'A message with MTOM attachments cannot be signed');
    const parts = signature.parts ?? (timestamp === undefined ? ['Body'] : ['Body', 'Timestamp']);
    envelope = signEnvelope(envelope, {
      ...signature,
      parts,
      certificateId: CERTIFICATE_ID,
      tokenType: X509_TOKEN,
    });
  }
  return packed(operation, envelope, attach !== undefined, [...attachments, ...binary]);
}

export interface ReplyOptions {
  readonly limits?: Partial<XmlLimits>;
  readonly requireAll?: boolean;
  readonly signal?: CancelSignal;
}

/**
 * Reads a whole answer: encoding, attachments, envelope. Long ones are read in slices.
 * Errors: `FormatError` `invalid` or `tooLarge`; never part of an answer.
 *
 * @param contentType the HTTP header as it came
 */
export async function decodeReply(
  operation: SoapOperation,
  bytes: Uint8Array,
  contentType: string | undefined,
  options: ReplyOptions = {},
): Promise<SoapAnswer> {
  const maxBytes = options.limits?.maxBytes ?? XML_LIMITS.maxBytes;
  const decoding = { limits: options.limits, requireAll: options.requireAll };
  if (!isMultipart(bytes, contentType)) {
    return operation.decodeSliced(decodeXml(bytes, contentType, maxBytes), decoding, options.signal);
  }
  const [root, ...parts] = readMultipart(bytes, contentType);
  const byId = new Map(parts.map((part) => [part.contentId, part]));
  const xml = decodeXml(root!.body, root!.contentType, maxBytes).trimStart();
  const attachment = (contentId: string) => byId.get(contentId)?.body;
  const answer = await operation.decodeSliced(xml, { ...decoding, attachment }, options.signal);
  return answer.fault === undefined ? withAttachments(operation, answer, parts) : answer;
}

function blocksOf(
  operation: SoapOperation,
  { addressing, security, clock }: CallOptions,
): ((writer: XmlWriter) => void)[] {
  const blocks: ((writer: XmlWriter) => void)[] = [];
  if (security !== undefined)
    blocks.push((writer) => writeSecurity(security, operation.soapVersion, writer, clock));
  if (addressing !== undefined) {
    const { to = operation.address, action = operation.wsaAction ?? operation.action } = addressing;
    blocks.push((writer) => writeAddressing({ ...addressing, to, action }, operation.soapVersion, writer));
  }
  return blocks;
}

function packed(
  operation: SoapOperation,
  envelope: string,
  isXop: boolean,
  parts: (MimePart & { contentId: string })[],
): SoapRequest {
  if (parts.length === 0 && !isXop) return { headers: operation.httpHeaders, body: envelope };
  const type = mediaType(operation.soapVersion);
  const rootType = isXop ? `application/xop+xml; charset=utf-8; type="${type}"` : `${type}; charset=utf-8`;
  const root = { contentId: 'envelope@tributary', contentType: rootType, body: Buffer.from(envelope) };
  const outer = isXop ? { type: 'application/xop+xml', startInfo: type } : { type };
  const { contentType, body } = writeMultipart([root, ...parts], outer);
  return { headers: httpHeaders(contentType, operation.soapVersion, operation.action), body };
}

function attacher(
  parts: (MimePart & { contentId: string })[],
  fromBytes: number,
): (base64: string) => string | undefined {
  return (base64) => {
    const body = Buffer.from(base64, 'base64');
    if (body.length < fromBytes) return undefined;
    const contentId = `binary-${parts.length + 1}@tributary`;
    parts.push({ contentId, contentType: 'application/octet-stream', body });
    return contentId;
  };
}

/** Takes the parts that a MIME binding sends beside the envelope out of the input. WSDL 1.1 §5: the content id starts with the part's name. */
function takeAttachments(operation: SoapOperation, input: unknown) {
  const attachments: (MimePart & { contentId: string })[] = [];
  if (operation.inputAttachments.length === 0 || !isObject(input)) return { attachments, value: input };
  const value = { ...input };
  for (const { name, contentType } of operation.inputAttachments) {
    const base64 = value[name];
    delete value[name];
    if (base64 === undefined || base64 === null) continue;
    if (typeof base64 !== 'string') {
      throw new FormatError('badInput', 'An attachment is given as base64', {
        place: `${operation.name}/${name}`,
      });
    }
    attachments.push({ contentId: `${name}=1@tributary`, contentType, body: Buffer.from(base64, 'base64') });
  }
  return { attachments, value };
}

/** Adds the attachments that the binding names to the body's object: by content id, else in order. */
function withAttachments(
  operation: SoapOperation,
  answer: SoapResult,
  parts: readonly MimePart[],
): SoapAnswer {
  if (operation.outputAttachments.length === 0) return answer;
  const body: Record<string, unknown> = isObject(answer.body) ? { ...answer.body } : { value: answer.body };
  for (const [index, { name }] of operation.outputAttachments.entries()) {
    const part = parts.find(({ contentId }) => contentId?.startsWith(`${name}=`)) ?? parts[index];
    if (part !== undefined) body[name] = Buffer.from(part.body).toString('base64');
  }
  return { ...answer, body };
}
