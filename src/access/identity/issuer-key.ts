import type { KeyObject } from 'node:crypto';

/** A key that tokens of an issuer are verified with. */
export interface IssuerKey {
  readonly key: KeyObject;
  /** Set when the issuer no longer has it: what was verified with it is not believed any more. */
  isRetired: boolean;
}

/** Where the keys of one issuer come from. */
export interface IssuerKeys {
  /**
   * The key that a token names; `undefined` where the issuer has none of that name for this algorithm.
   *
   * @param id the `kid` of the token's header
   * @throws TributaryError, or rejects with it: `AUTH_UNAVAILABLE` where the keys cannot be had at present
   */
  find(id: string | undefined, algorithm: string): IssuerKey | undefined | Promise<IssuerKey | undefined>;
  /** Whether tokens can be verified at all. */
  isUsable(): boolean;
  close(): void;
}

/** The one key of an issuer that has no others. */
export function oneKey(key: KeyObject): IssuerKeys {
  const known: IssuerKey = { key, isRetired: false };
  return { find: () => known, isUsable: () => true, close: () => {} };
}
