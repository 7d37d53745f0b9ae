import { hash } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import { TributaryError } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { DenyList } from './deny-list.ts';
import type { IssuerKey } from './issuer-key.ts';
import type { Bearer, Claims, TokenIssuer } from './token-issuer.ts';

export interface TokenVerifierOptions {
  readonly issuers: readonly TokenIssuer[];
  readonly clock: Clock;
  /** Tokens that are refused though nothing is wrong with them. */
  readonly denied: DenyList;
}

const longestToken = 8_192;
const mostKnown = 10_000;

interface Header {
  readonly alg: string;
  readonly kid: string | undefined;
  readonly typ: string | undefined;
}

interface Known {
  readonly bearer: Bearer;
  readonly key: IssuerKey;
  readonly issuer: string;
  readonly id: string | undefined;
  /** Milliseconds since the epoch, the skew included. */
  readonly expiresAt: number;
}

/**
 * Verifies JSON Web Tokens: RFC 7519, RFC 8725, RFC 9068. The algorithms and keys are the issuer's; what a token's header
 * says of where keys are (`jku`, `x5u`, `jwk`, `x5c`) is never looked at, and a token that demands an extension (`crit`)
 * is refused. A token that was verified is known by its SHA-256 until it expires.
 */
export class TokenVerifier {
  readonly #options: TokenVerifierOptions;
  readonly #issuers: ReadonlyMap<string, TokenIssuer>;
  readonly #known = new LRUCache<string, Known>({ max: mostKnown });

  constructor(options: TokenVerifierOptions) {
    this.#options = options;
    this.#issuers = new Map(options.issuers.map((issuer) => [issuer.issuer, issuer]));
  }

  /**
   * Synchronous where the token or the key that it names is known.
   *
   * @returns the same object for as long as the token is known
   * @throws TributaryError, or rejects with it: `TOKEN_INVALID`, `TOKEN_EXPIRED`, `AUTH_UNAVAILABLE`
   */
  verify(token: string): Bearer | Promise<Bearer> {
    if (token.length > longestToken) throw invalid('It is longer than 8 KB.');
    const digest = hash('sha256', token, 'base64');
    const known = this.#known.get(digest);
    if (known === undefined) return this.#verifyNew(token, digest);
    if (this.#options.clock.now() >= known.expiresAt) {
      this.#known.delete(digest);
      throw new TributaryError('TOKEN_EXPIRED');
    }
    if (known.key.isRetired || known.bearer.isCurrent?.() === false) {
      this.#known.delete(digest);
      return this.#verifyNew(token, digest);
    }
    this.#refuseDenied(known.issuer, known.id);
    return known.bearer;
  }

  #verifyNew(token: string, digest: string): Bearer | Promise<Bearer> {
    const { header, claims } = partsOf(token);
    const issuer = typeof claims.iss === 'string' ? this.#issuers.get(claims.iss) : undefined;
    if (issuer === undefined) throw invalid('Its issuer is not known.');
    if (!(issuer.algorithms as readonly string[]).includes(header.alg))
      throw invalid('Its algorithm is not one of the issuer.');
    if (issuer.type !== undefined && !isType(header.typ, issuer.type))
      throw invalid(`Its \`typ\` is not \`${issuer.type}\`.`);
    const key = issuer.keys.find(header.kid, header.alg);
    return key instanceof Promise
      ? key.then((found) => this.#verifyWith(found, token, digest, issuer))
      : this.#verifyWith(key, token, digest, issuer);
  }

  #verifyWith(
    key: IssuerKey | undefined,
    token: string,
    digest: string,
    issuer: TokenIssuer,
  ): Bearer | Promise<Bearer> {
    if (key === undefined) throw invalid('The issuer has no such key.');
    const now = this.#options.clock.now();
    const claims = verified(token, key, issuer, now);
    const { exp, iat, jti } = claims;
    const skewSeconds = issuer.clockSkewMs / 1_000;
    if (typeof exp !== 'number') throw invalid('It has no `exp`.');
    if (iat !== undefined && !(typeof iat === 'number' && iat <= now / 1_000 + skewSeconds))
      throw invalid('Its `iat` lies in the future, or is no time.');
    const id = typeof jti === 'string' ? jti : undefined;
    this.#refuseDenied(issuer.issuer, id);
    const expiresAt = (exp + skewSeconds) * 1_000;
    const know = (bearer: Bearer): Bearer => {
      this.#known.set(digest, { bearer, key, issuer: issuer.issuer, id, expiresAt });
      return bearer;
    };
    const bearer = issuer.bearer(claims);
    return bearer instanceof Promise ? bearer.then(know) : know(bearer);
  }

  #refuseDenied(issuer: string, id: string | undefined): void {
    if (id === undefined) return;
    const { denied } = this.#options;
    if (denied.isBlind()) throw new TributaryError('AUTH_UNAVAILABLE', undefined, { retryAfterMs: 1_000 });
    if (denied.has(issuer, id)) throw invalid('It was revoked.');
  }
}

/** What a token says, not verified. */
function partsOf(token: string): { readonly header: Header; readonly claims: Claims } {
  const [head = '', body = '', signature, ...more] = token.split('.');
  if (signature === undefined || more.length > 0) throw invalid('It is no JSON Web Token.');
  const header = jsonOf(head);
  const { alg, kid, typ } = header;
  if (Object.hasOwn(header, 'crit')) throw invalid('It demands an extension (`crit`).');
  if (typeof alg !== 'string') throw invalid('It names no algorithm.');
  if (kid !== undefined && typeof kid !== 'string') throw invalid('Its `kid` is no text.');
  return {
    header: { alg, kid, typ: typeof typ === 'string' ? typ : undefined },
    claims: jsonOf(body),
  };
}

function jsonOf(part: string): Claims {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Claims;
  } catch {
    // Told below, like all that is no object.
  }
  throw invalid('It is no JSON Web Token.');
}

function verified(token: string, { key }: IssuerKey, issuer: TokenIssuer, now: number): Claims {
  try {
    const [first = '', ...others] = issuer.recipients;
    return jwt.verify(token, key, {
      algorithms: [...issuer.algorithms],
      issuer: issuer.issuer,
      audience: [first, ...others],
      clockTimestamp: Math.floor(now / 1_000),
      clockTolerance: issuer.clockSkewMs / 1_000,
    }) as Claims;
  } catch (thrown) {
    const { name, message } = thrown as Error;
    if (name === 'TokenExpiredError') throw new TributaryError('TOKEN_EXPIRED');
    throw invalid(message);
  }
}

/** "application/at+jwt" is the same: RFC 9068 §4. */
function isType(typ: string | undefined, expected: string): boolean {
  return typ?.toLowerCase().replace(/^application\//, '') === expected;
}

/** @param detail for the log: a client is told one text, whatever is wrong */
function invalid(detail: string): TributaryError {
  return new TributaryError('TOKEN_INVALID', undefined, { detail });
}
