import type { Audience, Caller } from '../../caller.ts';
import { TributaryError } from '../../errors.ts';
import type { KeyEnvironment, KeyVerifier } from '../keys/verified-key.ts';
import { type ClientAddress, clientAddressBy } from './address.ts';
import { bothTogether } from './agreement.ts';
import { type Credentials, type CredentialsRequest, takeCredentials } from './credentials.ts';
import { assertAllowedHere, holderOf, type KeyHolder } from './key-holder.ts';
import type { Bearer } from './token-issuer.ts';
import type { TokenVerifier } from './token-verifier.ts';

export interface IdentityOptions {
  /** The audience of callers without credentials; `none` refuses them. */
  readonly anonymous: Audience | 'none';
  /** Keys of the other one are refused. */
  readonly environment: KeyEnvironment;
  /** Addresses and CIDR blocks of the proxies in front. */
  readonly trustedProxies: readonly string[];
  readonly keys: KeyVerifier;
  readonly tokens: Pick<TokenVerifier, 'verify'>;
}

/** Tells who is calling. */
export class Identity {
  readonly #options: IdentityOptions;
  readonly #addressOf: ClientAddress;
  readonly #anonymous: Caller | undefined;

  constructor(options: IdentityOptions) {
    this.#options = options;
    this.#addressOf = clientAddressBy(options.trustedProxies);
    this.#anonymous = options.anonymous === 'none' ? undefined : anonymous(options.anonymous);
  }

  /** As `takeCredentials`: what follows sees a request without them. */
  take(request: CredentialsRequest): Credentials {
    return takeCredentials(request, this.#addressOf);
  }

  /**
   * Who is calling. A key names an app, a token a user or a client; where both come, they must agree. Wrong credentials
   * are refused: they never count as none. Synchronous where the credentials are known.
   *
   * @returns the same object for as long as the same credentials are known
   * @throws TributaryError, or rejects with it: `UNAUTHENTICATED` (none, where some are needed), `API_KEY_INVALID`,
   * `API_KEY_REVOKED`, `API_KEY_EXPIRED`, `TOKEN_INVALID`, `TOKEN_EXPIRED`, `KEY_NOT_ALLOWED_HERE`,
   * `AMBIGUOUS_CREDENTIALS`, `AUTH_UNAVAILABLE`
   */
  identify(credentials: Credentials): Caller | Promise<Caller> {
    const { key, token } = credentials;
    if (key === undefined) return token === undefined ? this.#nobody() : this.#bearer(token, credentials);
    const verified = this.#options.keys.verify(key.text);
    if (verified instanceof Promise)
      return verified.then((known) => this.#holder(holderOf(known), credentials));
    return this.#holder(holderOf(verified), credentials);
  }

  #nobody(): Caller {
    if (this.#anonymous === undefined) throw new TributaryError('UNAUTHENTICATED');
    return this.#anonymous;
  }

  #bearer(token: string, credentials: Credentials): Caller | Promise<Caller> {
    const bearer = this.#options.tokens.verify(token);
    return bearer instanceof Promise
      ? bearer.then((known) => this.#allowed(known, credentials).caller)
      : this.#allowed(bearer, credentials).caller;
  }

  /** The limits of the secret that got a token are the token's, but for the place: a token has its own. */
  #allowed(bearer: Bearer, { address, origin }: Credentials): Bearer {
    if (bearer.key !== undefined)
      assertAllowedHere(holderOf(bearer.key), { key: undefined, address, origin }, this.#options.environment);
    return bearer;
  }

  #holder(holder: KeyHolder, credentials: Credentials): Caller | Promise<Caller> {
    assertAllowedHere(holder, credentials, this.#options.environment);
    if (credentials.token === undefined) return holder.caller;
    const bearer = this.#options.tokens.verify(credentials.token);
    return bearer instanceof Promise
      ? bearer.then((known) => bothTogether(holder, this.#allowed(known, credentials)))
      : bothTogether(holder, this.#allowed(bearer, credentials));
  }
}

function anonymous(audience: Audience): Caller {
  return Object.freeze({ id: 'anonymous', audience, tenant: undefined, isAuthenticated: false });
}
