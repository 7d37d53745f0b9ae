import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Secrets of the server that are not in the database, by their version. */
export interface ServerSecrets {
  /** Of the one that new things are sealed with. */
  readonly version: number;
  of(version: number): Buffer | undefined;
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
/** All of it: Node takes a shorter one as well. */
const authTagLength = 16;

/**
 * Encrypts what the database keeps, so that the database alone opens nothing: AES-256-GCM with a key made from the server's
 * secret by HKDF (RFC 5869).
 *
 * @param label what is sealed and for whom: a text that was sealed for another label does not open
 */
export function seal(plain: Buffer, label: string, secrets: ServerSecrets): string {
  const { version } = secrets;
  const secret = secrets.of(version);
  if (secret === undefined) throw new Error('There is no secret of the current version.');
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, keyFor(secret, label), nonce, { authTagLength }).setAAD(
    Buffer.from(label),
  );
  const parts = [nonce, Buffer.concat([cipher.update(plain), cipher.final()]), cipher.getAuthTag()];
  return [version, ...parts.map((part) => part.toString('base64url'))].join('.');
}

/** @returns `undefined` where the secret is not there any more, or the text was changed */
export function unseal(sealed: string, label: string, secrets: ServerSecrets): Buffer | undefined {
  const [version = '', nonce = '', text = '', tag = ''] = sealed.split('.');
  const secret = secrets.of(Number(version));
  if (secret === undefined) return undefined;
  try {
    const decipher = createDecipheriv(algorithm, keyFor(secret, label), Buffer.from(nonce, 'base64url'), {
      authTagLength,
    })
      .setAAD(Buffer.from(label))
      .setAuthTag(Buffer.from(tag, 'base64url'));
    return Buffer.concat([decipher.update(Buffer.from(text, 'base64url')), decipher.final()]);
  } catch {
    return undefined;
  }
}

function keyFor(secret: Buffer, label: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', label, 32));
}
