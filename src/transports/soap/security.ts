import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Configurable, isSetting, type Setting } from '../../config/setting.ts';
import type { SecurityOptions as SecurityHeader } from '../../formats/soap/security.ts';
import type { SignedPart } from '../../formats/soap/signature.ts';

/** The WS-Security header of every request. */
export interface SecurityOptions {
  /** A name and a password. */
  readonly usernameToken?: {
    readonly username: Configurable;
    /** From the environment: no secret stands in a definition. */
    readonly password: Setting;
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
    /** PEM, or the path of a PEM file; from the environment. */
    readonly privateKey: Setting;
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
 * The header's contents, with the secrets in them. Throws an `Error` that names the option, never its value, for a key or
 * a certificate that is none.
 */
export function openSecurity(
  options: SecurityOptions,
  settings: Readonly<Record<string, string>>,
): SecurityHeader {
  const { usernameToken, signature, ...rest } = options;
  assertSecret('usernameToken.password', usernameToken?.password);
  assertSecret('signature.privateKey', signature?.privateKey);
  const ttlMs = rest.timestamp?.ttlMs ?? 1;
  if (!(ttlMs > 0))
    throw new Error(`\`security.timestamp.ttlMs\` must be a number of milliseconds, but is ${ttlMs}.`);
  return {
    ...rest,
    ...(usernameToken !== undefined && {
      usernameToken: {
        ...usernameToken,
        username: settings['security username'] ?? '',
        password: settings['security password'] ?? '',
      },
    }),
    ...(signature !== undefined && { signature: { ...signature, ...signingKey(settings) } }),
  };
}

/** A key object made once: a key as text would be parsed for every message. */
function signingKey(settings: Readonly<Record<string, string>>): {
  privateKey: KeyObject;
  certificate: string;
} {
  return {
    privateKey: readable('privateKey', () => createPrivateKey(pem(settings['security privateKey'] ?? ''))),
    certificate: readable('certificate', () => {
      const text = pem(settings['security certificate'] ?? '');
      new X509Certificate(text);
      return text;
    }),
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

function assertSecret(option: string, value: unknown): void {
  if (value === undefined || isSetting(value)) return;
  throw new Error(`\`security.${option}\` is a secret: take it from the environment with env('…').`);
}
