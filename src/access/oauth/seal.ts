import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Pepper } from '../keys/pepper.ts';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
/** All of it: Node takes a shorter one as well. */
const authTagLength = 16;

/**
 * Encrypts what the database keeps, so that the database alone opens nothing: AES-256-GCM with a key that is made of
 * the server's pepper and the label.
 *
 * @param label what is sealed and for whom: a text that was sealed for another label does not open
 */
export function seal(plain: Buffer, label: string, pepper: Pepper): string {
  const { version } = pepper;
  const key = pepper.digest(version, label);
  if (key === undefined) throw new Error('There is no pepper of the current version.');
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength }).setAAD(Buffer.from(label));
  const parts = [nonce, Buffer.concat([cipher.update(plain), cipher.final()]), cipher.getAuthTag()];
  return [version, ...parts.map((part) => part.toString('base64url'))].join('.');
}

/** @returns `undefined` where the pepper is not there any more, or the text was changed */
export function unseal(sealed: string, label: string, pepper: Pepper): Buffer | undefined {
  const [version = '', nonce = '', text = '', tag = ''] = sealed.split('.');
  const key = pepper.digest(Number(version), label);
  if (key === undefined) return undefined;
  try {
    const decipher = createDecipheriv(algorithm, key, Buffer.from(nonce, 'base64url'), {
      authTagLength,
    })
      .setAAD(Buffer.from(label))
      .setAuthTag(Buffer.from(tag, 'base64url'));
    return Buffer.concat([decipher.update(Buffer.from(text, 'base64url')), decipher.final()]);
  } catch {
    return undefined;
  }
}
