/** Tokens that were revoked before they expire. */
export interface DenyList {
  /** Whether a token is refused, by its claims `iss` and `jti`. */
  has(issuer: string, id: string): boolean;
  /** Whether so much may have been missed that no token can be believed. */
  isBlind(): boolean;
}
