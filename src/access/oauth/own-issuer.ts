import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Caller } from '../../caller.ts';
import { TributaryError } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import { ownName as name } from '../identity/issuer-problems.ts';
import type { Bearer, Claims, TokenIssuer } from '../identity/token-issuer.ts';
import type { ClientVerifier } from '../keys/key-verifier.ts';
import type { VerifiedKey } from '../keys/verified-key.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface OwnIssuerOptions {
  /** The address that clients reach this server by: the claims `iss` and `aud`. */
  readonly issuer: string;
  readonly tokenLifeMs: number;
  readonly keys: SigningKeys;
  readonly clients: Pick<ClientVerifier, 'holder'>;
  readonly clock: Clock;
}

/** This server as an issuer of tokens for apps. */
export interface OwnIssuer extends TokenIssuer {
  /** A token for a client with these scopes: a JWT access token as RFC 9068 §2 has it. */
  issue(client: VerifiedKey, scopes: ReadonlySet<string>): IssuedToken;
}

export interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

/**
 * A token names the secret that got it (`key_id`). What it grants is looked up when it is used: an app that loses a scope
 * or its plan loses it in the tokens that it has as well, and with a secret all that it got is revoked.
 */
export function ownIssuer({ issuer, tokenLifeMs, keys, clients, clock }: OwnIssuerOptions): OwnIssuer {
  return {
    name,
    issuer,
    recipients: [issuer],
    algorithms: ['ES256'],
    type: 'at+jwt',
    // All replicas share a database, not a clock.
    clockSkewMs: 5_000,
    keys,
    bearer: (claims) => bearerOf(claims, clients),
    issue({ appId, keyId }, scopes) {
      const { id, privateKey } = keys.signing();
      const now = Math.floor(clock.now() / 1_000);
      const expiresInSeconds = Math.floor(tokenLifeMs / 1_000);
      const claims = {
        iss: issuer,
        sub: appId,
        aud: issuer,
        client_id: appId,
        key_id: keyId,
        iat: now,
        exp: now + expiresInSeconds,
        jti: randomUUID(),
        scope: [...scopes].join(' '),
      };
      const header = { alg: 'ES256' as const, typ: 'at+jwt', kid: id };
      return { token: jwt.sign(claims, privateKey, { algorithm: 'ES256', header }), expiresInSeconds };
    },
  };
}

function bearerOf(claims: Claims, clients: Pick<ClientVerifier, 'holder'>): Bearer | Promise<Bearer> {
  const { key_id: id } = claims;
  const key = typeof id === 'string' ? clients.holder(id) : undefined;
  return key instanceof Promise
    ? key.then((found) => bearerWith(claims, found, clients))
    : bearerWith(claims, key, clients);
}

function bearerWith(
  { scope, client_id: client }: Claims,
  key: VerifiedKey | undefined,
  clients: Pick<ClientVerifier, 'holder'>,
): Bearer {
  if (key === undefined || key.appId !== client)
    throw new TributaryError('TOKEN_INVALID', undefined, { detail: 'Its client may get no tokens.' });
  const { keyId, appId, audience, tenant, plan, registeredOnly } = key;
  const granted = typeof scope === 'string' ? scope.split(' ') : [];
  const caller: Caller = Object.freeze({
    id: `client:${name}:${keyId}`,
    audience,
    tenant,
    isAuthenticated: true,
    scopes: new Set(granted.filter((each) => key.scopes.has(each))),
    claims: key.claims,
    app: appId,
    key: keyId,
    plan,
    registeredOnly,
  });
  return { caller, client: appId, keys: 'same-app', key, isCurrent: () => clients.holder(keyId) === key };
}
