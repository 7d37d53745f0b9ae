import { crc32 } from 'node:zlib';
import { randomBase62, sixDigits } from '../../util/base62.ts';
import type { KeyEnvironment } from './verified-key.ts';

/** `api`: what a request carries; `client`: the secret of an OAuth client, which gets a token for it. */
export type KeyKind = 'api' | 'client';

export interface KeyParts {
  readonly kind: KeyKind;
  readonly environment: KeyEnvironment;
  /** Public: 12 digits of base 62. */
  readonly id: string;
  /** 32 digits of base 62: 190 bits. */
  readonly secret: string;
}

/**
 * `trib_<live|test>_<id><_><secret><checksum>`; client secrets begin with `tribs`. Scanners of secrets look for
 * `tribs?_(live|test)_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}`.
 */
const form = /^trib(s?)_(live|test)_([0-9A-Za-z]{12})_([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/;
const longest = 62;

/** Makes a key of its parts; the checksum over all of them lets whoever reads it tell a typing error without asking. */
export function writeKey({ kind, environment, id, secret }: KeyParts): string {
  const text = `${kind === 'api' ? 'trib' : 'tribs'}_${environment}_${id}_${secret}`;
  return text + checksumOf(text);
}

export function newKeyParts(kind: KeyKind, environment: KeyEnvironment): KeyParts {
  return { kind, environment, id: randomBase62(12), secret: randomBase62(32) };
}

/** The parts of a key; `undefined` where the form or the checksum is wrong. Takes about a microsecond, whatever comes. */
export function readKey(text: string): KeyParts | undefined {
  if (text.length > longest) return undefined;
  const parts = form.exec(text);
  if (parts === null) return undefined;
  const [, plural, environment, id, secret, checksum] = parts as unknown as readonly string[];
  if (checksumOf(text.slice(0, -6)) !== checksum) return undefined;
  return {
    kind: plural === '' ? 'api' : 'client',
    environment: environment as KeyEnvironment,
    id: id as string,
    secret: secret as string,
  };
}

function checksumOf(text: string): string {
  return sixDigits(crc32(text));
}
