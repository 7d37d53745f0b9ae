import { TributaryError } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { type App, readApp } from '../apps/apps.ts';
import { read as readPlan } from '../apps/plans.ts';
import { badInput, checkedAddresses, checkedOrigins, checkedScopes, checkedText } from '../inputs.ts';
import type { Role } from '../people/role.ts';
import type { Database, SqlValue } from '../state/database.ts';
import { isUniqueViolation } from '../state/sql-errors.ts';
import type { Step, Writer } from '../writer.ts';
import { type KeyKind, newKeyParts, writeKey } from './key-format.ts';
import { type KeyInfo, type KeyInfoRow, keyInfoOf, selectKeyInfo } from './key-info.ts';
import type { Pepper } from './pepper.ts';
import type { KeyEnvironment, KeyLocation } from './verified-key.ts';

/** What a key may be limited to. */
export interface KeyLimits {
  /** Of the app's scopes; `null`: all of them, those that it gets later too. */
  readonly scopes?: readonly string[] | null;
  /** Of the plan's places; `null`: all of them. */
  readonly locations?: readonly KeyLocation[] | null;
  readonly addresses?: readonly string[];
  readonly origins?: readonly string[];
  /** Milliseconds since the epoch; `null`: never. */
  readonly expiresAt?: number | null;
}

export interface NewKey extends KeyLimits {
  readonly appId: string;
  readonly environment: KeyEnvironment;
  readonly name: string;
  /** `client`: a secret with which the app gets tokens, its id being the client's. @default 'api' */
  readonly kind?: KeyKind;
}

/** How long a key goes on to work after it was replaced; `compromised` revokes it. */
export type Grace = '0' | '1h' | '24h' | '7d' | 'compromised';

/** A key that was made. This is the one time that anybody sees it. */
export interface MadeKey {
  readonly key: string;
  readonly info: KeyInfo;
}

/** The keys of apps, for whoever manages them. Members of an app's group may make, change, rotate and revoke; viewers may list. */
export interface Keys {
  /** @throws TributaryError `NOT_FOUND`, `FORBIDDEN`, `BAD_USER_INPUT`, `CONFLICT` (the app has as many as it may, or is closed) */
  create(actor: Actor, key: NewKey): Promise<MadeKey>;
  list(actor: Actor, appId: string): Promise<readonly KeyInfo[]>;
  get(actor: Actor, keyId: string): Promise<KeyInfo>;
  /** Changes the name or the limits; every replica follows within a second. */
  change(actor: Actor, keyId: string, change: KeyLimits & { readonly name?: string }): Promise<KeyInfo>;
  /**
   * Makes the one successor of a key, with its name and limits. Both work during the grace; after it the old one has expired.
   *
   * @throws TributaryError as `create`; `CONFLICT` where it was rotated already, or works no more
   */
  rotate(actor: Actor, keyId: string, grace: Grace): Promise<MadeKey>;
  /** Every replica refuses it within a second. Revoking it again changes nothing. */
  revoke(actor: Actor, keyId: string, reason: string): Promise<KeyInfo>;
}

const limitNames = ['scopes', 'locations', 'addresses', 'origins', 'expiresAt'] as const;
const hourMs = 3_600_000;
const graceMs = { '0': 0, '1h': hourMs, '24h': 24 * hourMs, '7d': 168 * hourMs, compromised: 0 } as const;

export function openKeys(database: Database, writer: Writer, pepper: Pepper): Keys {
  return {
    create: (actor, key) =>
      writer.write({ actor, action: 'key.create' }, async (step) => {
        const app = await readApp(step.database, actor, key.appId, 'member');
        const made = await createKey(step, pepper, actor, app, key);
        return { result: made, target: made.info.keyId, after: made.info };
      }),
    async list(actor, appId) {
      await readApp(database, actor, appId, 'viewer');
      const rows = await database.all<KeyInfoRow>(
        `${selectKeyInfo} WHERE k.app_id = ? ORDER BY k.created_at DESC, k.key_id LIMIT 1000`,
        [appId],
      );
      return rows.map(keyInfoOf);
    },
    get: async (actor, keyId) => (await readKeyOf(database, actor, keyId, 'viewer')).info,
    change: (actor, keyId, change) =>
      writer.write({ actor, action: 'key.change', target: keyId }, async (step) => {
        const { info: before, app } = await readKeyOf(step.database, actor, keyId, 'member');
        const asked = await checked(step, app, { ...change, name: change.name ?? before.name });
        // What is not changed is not judged: a key that has lost a scope, or has expired, may still be named or limited.
        const changed = limitNames
          .filter((name) => change[name] !== undefined)
          .map((name) => [name, asked[name]]);
        const after = { ...before, name: asked.name, ...Object.fromEntries(changed) };
        await step.database.run(
          'UPDATE keys SET name = ?, scopes = ?, locations = ?, addresses = ?, origins = ?, expires_at = ? WHERE key_id = ?',
          [...columnsOf(after), keyId],
        );
        await step.publish('key', keyId);
        const info = await infoOf(step.database, keyId);
        return { result: info, before, after: info };
      }),
    rotate: (actor, keyId, grace) =>
      writer
        .write({ actor, action: 'key.rotate', target: keyId }, async (step) => {
          const { info: before, app } = await readKeyOf(step.database, actor, keyId, 'member');
          proveUsable(before, step.now);
          await retire(step, keyId, grace);
          const made = await createKey(step, pepper, actor, app, { ...before, ...limitsOf(before) }, keyId);
          return { result: made, before, after: { grace, successor: made.info.keyId } };
        })
        .catch((thrown: unknown) => {
          throw isUniqueViolation(thrown) ? alreadyRotated() : thrown;
        }),
    revoke: (actor, keyId, reason) =>
      writer.write({ actor, action: 'key.revoke', target: keyId }, async (step) => {
        const { info: before } = await readKeyOf(step.database, actor, keyId, 'member');
        await revoke(step, keyId, checkedText('A reason', reason, 200));
        const info = await infoOf(step.database, keyId);
        return { result: info, before, after: info };
      }),
  };
}

/** Makes a key within a write of its own or of somebody else's. */
export async function createKey(
  step: Step,
  pepper: Pepper,
  actor: Actor,
  app: App,
  key: Omit<NewKey, 'appId'>,
  replaces?: string,
): Promise<MadeKey> {
  if (app.closedAt !== undefined) throw new TributaryError('CONFLICT', 'The app is closed.');
  if (!['live', 'test'].includes(key.environment)) throw badInput('An environment is `live` or `test`.');
  const limits = await checked(step, app, key, replaces !== undefined);
  await proveRoom(step, app);
  const parts = newKeyParts(key.kind ?? 'api', key.environment);
  const text = writeKey(parts);
  const digest = pepper.digest(pepper.version, parts.secret) as Buffer;
  await step.database.run(
    `INSERT INTO keys (name, scopes, locations, addresses, origins, expires_at, key_id, kind, app_id, environment, digest,
      pepper_version, last_four, created_at, created_by, replaces_key_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      ...columnsOf(limits),
      parts.id,
      parts.kind,
      app.appId,
      parts.environment,
      digest.toString('hex'),
      pepper.version,
      text.slice(-4),
      step.now,
      `${actor.type}:${actor.id}`.slice(0, 200),
      replaces ?? null,
    ],
  );
  await step.publish('key', parts.id);
  return { key: text, info: await infoOf(step.database, parts.id) };
}

const noSuchKey =
  'There is no key of that id: the 12 characters after `trib_live_` or `trib_test_`, not the key.';

async function readKeyOf(
  database: Database,
  actor: Actor,
  keyId: string,
  least: Role,
): Promise<{ readonly info: KeyInfo; readonly app: App }> {
  const [row] = await database.all<KeyInfoRow>(`${selectKeyInfo} WHERE k.key_id = ?`, [keyId]);
  if (row === undefined) throw new TributaryError('NOT_FOUND', noSuchKey);
  return { info: keyInfoOf(row), app: await readApp(database, actor, row.app_id, least, noSuchKey) };
}

async function infoOf(database: Database, keyId: string): Promise<KeyInfo> {
  const [row] = await database.all<KeyInfoRow>(`${selectKeyInfo} WHERE k.key_id = ?`, [keyId]);
  if (row === undefined) throw new TributaryError('NOT_FOUND');
  return keyInfoOf(row);
}

function proveUsable(key: KeyInfo, now: number): void {
  if (key.graceUntil !== undefined) throw alreadyRotated();
  if (key.revokedAt !== undefined || (key.expiresAt !== undefined && key.expiresAt <= now))
    throw new TributaryError('CONFLICT', 'The key was revoked or has expired: make a new one.');
}

function alreadyRotated(): TributaryError {
  return new TributaryError('CONFLICT', 'The key was rotated already.');
}

/** Counted by the transaction that adds one: writers take turns. Keys that were replaced do not count. */
async function proveRoom({ database, now }: Step, app: App): Promise<void> {
  const [row] = await database.all<{ count: number }>(
    'SELECT COUNT(*) AS count FROM keys WHERE app_id = ? AND revoked_at IS NULL AND grace_until IS NULL AND (expires_at IS NULL OR expires_at > ?)',
    [app.appId, now],
  );
  if ((row?.count ?? 0) >= app.maxKeys)
    throw new TributaryError('CONFLICT', `The app has ${app.maxKeys} keys, which is as many as it may have.`);
}

async function retire(step: Step, keyId: string, grace: Grace): Promise<void> {
  if (!Object.hasOwn(graceMs, grace)) throw badInput('A grace is `0`, `1h`, `24h`, `7d` or `compromised`.');
  await step.database.run('UPDATE keys SET grace_until = ? WHERE key_id = ?', [
    step.now + graceMs[grace],
    keyId,
  ]);
  if (grace === 'compromised') await revoke(step, keyId, 'compromised');
  else await step.publish('key', keyId);
}

async function revoke(step: Step, keyId: string, reason: string): Promise<void> {
  await step.database.run(
    'UPDATE keys SET revoked_at = ?, revoked_reason = ? WHERE key_id = ? AND revoked_at IS NULL',
    [step.now, reason, keyId],
  );
  await step.publish('key', keyId);
}

interface CheckedLimits {
  readonly name: string;
  readonly scopes: readonly string[] | undefined;
  readonly locations: readonly KeyLocation[] | undefined;
  readonly addresses: readonly string[];
  readonly origins: readonly string[];
  readonly expiresAt: number | undefined;
}

type Wanted = { readonly name: string } & KeyLimits;

/** @param shrinks whether what the app or its plan has lost since is left out, rather than refused */
async function checked(step: Step, app: App, wanted: Wanted, shrinks = false): Promise<CheckedLimits> {
  const plan = await readPlan(step.database, app.plan);
  const granted = new Set([...(plan?.scopes ?? []), ...app.scopes]);
  let scopes = wanted.scopes == null ? undefined : checkedScopes(wanted.scopes);
  if (shrinks) scopes = scopes?.filter((scope) => granted.has(scope));
  const missing = scopes?.find((scope) => !granted.has(scope));
  if (missing !== undefined)
    throw badInput(`A key has no scope that its app does not have: grant \`${missing}\` to the app first.`);
  let locations = wanted.locations == null ? undefined : [...new Set(wanted.locations)];
  if (shrinks) locations = locations?.filter((location) => plan?.locations.includes(location));
  if (locations?.some((location) => !plan?.locations.includes(location)))
    throw badInput(
      `A key may be given in no place where its plan does not let it: \`${app.plan}\` lets ${plan?.locations.join(', ')}.`,
    );
  const expiresAt = wanted.expiresAt ?? undefined;
  if (expiresAt !== undefined && !(Number.isSafeInteger(expiresAt) && expiresAt > step.now))
    throw badInput('A key expires at a time that is still to come.');
  return {
    name: checkedText('The name of a key', wanted.name),
    scopes,
    locations,
    addresses: checkedAddresses(wanted.addresses ?? []),
    origins: checkedOrigins(wanted.origins ?? []),
    expiresAt,
  };
}

function columnsOf({ name, scopes, locations, addresses, origins, expiresAt }: CheckedLimits): SqlValue[] {
  return [
    name,
    scopes === undefined ? null : JSON.stringify(scopes),
    locations === undefined ? null : JSON.stringify(locations),
    JSON.stringify(addresses),
    JSON.stringify(origins),
    expiresAt ?? null,
  ];
}

function limitsOf({ scopes, locations, addresses, origins, expiresAt }: KeyInfo): KeyLimits {
  return {
    scopes: scopes ?? null,
    locations: locations ?? null,
    addresses,
    origins,
    expiresAt: expiresAt ?? null,
  };
}
