import { createHash, type KeyLike, randomBytes } from 'node:crypto';
import type { XmlWriter } from '../xml/writer.ts';
import { envelopeNamespace, type SoapVersion, WSSE, WSU } from './names.ts';
import { certificateToBase64, type SignedPart } from './signature.ts';

const PROFILE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-';
const BASE64 = `${PROFILE}soap-message-security-1.0#Base64Binary`;
export const X509_TOKEN = `${PROFILE}x509-token-profile-1.0#X509v3`;
/** The id of the certificate in the header, to which a signature refers. */
export const CERTIFICATE_ID = 'X509';

/** What the WS-Security header of a request holds. */
export interface SecurityOptions {
  /** Name and password. `digest` sends SHA-1 of nonce, time and password in place of the password. */
  readonly usernameToken?: {
    readonly username: string;
    readonly password: string;
    /** @default 'text' */
    readonly passwordType?: 'text' | 'digest';
    /** Adds a random nonce. @default true for a digest, else false */
    readonly nonce?: boolean;
    /** Adds the time. @default true */
    readonly created?: boolean;
  };
  /** Until when the message is good. */
  readonly timestamp?: { readonly ttlMs: number };
  /** Signs parts of the message with RSA-SHA256; the certificate travels along. */
  readonly signature?: {
    /** PEM, or a key object. */
    readonly privateKey: KeyLike;
    /** PEM. */
    readonly certificate: string;
    /** @default ['Body', 'Timestamp'] (the second where there is one) */
    readonly parts?: readonly SignedPart[];
  };
  /** The receiver must understand the header or refuse the message. @default true */
  readonly mustUnderstand?: boolean;
  /** The receiver that it is for, when not the last. */
  readonly actor?: string;
}

/** Where time and chance come from; handed in by tests. */
export interface SecurityClock {
  now(): Date;
  nonce(): Buffer;
}

const CLOCK: SecurityClock = { now: () => new Date(), nonce: () => randomBytes(16) };

/**
 * Writes the Security header block; a signature is added to the finished envelope by `signEnvelope`.
 * Implements Web Services Security: SOAP Message Security 1.0, Username Token Profile 1.0, X.509 Token Profile 1.0.
 */
export function writeSecurity(
  options: SecurityOptions,
  version: SoapVersion,
  writer: XmlWriter,
  clock = CLOCK,
): void {
  const envelope = envelopeNamespace(version);
  writer.start(WSSE, 'Security');
  if (options.mustUnderstand ?? true)
    writer.attribute(envelope, 'mustUnderstand', version === '1.1' ? '1' : 'true');
  if (options.actor !== undefined)
    writer.attribute(envelope, version === '1.1' ? 'actor' : 'role', options.actor);
  const now = clock.now();
  if (options.signature !== undefined) writeCertificate(options.signature.certificate, writer);
  if (options.timestamp !== undefined) writeTimestamp(now, options.timestamp.ttlMs, writer);
  if (options.usernameToken !== undefined) writeUsernameToken(options.usernameToken, now, clock, writer);
  writer.end();
}

function writeTimestamp(now: Date, ttlMs: number, writer: XmlWriter): void {
  writer.start(WSU, 'Timestamp');
  writer.attribute(WSU, 'Id', 'Timestamp');
  writer.element(WSU, 'Created', timeText(now));
  writer.element(WSU, 'Expires', timeText(new Date(now.getTime() + ttlMs)));
  writer.end();
}

type UsernameToken = NonNullable<SecurityOptions['usernameToken']>;

/** Password_Digest = Base64(SHA-1(nonce + created + password)), Username Token Profile 1.0 §3.1. */
function writeUsernameToken(token: UsernameToken, now: Date, clock: SecurityClock, writer: XmlWriter): void {
  const isDigest = token.passwordType === 'digest';
  const nonce = (token.nonce ?? isDigest) ? clock.nonce() : undefined;
  const created = (token.created ?? true) ? timeText(now) : undefined;
  const digest = createHash('sha1')
    .update(nonce ?? '')
    .update(created ?? '')
    .update(token.password, 'utf8');
  writer.start(WSSE, 'UsernameToken');
  writer.attribute(WSU, 'Id', 'UsernameToken');
  writer.element(WSSE, 'Username', token.username);
  writer.start(WSSE, 'Password');
  writer.attribute(
    '',
    'Type',
    `${PROFILE}username-token-profile-1.0#${isDigest ? 'PasswordDigest' : 'PasswordText'}`,
  );
  writer.text(isDigest ? digest.digest('base64') : token.password);
  writer.end();
  if (nonce !== undefined) {
    writer.start(WSSE, 'Nonce');
    writer.attribute('', 'EncodingType', BASE64);
    writer.text(nonce.toString('base64'));
    writer.end();
  }
  if (created !== undefined) writer.element(WSU, 'Created', created);
  writer.end();
}

function writeCertificate(pem: string, writer: XmlWriter): void {
  writer.start(WSSE, 'BinarySecurityToken');
  writer.attribute('', 'EncodingType', BASE64);
  writer.attribute('', 'ValueType', X509_TOKEN);
  writer.attribute(WSU, 'Id', CERTIFICATE_ID);
  writer.text(certificateToBase64(pem));
  writer.end();
}

/** Milliseconds only where there are any. */
function timeText(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z');
}
