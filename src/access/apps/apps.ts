import { ulid } from 'ulid';
import { TributaryError } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { badInput, checkedScopes, checkedText } from '../inputs.ts';
import { allow } from '../people/role.ts';
import type { Database, SqlValue } from '../state/database.ts';
import type { Writer } from '../writer.ts';
import { read as readPlan } from './plans.ts';

/** A consumer of the API. Quota and usage belong to it, so that they outlive its keys. */
export interface App {
  readonly appId: string;
  readonly name: string;
  /** The group that owns it; `undefined`: operators do. */
  readonly groupId: string | undefined;
  readonly plan: string;
  /** The organisation that its callers belong to. */
  readonly tenant: string | undefined;
  /** What it is granted beside what its plan grants. */
  readonly scopes: readonly string[];
  /** What `@owner` compares with what an object says. */
  readonly claims: Readonly<Record<string, string>>;
  /** How many usable keys it may have. */
  readonly maxKeys: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly closedAt: number | undefined;
}

export interface NewApp {
  readonly name: string;
  readonly groupId?: string;
  /** @default 'open' */
  readonly plan?: string;
  readonly tenant?: string;
  readonly scopes?: readonly string[];
  readonly claims?: Readonly<Record<string, string>>;
  /** @default 10 */
  readonly maxKeys?: number;
}

export type AppChange = Partial<Omit<NewApp, 'groupId'>>;

export interface Apps {
  /**
   * Members of a group with the role `admin` may make apps on the plan `open` for it, and rename them; the rest is for operators.
   *
   * @throws TributaryError `BAD_USER_INPUT`, `NOT_FOUND` (the group, for whoever is no member), `FORBIDDEN`
   */
  create(actor: Actor, app: NewApp): Promise<App>;
  /** Every replica follows within a second. Rejects as `create` does. */
  change(actor: Actor, appId: string, change: AppChange): Promise<App>;
  /** Closes it for ever: each of its keys is refused as revoked. */
  close(actor: Actor, appId: string): Promise<void>;
  get(actor: Actor, appId: string): Promise<App>;
  /** By id; those of the actor's groups, all for operators. At most `limit` (@default 1000), after `after`, an app's id. */
  list(actor: Actor, after?: string, limit?: number): Promise<readonly App[]>;
}

const maxAppsOfGroup = 50;

export function openApps(database: Database, writer: Writer): Apps {
  return {
    create: (actor, app) =>
      writer.write({ actor, action: 'app.create' }, async (step) => {
        await allow(step.database, actor, app.groupId, 'admin');
        if (reservedIn(app, actor)) throw new TributaryError('FORBIDDEN');
        const created = await createApp(step.database, app, step.now);
        await step.publish('app', created.appId);
        return { result: created, target: created.appId, after: created };
      }),
    change: (actor, appId, change) =>
      writer.write({ actor, action: 'app.change', target: appId }, async (step) => {
        const before = await readApp(step.database, actor, appId, 'admin');
        if (reservedIn(change, actor)) throw new TributaryError('FORBIDDEN');
        const after = await checked(step.database, { ...before, ...defined(change) });
        await update(step.database, after);
        await step.publish('app', appId);
        return { result: after, before, after };
      }),
    close: (actor, appId) =>
      writer.write({ actor, action: 'app.close', target: appId }, async (step) => {
        const before = await readApp(step.database, actor, appId, 'owner');
        await step.database.run('UPDATE apps SET closed_at = ? WHERE app_id = ?', [step.now, appId]);
        await step.publish('app', appId);
        return { result: undefined, before, after: { ...before, closedAt: step.now } };
      }),
    get: (actor, appId) => readApp(database, actor, appId, 'viewer'),
    async list(actor, after = '', limit = 1_000) {
      const own =
        'AND group_id IN (SELECT m.group_id FROM group_members m JOIN users u ON u.user_id = m.user_id WHERE m.user_id = ? AND u.disabled_at IS NULL)';
      const rows = await database.all<AppRow>(
        `SELECT * FROM apps WHERE app_id > ? ${actor.type === 'user' ? own : ''} ORDER BY app_id LIMIT ?`,
        actor.type === 'user' ? [after, actor.id, limit] : [after, limit],
      );
      return rows.map(appOf);
    },
  };
}

/** Makes an app within a write of its own or of somebody else's. */
export async function createApp(database: Database, app: NewApp, now: number): Promise<App> {
  const made = await checked(database, {
    appId: ulid(now),
    name: app.name,
    groupId: app.groupId,
    plan: app.plan ?? 'open',
    tenant: app.tenant,
    scopes: app.scopes ?? [],
    claims: app.claims ?? {},
    maxKeys: app.maxKeys ?? 10,
    createdAt: now,
    closedAt: undefined,
  });
  if (made.groupId !== undefined) await proveGroup(database, made.groupId);
  await database.run(
    'INSERT INTO apps (name, plan, tenant, scopes, claims, max_keys, app_id, group_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    [...changeable(made), made.appId, made.groupId ?? null, now],
  );
  return made;
}

/**
 * An app that the actor may do something to.
 *
 * @param missing what is told of one that is not there, and of one of strangers
 * @throws TributaryError, by rejecting: `NOT_FOUND` or `FORBIDDEN`
 */
export async function readApp(
  database: Database,
  actor: Actor,
  appId: string,
  least: Parameters<typeof allow>[3],
  missing = 'There is no app of that id.',
): Promise<App> {
  const [row] = await database.all<AppRow>('SELECT * FROM apps WHERE app_id = ?', [appId]);
  if (row === undefined) throw new TributaryError('NOT_FOUND', missing);
  await allow(database, actor, row.group_id ?? undefined, least, missing);
  return appOf(row);
}

type AppRow = {
  readonly app_id: string;
  readonly name: string;
  readonly group_id: string | null;
  readonly plan: string;
  readonly tenant: string | null;
  readonly scopes: string;
  readonly claims: string;
  readonly max_keys: number;
  readonly created_at: number;
  readonly closed_at: number | null;
};

function appOf(row: AppRow): App {
  return {
    appId: row.app_id,
    name: row.name,
    groupId: row.group_id ?? undefined,
    plan: row.plan,
    tenant: row.tenant ?? undefined,
    scopes: JSON.parse(row.scopes) as string[],
    claims: JSON.parse(row.claims) as Record<string, string>,
    maxKeys: row.max_keys,
    createdAt: row.created_at,
    closedAt: row.closed_at ?? undefined,
  };
}

/** What decides on rights and quota is not for those whom it limits. */
function reservedIn(change: AppChange, actor: Actor): boolean {
  const { name: _, ...rest } = defined(change) as AppChange & { groupId?: string };
  const { groupId: __, plan, ...others } = rest;
  return actor.type === 'user' && (Object.keys(others).length > 0 || (plan !== undefined && plan !== 'open'));
}

function defined<T extends object>(change: T): Partial<T> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<T>;
}

async function checked(database: Database, app: App): Promise<App> {
  const claims = Object.entries(app.claims);
  if (
    claims.length > 20 ||
    claims.some(([name, value]) => !/^[A-Za-z_]\w{0,39}$/.test(name) || value.length > 200)
  )
    throw badInput('There are at most 20 claims, each with a word for its name and 200 characters at most.');
  if (!Number.isInteger(app.maxKeys) || app.maxKeys < 1 || app.maxKeys > 1_000)
    throw badInput('`maxKeys` is a whole number from 1 to 1000.');
  if ((await readPlan(database, app.plan)) === undefined) throw await noSuchPlan(database);
  return {
    ...app,
    name: checkedText('The name of an app', app.name),
    tenant: app.tenant === undefined ? undefined : checkedText('A tenant', app.tenant),
    scopes: checkedScopes(app.scopes),
  };
}

async function noSuchPlan(database: Database): Promise<TributaryError> {
  const plans = await database.all<{ name: string }>('SELECT name FROM plans ORDER BY name LIMIT 20');
  return badInput(`There is no such plan; there are ${plans.map(({ name }) => `\`${name}\``).join(', ')}.`);
}

async function proveGroup(database: Database, groupId: string): Promise<void> {
  const [row] = await database.all<{ apps: number }>(
    'SELECT (SELECT COUNT(*) FROM apps a WHERE a.group_id = g.group_id AND a.closed_at IS NULL) AS apps FROM groups g WHERE g.group_id = ?',
    [groupId],
  );
  if (row === undefined) throw new TributaryError('NOT_FOUND');
  if (row.apps >= maxAppsOfGroup)
    throw new TributaryError('CONFLICT', `A group has at most ${maxAppsOfGroup} apps.`);
}

function changeable({ name, plan, tenant, scopes, claims, maxKeys }: App): SqlValue[] {
  return [name, plan, tenant ?? null, JSON.stringify(scopes), JSON.stringify(claims), maxKeys];
}

async function update(database: Database, app: App): Promise<void> {
  await database.run(
    'UPDATE apps SET name = ?, plan = ?, tenant = ?, scopes = ?, claims = ?, max_keys = ? WHERE app_id = ?',
    [...changeable(app), app.appId],
  );
}
