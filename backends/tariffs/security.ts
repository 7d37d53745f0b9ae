import { createHash, timingSafeEqual } from 'node:crypto';
import { attribute, type XmlElement } from '../shared/xml.ts';
import { SoapFault, securityNamespace, soapNamespace } from './envelope.ts';

/** WS-Security 1.0, UsernameToken Profile 1.0: who may ask for fares. */

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

const digestType =
  'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest';

/** How old a token may be, and how far its clock ahead. */
const freshMs = 5 * 60_000;

export function isSecurityHeader(block: XmlElement): boolean {
  return block.name === 'Security' && block.namespace === securityNamespace;
}

/**
 * Checks UsernameTokens against one name and password. Only digests are taken: a password in plain text would be a
 * secret on the wire. Each nonce is good once while its token is fresh.
 *
 * @param now milliseconds since the epoch
 * @returns a check of a whole envelope that throws a SoapFault FailedAuthentication, with one text whatever is wrong
 */
export function usernameTokenCheck(
  { username, password }: Credentials,
  now: () => number = Date.now,
): (envelope: XmlElement) => void {
  const seen = new Map<string, number>();
  return (envelope) => {
    const header = envelope.children.find(
      ({ name, namespace }) => name === 'Header' && namespace === soapNamespace,
    );
    const token = header?.children
      .find(isSecurityHeader)
      ?.children.find(({ name }) => name === 'UsernameToken');
    const part = (name: string): XmlElement | undefined =>
      token?.children.find((child) => child.name === name);
    const [nonce, created] = [part('Nonce')?.text.trim() ?? '', part('Created')?.text.trim() ?? ''];
    const given = part('Password');
    const at = Date.parse(created);
    const isFresh = Math.abs(now() - at) <= freshMs;
    const digest = createHash('sha1')
      .update(Buffer.from(nonce, 'base64'))
      .update(created)
      .update(password)
      .digest();
    const isRight =
      part('Username')?.text === username &&
      attribute(given ?? { name: '', namespace: '', attributes: [], children: [], text: '' }, 'Type') ===
        digestType &&
      isSame(Buffer.from(given?.text.trim() ?? '', 'base64'), digest);
    if (!isRight || !isFresh || nonce === '' || seen.has(nonce)) {
      throw new SoapFault('FailedAuthentication', 'The security token could not be authenticated.');
    }
    remember(seen, nonce, now());
  };
}

function isSame(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Nonces come in the order of time, so the oldest stand first. */
function remember(seen: Map<string, number>, nonce: string, now: number): void {
  for (const [old, at] of seen) {
    if (now - at <= 2 * freshMs) break;
    seen.delete(old);
  }
  seen.set(nonce, now);
}
