import type { Audience } from '../../caller.ts';

/** An app that may get tokens, as it and its plan are now. */
export interface VerifiedClient {
  /** The `client_id`. */
  readonly appId: string;
  readonly audience: Audience;
  readonly tenant: string | undefined;
  /** Every scope that it may ask for. */
  readonly scopes: ReadonlySet<string>;
  readonly claims: Readonly<Record<string, string>>;
  readonly plan: string;
  readonly registeredOnly: boolean;
}

/** Knows the apps that may get tokens. */
export interface ClientVerifier {
  /**
   * The app whose secret it is.
   *
   * @throws TributaryError, or rejects with it: `API_KEY_INVALID` (unknown, wrong), `API_KEY_REVOKED`, `API_KEY_EXPIRED`,
   * `AUTH_UNAVAILABLE`
   */
  verifyClient(clientId: string, secret: string): VerifiedClient | Promise<VerifiedClient>;
  /**
   * The app as it is now; the same object for as long as nothing of it changes. `undefined` where there is none, or it may
   * get no tokens: those that it has are refused then.
   */
  client(clientId: string): VerifiedClient | undefined;
}
