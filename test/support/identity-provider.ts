import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type JWTPayload, SignJWT } from 'jose';
import { httpServer, sendJson, type TestServer } from './http-server.ts';

export type KeyKind = 'RS256' | 'PS256' | 'ES256';

export interface ProviderKey {
  readonly id: string;
  readonly algorithm: KeyKind;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A provider of identities: it signs tokens, and publishes its keys at a real address. */
export interface IdentityProvider extends TestServer {
  /** The claim `iss` of its tokens. */
  readonly issuer: string;
  readonly jwksUrl: string;
  /** What it publishes; changed by tests. */
  readonly keys: ProviderKey[];
  /** Answers in place of the key set from now on; `undefined`: the key set again. */
  behave(behaviour: ((response: ServerResponse) => void) | undefined): void;
  /** Makes a key and publishes it beside the others. */
  newKey(algorithm?: KeyKind): ProviderKey;
  /** Signs claims with the newest key; what is needed and not given is right. */
  token(claims?: JWTPayload, options?: TokenOptions): Promise<string>;
}

export interface TokenOptions {
  readonly key?: ProviderKey;
  /** Over the header; a member that is `undefined` is left out. */
  readonly header?: Readonly<Record<string, unknown>>;
}

/** What its tokens name as `aud`. */
export const recipient = 'https://api.example';

export async function openIdentityProvider(algorithm: KeyKind = 'RS256'): Promise<IdentityProvider> {
  const keys: ProviderKey[] = [];
  let behaviour: ((response: ServerResponse) => void) | undefined;
  const server = await httpServer((_received, response) => {
    if (behaviour !== undefined) return behaviour(response);
    sendJson(response, { keys: keys.map(published) });
  });
  const newKey = (kind = algorithm): ProviderKey => {
    const key = makeKey(kind);
    keys.push(key);
    return key;
  };
  keys.push(firstKey(algorithm));
  const issuer = `${server.url}/`;
  return {
    ...server,
    issuer,
    jwksUrl: `${server.url}/jwks.json`,
    keys,
    behave: (next) => {
      behaviour = next;
    },
    newKey,
    async token(claims = {}, { key = keys.at(-1) as ProviderKey, header = {} } = {}) {
      const now = Math.floor(Date.now() / 1_000);
      const all = {
        iss: issuer,
        aud: recipient,
        sub: 'anna',
        iat: now,
        exp: now + 300,
        jti: randomUUID(),
        ...claims,
      };
      const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
      const signer = new SignJWT(given as JWTPayload);
      signer.setProtectedHeader({ alg: key.algorithm, kid: key.id, typ: 'JWT', ...header });
      return signer.sign(key.privateKey);
    },
  };
}

const firstKeys = new Map<KeyKind, ProviderKey>();

/** Making a key of RSA takes its time, so that the providers of one file share their first. */
function firstKey(algorithm: KeyKind): ProviderKey {
  const key = firstKeys.get(algorithm) ?? makeKey(algorithm);
  firstKeys.set(algorithm, key);
  return key;
}

export function makeKey(algorithm: KeyKind): ProviderKey {
  const pair =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return { id: randomUUID(), algorithm, ...pair };
}

/** A key as a set has it. */
export function published({ id, algorithm, publicKey }: ProviderKey): object {
  return { ...publicKey.export({ format: 'jwk' }), kid: id, alg: algorithm, use: 'sig' };
}
