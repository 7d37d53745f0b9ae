import type { Caller } from '../../caller.ts';
import { TributaryError } from '../../errors.ts';
import type { KeyEnvironment, VerifiedKey } from '../keys/verified-key.ts';
import { type AddressTest, withinBlocks } from './address.ts';
import type { Credentials } from './credentials.ts';

/** What is worked out once of a key that is known: who holds it, and from where it may be used. */
export interface KeyHolder {
  readonly key: VerifiedKey;
  readonly caller: Caller;
  readonly isAllowedFrom: AddressTest;
}

const holders = new WeakMap<VerifiedKey, KeyHolder>();

/** The same object for as long as the key's is. */
export function holderOf(key: VerifiedKey): KeyHolder {
  const known = holders.get(key);
  if (known !== undefined) return known;
  const { keyId, appId, audience, tenant, scopes, claims, plan, registeredOnly, addresses } = key;
  const caller: Caller = Object.freeze({
    id: `key:${keyId}`,
    audience,
    tenant,
    isAuthenticated: true,
    scopes,
    claims,
    app: appId,
    key: keyId,
    plan,
    registeredOnly,
  });
  const isAllowedFrom: AddressTest = addresses.length === 0 ? () => true : withinBlocks(addresses);
  const holder = { key, caller, isAllowedFrom };
  holders.set(key, holder);
  return holder;
}

/**
 * Refuses a key that is good, but not here: its secret has matched, so that the message may say why.
 *
 * @throws TributaryError `KEY_NOT_ALLOWED_HERE`
 */
export function assertAllowedHere(
  { key, isAllowedFrom }: KeyHolder,
  { key: given, address, origin }: Pick<Credentials, 'key' | 'address' | 'origin'>,
  environment: KeyEnvironment,
): void {
  if (key.environment !== environment)
    throw refused(
      `This is a key for the ${key.environment} environment; this server is the ${environment} one.`,
    );
  if (given !== undefined && !key.locations.has(given.location))
    throw refused(
      `This key may not be given in the ${given.location} of a request. It may in: ${[...key.locations].join(', ') || 'none'}.`,
    );
  if (!isAllowedFrom(address)) throw refused('This key may not be used from this address.');
  if (key.origins.length > 0 && (origin === undefined || !key.origins.includes(origin)))
    throw refused('This key may be used by the pages of its origins only.');
}

function refused(message: string): TributaryError {
  return new TributaryError('KEY_NOT_ALLOWED_HERE', message);
}
