import { createHash, createPrivateKey, createSign, type KeyLike } from 'node:crypto';
import { FormatError } from '../format-error.ts';
import { canonicalizeDocument, canonicalizeElement } from '../xml/canonical.ts';
import { escapeAttribute } from '../xml/escape.ts';
import { DOCUMENT_END, ELEMENT_END, ELEMENT_START, XmlReader } from '../xml/reader.ts';
import { SOAP11_ENVELOPE, SOAP12_ENVELOPE, WSSE, WSU, XMLDSIG } from './names.ts';

/** A part to sign: the body, the time stamp, the user name, or the header block of that name. */
export type SignedPart =
  | 'Body'
  | 'Timestamp'
  | 'UsernameToken'
  | { readonly namespace: string; readonly localName: string };

export interface SigningKey {
  readonly privateKey: KeyLike;
  readonly parts: readonly SignedPart[];
  /** The `wsu:Id` of the certificate in the Security header. */
  readonly certificateId: string;
  readonly tokenType: string;
}

const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

/**
 * Signs parts of a finished envelope and puts the signature last into its Security header.
 * Errors: `FormatError` `badInput` when a part is not in the envelope; those of the key.
 * Implements XML Signature §3.1 with Exclusive C14N, RSA-SHA256 and SHA-256, as WS-Security 1.0 §8 refers to it.
 */
export function signEnvelope(envelope: string, key: SigningKey): string {
  const withIds = addIds(envelope, key.parts);
  const references = key.parts.map((part) => digestOf(withIds, part));
  const signedInfo = canonicalizeDocument(signedInfoOf(references));
  // A key is never given to crypto as text for each message: making it an object once a message is cheap, and fails early.
  const privateKey =
    typeof key.privateKey === 'string' || Buffer.isBuffer(key.privateKey)
      ? createPrivateKey(key.privateKey)
      : key.privateKey;
  const value = createSign('RSA-SHA256')
    .update(signedInfo)
    .sign(privateKey as never, 'base64');
  const at = endOfSecurity(withIds);
  return withIds.slice(0, at) + signatureOf(signedInfo, value, key) + withIds.slice(at);
}

/** The DER of a PEM certificate (the first of a chain) in base64. */
export function certificateToBase64(pem: string): string {
  const match = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(pem);
  if (match === null) throw new FormatError('badInput', 'The certificate is not in PEM');
  return match[1]!.replace(/\s+/g, '');
}

interface Reference {
  readonly id: string;
  readonly digest: string;
}

/** Gives each part an id that has none yet. */
function addIds(envelope: string, parts: readonly SignedPart[]): string {
  let text = envelope;
  for (const [index, part] of parts.entries()) {
    const reader = find(text, part);
    if (reader.attribute(WSU, 'Id') !== undefined) continue;
    const { offset } = reader.bookmark();
    const afterName = offset + /^<[^\s/>]+/.exec(text.slice(offset, offset + 2_048))![0].length;
    const id = ` xmlns:wsu="${WSU}" wsu:Id="signed-${index + 1}"`;
    text = text.slice(0, afterName) + id + text.slice(afterName);
  }
  return text;
}

function digestOf(envelope: string, part: SignedPart): Reference {
  const reader = find(envelope, part);
  const id = reader.attribute(WSU, 'Id')!;
  return { id, digest: createHash('sha256').update(canonicalizeElement(reader)).digest('base64') };
}

/** A reader that stands on the start tag of the part. */
function find(envelope: string, part: SignedPart): XmlReader {
  const reader = new XmlReader(envelope);
  for (let kind = reader.next(); kind !== DOCUMENT_END; kind = reader.next()) {
    if (kind === ELEMENT_START && isPart(reader, part)) return reader;
  }
  const name = typeof part === 'string' ? part : part.localName;
  throw new FormatError('badInput', `The message has no ${name} to sign`);
}

function isPart(reader: XmlReader, part: SignedPart): boolean {
  const { namespace, localName, depth } = reader;
  if (part === 'Body') {
    return (
      depth === 2 && localName === 'Body' && (namespace === SOAP11_ENVELOPE || namespace === SOAP12_ENVELOPE)
    );
  }
  if (part === 'Timestamp') return depth === 4 && namespace === WSU && localName === part;
  if (part === 'UsernameToken') return depth === 4 && namespace === WSSE && localName === part;
  return depth === 3 && namespace === part.namespace && localName === part.localName;
}

function signedInfoOf(references: readonly Reference[]): string {
  const list = references.map(
    ({ id, digest }) =>
      `<ds:Reference URI="#${escapeAttribute(id)}"><ds:Transforms><ds:Transform Algorithm="${EXCLUSIVE_C14N}"/></ds:Transforms>` +
      `<ds:DigestMethod Algorithm="${SHA256}"/><ds:DigestValue>${digest}</ds:DigestValue></ds:Reference>`,
  );
  return (
    `<ds:SignedInfo xmlns:ds="${XMLDSIG}"><ds:CanonicalizationMethod Algorithm="${EXCLUSIVE_C14N}"/>` +
    `<ds:SignatureMethod Algorithm="${RSA_SHA256}"/>${list.join('')}</ds:SignedInfo>`
  );
}

function signatureOf(signedInfo: string, value: string, { certificateId, tokenType }: SigningKey): string {
  return (
    `<ds:Signature xmlns:ds="${XMLDSIG}">${signedInfo}<ds:SignatureValue>${value}</ds:SignatureValue><ds:KeyInfo>` +
    `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference URI="#${certificateId}" ValueType="${tokenType}"/>` +
    '</wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature>'
  );
}

/** The offset of the Security header's end tag. */
function endOfSecurity(envelope: string): number {
  const reader = new XmlReader(envelope);
  for (let kind = reader.next(); kind !== DOCUMENT_END; kind = reader.next()) {
    if (
      kind === ELEMENT_END &&
      reader.depth === 2 &&
      reader.namespace === WSSE &&
      reader.localName === 'Security'
    ) {
      return envelope.lastIndexOf('</', reader.position);
    }
  }
  throw new FormatError('badInput', 'The message has no Security header to sign in');
}
