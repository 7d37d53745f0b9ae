import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import type { Log } from '../../telemetry/log.ts';
import type { Clock } from '../../util/clock.ts';
import type { IssuerKey, IssuerKeys } from '../identity/issuer-key.ts';
import type { Pepper } from '../keys/pepper.ts';
import type { Changes } from '../state/changes.ts';
import type { Database } from '../state/database.ts';
import { seal, unseal } from './seal.ts';

export interface SigningKeysOptions {
  readonly database: Database;
  readonly changes: Changes;
  readonly pepper: Pepper;
  readonly clock: Clock;
  readonly log: Log;
}

/** A key that tokens may be signed with. */
export interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
}

/** The keys of this server: what it signs with, and what everybody may verify with. */
export interface SigningKeys extends IssuerKeys {
  /** The key to sign with now. Throws an `Error` where none can be opened. */
  signing(): SigningKey;
  /** A JSON Web Key Set: RFC 7517 §5. */
  published(): { readonly keys: readonly object[] };
  /** Makes the next key where the newest one is old enough, and drops those whose last token has expired. */
  renew(): Promise<void>;
}

/** A key signs for so long; its successor is published a day before it signs, and it is published a day longer. */
const signsForMs = 30 * 86_400_000;
const overlapMs = 86_400_000;
const lookEveryMs = 3_600_000;
const subject = 'signing-keys';

// A type, not an interface: rows are records by name.
type KeyRow = {
  readonly id: string;
  readonly public_jwk: string;
  readonly sealed_key: string;
  readonly created_at: number;
  readonly signs_from: number;
};

interface KnownKey extends IssuerKey {
  readonly id: string;
  readonly jwk: object;
  readonly signsFrom: number;
  readonly privateKey: KeyObject | undefined;
}

/**
 * Opens the keys that tokens of this server are signed with: ES256, kept in the state database, their private halves
 * sealed with the server's pepper. All replicas have the same; one of them makes the next.
 */
export async function openSigningKeys(options: SigningKeysOptions): Promise<SigningKeys> {
  const keys = new StoredKeys(options);
  await options.changes.follow({
    kinds: ['token'],
    changed: async (changes) => {
      if (changes.some((change) => change.subject === subject)) await keys.read();
    },
    resync: () => keys.read(),
  });
  await keys.renew();
  return keys;
}

class StoredKeys implements SigningKeys {
  readonly #options: SigningKeysOptions;
  readonly #timer: NodeJS.Timeout;
  #keys: ReadonlyMap<string, KnownKey> = new Map();

  constructor(options: SigningKeysOptions) {
    this.#options = options;
    const look = (): void =>
      void this.renew().catch((error: unknown) =>
        options.log.error({ error }, 'The keys that tokens are signed with cannot be renewed.'),
      );
    this.#timer = setInterval(look, lookEveryMs).unref();
  }

  find(id: string | undefined): IssuerKey | undefined {
    return id === undefined ? undefined : this.#keys.get(id);
  }

  isUsable(): boolean {
    return this.#keys.size > 0;
  }

  signing(): SigningKey {
    const now = this.#options.clock.now();
    let newest: (SigningKey & { readonly signsFrom: number }) | undefined;
    for (const { id, privateKey, signsFrom } of this.#keys.values())
      if (privateKey !== undefined && signsFrom <= now && signsFrom >= (newest?.signsFrom ?? 0))
        newest = { id, privateKey, signsFrom };
    if (newest === undefined) throw new Error('There is no key to sign tokens with.');
    return newest;
  }

  published(): { readonly keys: readonly object[] } {
    return { keys: [...this.#keys.values()].map(({ jwk }) => jwk) };
  }

  async renew(): Promise<void> {
    const { database, changes, clock } = this.#options;
    const changed = await database.transaction(async (transaction) => {
      const rows = await keysIn(transaction);
      const now = clock.now();
      const usable = rows.filter((row) => this.#open(row) !== undefined);
      const newest = usable.at(-1);
      const isDue = newest === undefined || now - newest.created_at >= signsForMs - overlapMs;
      if (isDue)
        await insert(transaction, await this.#newKey(now, newest === undefined ? now : now + overlapMs));
      const gone = rows.filter((_row, index) => now > (rows[index + 1]?.signs_from ?? now) + overlapMs);
      for (const { id } of gone) await transaction.run('DELETE FROM signing_keys WHERE id = ?', [id]);
      if (isDue || gone.length > 0) await changes.publish(transaction, 'token', subject);
      return isDue || gone.length > 0;
    });
    if (changed) await changes.wake();
    await this.read();
  }

  /** Keys that stay are the same objects, so that what was verified with them stays known. */
  async read(): Promise<void> {
    const rows = await keysIn(this.#options.database);
    const keys = new Map(rows.map((row) => [row.id, this.#keys.get(row.id) ?? this.#known(row)]));
    for (const [id, key] of this.#keys) if (!keys.has(id)) key.isRetired = true;
    this.#keys = keys;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #known(row: KeyRow): KnownKey {
    const jwk = JSON.parse(row.public_jwk) as JsonWebKey;
    const privateKey = this.#open(row);
    if (privateKey === undefined)
      this.#options.log.error(
        { key: row.id },
        'A key that tokens are signed with cannot be opened: the secret is not the one that it was sealed with.',
      );
    return {
      id: row.id,
      jwk,
      key: createPublicKey({ key: jwk, format: 'jwk' }),
      signsFrom: row.signs_from,
      privateKey,
      isRetired: false,
    };
  }

  #open({ id, sealed_key }: KeyRow): KeyObject | undefined {
    const key = unseal(sealed_key, labelOf(id), this.#options.pepper);
    return key && createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  }

  async #newKey(now: number, signsFrom: number): Promise<KeyRow> {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = publicKey.export({ format: 'jwk' });
    const id = await calculateJwkThumbprint(jwk as { kty: string });
    const key = privateKey.export({ format: 'der', type: 'pkcs8' });
    return {
      id,
      public_jwk: JSON.stringify({ ...jwk, kid: id, alg: 'ES256', use: 'sig' }),
      sealed_key: seal(key, labelOf(id), this.#options.pepper),
      created_at: Math.floor(now),
      signs_from: Math.floor(signsFrom),
    };
  }
}

function keysIn(database: Database): Promise<readonly KeyRow[]> {
  return database.all<KeyRow>(
    'SELECT id, public_jwk, sealed_key, created_at, signs_from FROM signing_keys ORDER BY signs_from, id',
  );
}

async function insert(transaction: Database, row: KeyRow): Promise<void> {
  await transaction.run(
    'INSERT INTO signing_keys (id, public_jwk, sealed_key, created_at, signs_from) VALUES (?, ?, ?, ?, ?)',
    [row.id, row.public_jwk, row.sealed_key, row.created_at, row.signs_from],
  );
}

function labelOf(id: string): string {
  return `tributary signing key ${id}`;
}
