import type { Plan } from '../apps/plan.ts';
import type { KeyKind } from './key-format.ts';
import type { KeyEnvironment, KeyLocation, VerifiedKey } from './verified-key.ts';

/** A key as the database has it, with what its app says. */
export type KeyRow = {
  readonly key_id: string;
  readonly kind: KeyKind;
  readonly app_id: string;
  readonly environment: KeyEnvironment;
  readonly digest: string;
  readonly pepper_version: number;
  readonly scopes: string | null;
  readonly locations: string | null;
  readonly addresses: string;
  readonly origins: string;
  readonly expires_at: number | null;
  readonly grace_until: number | null;
  readonly revoked_at: number | null;
  readonly plan: string;
  readonly tenant: string | null;
  readonly app_scopes: string;
  readonly claims: string;
  readonly closed_at: number | null;
};

const columns = `k.key_id, k.kind, k.app_id, k.environment, k.digest, k.pepper_version, k.scopes, k.locations,
  k.addresses, k.origins, k.expires_at, k.grace_until, k.revoked_at, a.plan, a.tenant, a.scopes AS app_scopes, a.claims, a.closed_at`;

export const selectKeyRows = `SELECT ${columns} FROM keys k JOIN apps a ON a.app_id = k.app_id`;

/** So many rows after an id, in the order of their ids. Cut before the join: planners may otherwise sort all keys for each page. */
export function selectKeyPage(count: number): string {
  return `SELECT ${columns} FROM (SELECT * FROM keys WHERE key_id > ? ORDER BY key_id LIMIT ${count}) k
    JOIN apps a ON a.app_id = k.app_id ORDER BY k.key_id`;
}

/** A key in this process: the row as it came, and what is worked out of it when it is first used. */
export class KeyRecord {
  readonly row: KeyRow;
  /** Whether its secret was seen to match here, while this replica was in step with the database. */
  wasVerified = false;
  // Most keys are hardly ever used.
  #digest: Buffer | undefined;
  #verified: VerifiedKey | undefined;
  #generation = -1;

  constructor(row: KeyRow) {
    this.row = row;
  }

  /** Of the secret: 32 bytes. */
  get digest(): Buffer {
    this.#digest ??= Buffer.from(this.row.digest, 'hex');
    return this.#digest;
  }

  get isRevoked(): boolean {
    return this.row.revoked_at !== null || this.row.closed_at !== null;
  }

  hasExpired(now: number): boolean {
    const { expires_at, grace_until } = this.row;
    return (expires_at !== null && expires_at <= now) || (grace_until !== null && grace_until <= now);
  }

  /** The same object for as long as neither the key nor its app nor any plan has changed. */
  verified(plan: Plan, generation: number): VerifiedKey {
    if (this.#verified === undefined || this.#generation !== generation) {
      this.#verified = verifiedOf(this.row, plan);
      this.#generation = generation;
    }
    return this.#verified;
  }
}

function verifiedOf(row: KeyRow, plan: Plan): VerifiedKey {
  const granted = new Set([...plan.scopes, ...texts(row.app_scopes)]);
  const own = row.scopes === null ? undefined : new Set(texts(row.scopes));
  const locations = row.locations === null ? undefined : new Set(texts(row.locations));
  return Object.freeze({
    keyId: row.key_id,
    appId: row.app_id,
    environment: row.environment,
    audience: plan.audience,
    tenant: row.tenant ?? undefined,
    // What the app has lost since, its keys have lost too.
    scopes: own === undefined ? granted : new Set([...own].filter((scope) => granted.has(scope))),
    claims: Object.freeze(JSON.parse(row.claims) as Record<string, string>),
    plan: plan.name,
    locations: new Set<KeyLocation>(
      plan.locations.filter((each) => locations === undefined || locations.has(each)),
    ),
    addresses: Object.freeze(texts(row.addresses)),
    origins: Object.freeze(texts(row.origins)),
    registeredOnly: plan.registeredOnly,
  });
}

function texts(json: string): string[] {
  return JSON.parse(json) as string[];
}
