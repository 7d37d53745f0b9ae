import type { KeyKind } from './key-format.ts';
import type { KeyEnvironment, KeyLocation } from './verified-key.ts';

/** What may be shown of a key: everything but the key. Times are milliseconds since the epoch. */
export interface KeyInfo {
  readonly keyId: string;
  readonly kind: KeyKind;
  readonly appId: string;
  readonly environment: KeyEnvironment;
  readonly name: string;
  /** How it begins and ends, to recognise it: `trib_live_x1…`, `9aZq`. */
  readonly prefix: string;
  readonly lastFour: string;
  /** `undefined`: all that its app has. */
  readonly scopes: readonly string[] | undefined;
  /** `undefined`: wherever its plan lets it. */
  readonly locations: readonly KeyLocation[] | undefined;
  readonly addresses: readonly string[];
  readonly origins: readonly string[];
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number | undefined;
  /** It was replaced, and works until then. */
  readonly graceUntil: number | undefined;
  readonly revokedAt: number | undefined;
  readonly revokedReason: string | undefined;
  readonly replacesKeyId: string | undefined;
  /** By the minute; the address as its network, the agent shortened. */
  readonly lastUse: { readonly at: number; readonly address: string; readonly agent: string } | undefined;
}

export type KeyInfoRow = {
  readonly key_id: string;
  readonly kind: KeyKind;
  readonly app_id: string;
  readonly environment: KeyEnvironment;
  readonly name: string;
  readonly last_four: string;
  readonly scopes: string | null;
  readonly locations: string | null;
  readonly addresses: string;
  readonly origins: string;
  readonly created_at: number;
  readonly created_by: string;
  readonly expires_at: number | null;
  readonly grace_until: number | null;
  readonly revoked_at: number | null;
  readonly revoked_reason: string | null;
  readonly replaces_key_id: string | null;
  readonly used_at: number | null;
  readonly address: string | null;
  readonly agent: string | null;
};

export const selectKeyInfo = `SELECT k.key_id, k.kind, k.app_id, k.environment, k.name, k.last_four, k.scopes, k.locations, k.addresses,
  k.origins, k.created_at, k.created_by, k.expires_at, k.grace_until, k.revoked_at, k.revoked_reason, k.replaces_key_id, u.used_at, u.address, u.agent
  FROM keys k LEFT JOIN key_uses u ON u.key_id = k.key_id`;

export function keyInfoOf(row: KeyInfoRow): KeyInfo {
  return {
    keyId: row.key_id,
    kind: row.kind,
    appId: row.app_id,
    environment: row.environment,
    name: row.name,
    prefix: `${row.kind === 'api' ? 'trib' : 'tribs'}_${row.environment}_${row.key_id}`,
    lastFour: row.last_four,
    scopes: row.scopes === null ? undefined : (JSON.parse(row.scopes) as string[]),
    locations: row.locations === null ? undefined : (JSON.parse(row.locations) as KeyLocation[]),
    addresses: JSON.parse(row.addresses) as string[],
    origins: JSON.parse(row.origins) as string[],
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at ?? undefined,
    graceUntil: row.grace_until ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    revokedReason: row.revoked_reason ?? undefined,
    replacesKeyId: row.replaces_key_id ?? undefined,
    lastUse:
      row.used_at === null
        ? undefined
        : { at: row.used_at, address: row.address ?? '', agent: row.agent ?? '' },
  };
}
