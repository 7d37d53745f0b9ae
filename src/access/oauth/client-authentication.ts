import { isTributaryError } from '../../errors.ts';
import { readKey } from '../keys/key-format.ts';
import type { ClientVerifier } from '../keys/key-verifier.ts';
import type { VerifiedKey } from '../keys/verified-key.ts';
import { OAuthError } from './oauth-error.ts';

/** A form as a client sent it: each parameter once. */
export type Form = ReadonlyMap<string, string>;

/**
 * Authenticates a client by `client_secret_basic` or `client_secret_post`. Implements "Client Authentication", RFC 6749
 * §2.3.
 *
 * @param revokedUsed told the public id of a secret that is right, and was revoked
 *
 * Rejects with an `OAuthError`: `invalid_client`, `invalid_request` where both ways are used, `temporarily_unavailable`.
 */
export async function authenticatedClient(
  authorization: string | undefined,
  form: Form,
  clients: Pick<ClientVerifier, 'verifyClient'>,
  revokedUsed: (keyId: string) => void = () => {},
): Promise<VerifiedKey> {
  const inForm = form.get('client_secret');
  if (authorization !== undefined && inForm !== undefined)
    throw new OAuthError('invalid_request', 'Authenticate in the header or in the body, not in both.');
  const [id, secret] =
    authorization === undefined ? [form.get('client_id'), inForm] : basicCredentials(authorization);
  if (id === undefined || secret === undefined) throw refused(authorization);
  if (authorization !== undefined && (form.get('client_id') ?? id) !== id)
    throw new OAuthError('invalid_request', 'The header and the body name different clients.');
  try {
    return await clients.verifyClient(id, secret);
  } catch (thrown) {
    if (!isTributaryError(thrown)) throw thrown;
    const keyId = thrown.code === 'API_KEY_REVOKED' ? readKey(secret)?.id : undefined;
    if (keyId !== undefined) revokedUsed(keyId);
    throw thrown.code === 'AUTH_UNAVAILABLE'
      ? new OAuthError('temporarily_unavailable')
      : refused(authorization);
  }
}

/** Both are form-encoded before they are joined: RFC 6749 §2.3.1. */
function basicCredentials(header: string): readonly [string?, string?] {
  const encoded = /^basic +([A-Za-z0-9+/]+=*) *$/i.exec(header)?.[1] ?? '';
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 1) return [];
  return [formDecoded(text.slice(0, colon)), formDecoded(text.slice(colon + 1))];
}

function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** The header is answered with the scheme that it used. */
function refused(authorization: string | undefined): OAuthError {
  return new OAuthError('invalid_client', undefined, { asksForBasic: authorization !== undefined });
}
