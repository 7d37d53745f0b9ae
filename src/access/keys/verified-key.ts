import type { Audience } from '../../caller.ts';

/** Where a key may stand in a request. */
export type KeyLocation = 'header' | 'query' | 'body';

export type KeyEnvironment = 'live' | 'test';

/** A key whose secret matched, that was not revoked and has not expired, with what its app and plan say. */
export interface VerifiedKey {
  /** Public: shown in logs, statistics and lists. */
  readonly keyId: string;
  readonly appId: string;
  readonly environment: KeyEnvironment;
  readonly audience: Audience;
  readonly tenant: string | undefined;
  readonly scopes: ReadonlySet<string>;
  readonly claims: Readonly<Record<string, string>>;
  readonly plan: string;
  /** Where the key may be given. */
  readonly locations: ReadonlySet<KeyLocation>;
  /** CIDR blocks that it may be used from; empty: anywhere. */
  readonly addresses: readonly string[];
  /** Origins of pages that it may be used by; empty: any, and none. */
  readonly origins: readonly string[];
  /** Whether its app may run registered operations only. */
  readonly registeredOnly: boolean;
}

/** Verifies API keys. */
export interface KeyVerifier {
  /**
   * Synchronous where the key is known already, and where it is malformed. The same object for as long as nothing changes
   * that it says: what is worked out from it is kept by it.
   *
   * @throws TributaryError, or rejects with it: `API_KEY_INVALID` (malformed, unknown, wrong secret: one text),
   * `API_KEY_REVOKED` and `API_KEY_EXPIRED` (only once the secret matched), `AUTH_UNAVAILABLE`
   */
  verify(text: string): VerifiedKey | Promise<VerifiedKey>;
}
