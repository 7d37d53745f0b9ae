import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Configurable } from '../../config/setting.ts';
import type { SoapVersion } from '../../formats/soap/names.ts';
import {
  CERTIFICATE_ID,
  type SecurityOptions as SecurityHeader,
  writeSecurity,
  X509_TOKEN,
} from '../../formats/soap/security.ts';
import { type SignedPart, signEnvelope } from '../../formats/soap/signature.ts';
import type { XmlWriter } from '../../formats/xml/writer.ts';

/** The WS-Security header of every request. */
export interface SecurityOptions {
  /** A name and a password. */
  readonly usernameToken?: {
    readonly username: Configurable;
    readonly password: Configurable;
    /** `digest` sends a hash of nonce, time and password in place of the password. @default 'text' */
    readonly passwordType?: 'text' | 'digest';
    /** Adds a random nonce. @default true for a digest, else false */
    readonly nonce?: boolean;
    /** Adds the time. @default true */
    readonly created?: boolean;
  };
  /** Until when the message is good: so long after it was written, in milliseconds. */
  readonly timestamp?: { readonly ttlMs: number };
  /** Signs parts of the message with RSA-SHA256; the certificate travels along. */
  readonly signature?: {
    /** PEM, or the path of a PEM file. */
    readonly privateKey: Configurable;
    /** PEM, or the path of a PEM file. */
    readonly certificate: Configurable;
    /** @default the body, and the timestamp where there is one */
    readonly parts?: readonly SignedPart[];
  };
  /** The service must understand the header or refuse the message. @default true */
  readonly mustUnderstand?: boolean;
  /** The receiver that the header is for, when it is not the last. @default none */
  readonly actor?: string;
}

/** What the header is written with, once start-up knows all secrets. */
export interface Security {
  write(version: SoapVersion, writer: XmlWriter): void;
  /** Adds the signature to the finished envelope, where there is one. */
  sign(envelope: string): string;
}

/** The secrets among the options, by a name for messages. */
export function securitySettings({
  usernameToken,
  signature,
}: SecurityOptions): Record<string, Configurable> {
  return {
    ...(usernameToken !== undefined && {
      'security username': usernameToken.username,
      'security password': usernameToken.password,
    }),
    ...(signature !== undefined && {
      'security privateKey': signature.privateKey,
      'security certificate': signature.certificate,
    }),
  };
}

/**
 * Makes what writes the header. Throws an `Error` that names the option, never its value, for a key or a certificate that
 * is none.
 */
export function openSecurity(options: SecurityOptions, settings: Readonly<Record<string, string>>): Security {
  const { usernameToken, timestamp, mustUnderstand, actor } = options;
  if (timestamp !== undefined && !(timestamp.ttlMs > 0))
    throw new Error(
      `\`security.timestamp.ttlMs\` must be a number of milliseconds, but is ${timestamp.ttlMs}.`,
    );
  const key = signingKey(options, settings);
  const header: SecurityHeader = {
    ...(timestamp !== undefined && { timestamp }),
    ...(mustUnderstand !== undefined && { mustUnderstand }),
    ...(actor !== undefined && { actor }),
    ...(usernameToken !== undefined && {
      usernameToken: {
        ...usernameToken,
        username: settings['security username'] ?? '',
        password: settings['security password'] ?? '',
      },
    }),
    ...(key !== undefined && { signature: key }),
  };
  return {
    write: (version, writer) => writeSecurity(header, version, writer),
    sign: (envelope) =>
      key === undefined
        ? envelope
        : signEnvelope(envelope, { ...key, certificateId: CERTIFICATE_ID, tokenType: X509_TOKEN }),
  };
}

interface Key {
  readonly privateKey: KeyObject;
  readonly certificate: string;
  readonly parts: readonly SignedPart[];
}

function signingKey(
  { signature, timestamp }: SecurityOptions,
  settings: Readonly<Record<string, string>>,
): Key | undefined {
  if (signature === undefined) return undefined;
  const usual: SignedPart[] = timestamp === undefined ? ['Body'] : ['Body', 'Timestamp'];
  return {
    privateKey: readable('privateKey', () => createPrivateKey(pem(settings['security privateKey'] ?? ''))),
    certificate: readable('certificate', () => {
      const text = pem(settings['security certificate'] ?? '');
      new X509Certificate(text);
      return text;
    }),
    parts: signature.parts ?? usual,
  };
}

function pem(textOrPath: string): string {
  return textOrPath.includes('-----BEGIN') ? textOrPath : readFileSync(textOrPath, 'utf8');
}

function readable<T>(option: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new Error(`\`security.signature.${option}\` must be PEM, or the path of a PEM file.`);
  }
}
