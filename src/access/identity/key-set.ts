import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { canonical } from '../../util/canonical.ts';
import type { IssuerKey } from './issuer-key.ts';

const mostKeys = 100;
const fewestRsaBits = 2_048;

/** The keys of a JSON Web Key Set that signatures can be verified with, by what was published of each. */
export interface KeySet {
  find(id: string | undefined, algorithm: string): IssuerKey | undefined;
}

interface KnownKey extends IssuerKey {
  readonly id: string | undefined;
  readonly type: string;
  /** The only algorithm that it is for, where it says so. */
  readonly algorithm: string | undefined;
}

/**
 * Reads a key set: RFC 7517 §5. Keys that cannot be used are passed over, as the RFC demands: other types, other uses,
 * RSA below 2,048 bits, secrets. A key that the set before had is the same object; one that it has no more is retired.
 *
 * Throws an `Error` where it is no key set, or nothing of it can be used; then nothing is retired.
 */
export function readKeySet(value: unknown, before: KeySet | undefined): KeySet {
  const keys = Object(value).keys as unknown;
  if (!Array.isArray(keys)) throw new Error('The answer is no JSON Web Key Set.');
  const known = before instanceof KnownKeys ? before.byText : new Map<string, KnownKey>();
  const byText = new Map<string, KnownKey>();
  for (const jwk of keys.slice(0, mostKeys) as unknown[]) {
    const text = canonical(jwk);
    const key = known.get(text) ?? readKey(Object(jwk) as PublishedKey);
    if (key !== undefined) byText.set(text, key);
  }
  if (byText.size === 0) throw new Error('The key set holds no key that can be used.');
  for (const [text, key] of known) if (!byText.has(text)) key.isRetired = true;
  return new KnownKeys(byText);
}

type PublishedKey = JsonWebKey & { kid?: unknown; alg?: unknown; use?: unknown };

function readKey(jwk: PublishedKey): KnownKey | undefined {
  const { kid, alg, use = 'sig', kty } = jwk;
  if (use !== 'sig' || (kty !== 'RSA' && kty !== 'EC')) return undefined;
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    if (kty === 'RSA' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < fewestRsaBits) return undefined;
    return {
      id: typeof kid === 'string' ? kid : undefined,
      type: kty,
      algorithm: typeof alg === 'string' ? alg : undefined,
      key,
      isRetired: false,
    };
  } catch {
    return undefined;
  }
}

class KnownKeys implements KeySet {
  readonly byText: ReadonlyMap<string, KnownKey>;
  readonly #byId = new Map<string, KnownKey[]>();

  constructor(byText: ReadonlyMap<string, KnownKey>) {
    this.byText = byText;
    for (const key of byText.values())
      if (key.id !== undefined) this.#byId.set(key.id, [...(this.#byId.get(key.id) ?? []), key]);
  }

  /** A token that names no key can only mean the one that there is. */
  find(id: string | undefined, algorithm: string): IssuerKey | undefined {
    const type = algorithm.startsWith('ES') ? 'EC' : 'RSA';
    const named = id === undefined ? [...this.byText.values()] : (this.#byId.get(id) ?? []);
    const fitting = named.filter(
      (key) => key.type === type && (key.algorithm === undefined || key.algorithm === algorithm),
    );
    return fitting.length === 1 ? fitting[0] : undefined;
  }
}
