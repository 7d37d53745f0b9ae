import { timingSafeEqual } from 'node:crypto';
import { TributaryError } from '../../errors.ts';
import type { Clock } from '../../util/clock.ts';
import type { KnownPlans } from '../apps/known-plans.ts';
import type { Changes } from '../state/changes.ts';
import { reasonOfFailure } from '../state/sql-errors.ts';
import { type KeyKind, type KeyParts, readKey } from './key-format.ts';
import type { KeyRecord } from './key-record.ts';
import type { KnownKeys } from './known-keys.ts';
import type { Pepper } from './pepper.ts';
import type { KeyVerifier, VerifiedKey } from './verified-key.ts';

export interface KeyVerifierOptions {
  readonly keys: KnownKeys;
  readonly plans: KnownPlans;
  readonly pepper: Pepper;
  readonly changes: Pick<Changes, 'staleSince' | 'lagMs'>;
  readonly clock: Clock;
  /** How long keys that were verified here go on to work while the database is down, in milliseconds. @default 60000 */
  readonly graceMs?: number;
}

/** Verifies the secrets of OAuth clients: an app's id and one of its secrets. */
export interface ClientVerifier {
  /** As `KeyVerifier.verify`; a secret of another app is as wrong as an unknown one. */
  verifyClient(clientId: string, secret: string): VerifiedKey | Promise<VerifiedKey>;
  /**
   * A key as it is now, without its secret: for the tokens that it got. The same object for as long as nothing changes that it
   * says; `undefined` where it is unknown, revoked or expired. Synchronous where its row is kept.
   *
   * @throws rejects with TributaryError `AUTH_UNAVAILABLE`
   */
  holder(keyId: string): VerifiedKey | undefined | Promise<VerifiedKey | undefined>;
}

/**
 * Verifies keys, cheapest question first: the form and the checksum, the ids that this replica knows, the row that it keeps or the
 * database, the secret's HMAC, and only then whether the key was revoked or has expired. While the database is down, keys that were verified
 * here before work for a minute; nobody else can be told from a stranger.
 */
export function openKeyVerifier(options: KeyVerifierOptions): KeyVerifier & ClientVerifier {
  const verify = (text: string, kind: KeyKind, appId?: string): VerifiedKey | Promise<VerifiedKey> => {
    const parts = readKey(text);
    if (parts === undefined || parts.kind !== kind) throw new TributaryError('API_KEY_INVALID');
    const record = options.keys.get(parts.id);
    if (record !== undefined) return verified(record, parts, appId, options);
    // One that was made just now, on another replica, would be unknown too.
    if (!options.keys.has(parts.id))
      throw new TributaryError(isStale(options) ? 'AUTH_UNAVAILABLE' : 'API_KEY_INVALID');
    return load(parts, appId, options);
  };
  return {
    verify: (text) => verify(text, 'api'),
    verifyClient: (clientId, secret) => verify(secret, 'client', clientId),
    holder(keyId) {
      const record = options.keys.get(keyId);
      if (record !== undefined) return current(record, options);
      if (!options.keys.has(keyId)) return undefined;
      return read(keyId, options).then((found) => found && current(found, options));
    },
  };
}

function read(keyId: string, { keys }: KeyVerifierOptions): Promise<KeyRecord | undefined> {
  return keys.load(keyId).catch((thrown: unknown) => {
    throw new TributaryError('AUTH_UNAVAILABLE', undefined, { detail: reasonOfFailure(thrown) });
  });
}

function current(record: KeyRecord, { plans, clock }: KeyVerifierOptions): VerifiedKey | undefined {
  if (record.isRevoked || record.hasExpired(clock.now())) return undefined;
  const plan = plans.get(record.row.plan);
  return plan && record.verified(plan, plans.generation);
}

async function load(
  parts: KeyParts,
  appId: string | undefined,
  options: KeyVerifierOptions,
): Promise<VerifiedKey> {
  const record = await read(parts.id, options);
  if (record === undefined) throw new TributaryError('API_KEY_INVALID');
  return verified(record, parts, appId, options);
}

function verified(
  record: KeyRecord,
  parts: KeyParts,
  appId: string | undefined,
  { pepper, plans, changes, clock, graceMs = 60_000 }: KeyVerifierOptions,
): VerifiedKey {
  const { row } = record;
  const digest = pepper.digest(row.pepper_version, parts.secret);
  if (digest === undefined)
    throw new TributaryError('AUTH_UNAVAILABLE', undefined, {
      detail: `There is no version ${row.pepper_version} of the pepper.`,
    });
  const matches =
    timingSafeEqual(digest, record.digest) &&
    row.kind === parts.kind &&
    row.environment === parts.environment &&
    (appId === undefined || appId === row.app_id);
  if (!matches) throw new TributaryError('API_KEY_INVALID');
  if (record.isRevoked) throw new TributaryError('API_KEY_REVOKED');
  if (record.hasExpired(clock.now())) throw new TributaryError('API_KEY_EXPIRED');
  const plan = plans.get(row.plan);
  const stale = changes.staleSince !== undefined;
  if (plan === undefined || (stale && (!record.wasVerified || changes.lagMs > graceMs)))
    throw new TributaryError('AUTH_UNAVAILABLE');
  record.wasVerified = true;
  return record.verified(plan, plans.generation);
}

function isStale({ changes }: KeyVerifierOptions): boolean {
  return changes.staleSince !== undefined;
}
