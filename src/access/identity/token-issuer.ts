import type { Caller } from '../../caller.ts';
import type { Algorithm } from '../../config/identity-options.ts';
import type { VerifiedKey } from '../keys/verified-key.ts';
import type { IssuerKeys } from './issuer-key.ts';

/** Somebody whose tokens are believed: an identity provider, or this server itself. */
export interface TokenIssuer {
  /** Short; part of the ids of its callers. */
  readonly name: string;
  /** The claim `iss`. */
  readonly issuer: string;
  /** What the claim `aud` must name one of. */
  readonly recipients: readonly string[];
  readonly algorithms: readonly Algorithm[];
  /** The only `typ` accepted. */
  readonly type: 'at+jwt' | undefined;
  readonly clockSkewMs: number;
  readonly keys: IssuerKeys;
  /**
   * Who a token names, by its verified claims.
   *
   * @throws TributaryError, or rejects with it: `TOKEN_INVALID` where they name nobody, `AUTH_UNAVAILABLE`
   */
  bearer(claims: Claims): Bearer | Promise<Bearer>;
}

/** The claims of a token whose signature, times and issuer are right. */
export type Claims = Readonly<Record<string, unknown>>;

/** Whom a token names. */
export interface Bearer {
  readonly caller: Caller;
  /** The client that got the token: `client_id`, or `azp`. */
  readonly client: string | undefined;
  /** What a key beside the token must share with it. */
  readonly keys: 'same-app' | 'same-tenant';
  /** The client's secret that got the token: its limits are the token's. */
  readonly key?: VerifiedKey;
  /** Whether it is still as it was when the token was verified. @default always */
  isCurrent?(): boolean;
}
