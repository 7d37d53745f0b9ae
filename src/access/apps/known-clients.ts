import type { VerifiedClient } from '../oauth/client-verifier.ts';
import type { Change, Changes } from '../state/changes.ts';
import type { Database } from '../state/database.ts';
import type { KnownPlans } from './known-plans.ts';
import type { Plan } from './plan.ts';

/** The apps that may get OAuth tokens, in this process and in step with the database: those that have a secret for it. */
export interface KnownClients {
  /** The app as it is now; the same object until it or a plan changes. */
  get(appId: string): VerifiedClient | undefined;
}

type ClientRow = {
  readonly app_id: string;
  readonly plan: string;
  readonly tenant: string | null;
  readonly scopes: string;
  readonly claims: string;
};

interface KnownClient {
  readonly row: ClientRow;
  verified: VerifiedClient | undefined;
  generation: number;
}

const selectClients = `SELECT a.app_id, a.plan, a.tenant, a.scopes, a.claims FROM apps a WHERE a.closed_at IS NULL
  AND EXISTS (SELECT 1 FROM keys k WHERE k.app_id = a.app_id AND k.kind = 'client' AND k.revoked_at IS NULL)`;

/** How many ids one statement names. */
const idsAtOnce = 200;

export async function openKnownClients(
  database: Database,
  changes: Changes,
  plans: KnownPlans,
): Promise<KnownClients> {
  let clients = new Map<string, KnownClient>();
  const known = (row: ClientRow): KnownClient => ({ row, verified: undefined, generation: -1 });
  await changes.follow({
    kinds: ['key', 'app'],
    async changed(news) {
      for (const appIds of await appsOf(news, database)) {
        const rows = await database.all<ClientRow>(
          `${selectClients} AND a.app_id IN (${appIds.map(() => '?').join(', ')})`,
          appIds,
        );
        for (const appId of appIds) clients.delete(appId);
        for (const row of rows) clients.set(row.app_id, known(row));
      }
    },
    async resync() {
      const rows = await database.all<ClientRow>(selectClients);
      clients = new Map(rows.map((row) => [row.app_id, known(row)]));
    },
  });
  return {
    get(appId) {
      const client = clients.get(appId);
      const plan = client === undefined ? undefined : plans.get(client.row.plan);
      if (client === undefined || plan === undefined) return undefined;
      if (client.verified === undefined || client.generation !== plans.generation) {
        client.verified = verifiedOf(client.row, plan);
        client.generation = plans.generation;
      }
      return client.verified;
    },
  };
}

/** The apps that changes are about, in groups that one statement can name. */
async function appsOf(news: readonly Change[], database: Database): Promise<readonly string[][]> {
  const appIds = new Set(news.flatMap(({ kind, subject }) => (kind === 'app' ? subject : [])));
  const keyIds = [...new Set(news.flatMap(({ kind, subject }) => (kind === 'key' ? subject : [])))];
  for (const some of inGroups(keyIds)) {
    const rows = await database.all<{ app_id: string }>(
      `SELECT DISTINCT app_id FROM keys WHERE kind = 'client' AND key_id IN (${some.map(() => '?').join(', ')})`,
      some,
    );
    for (const { app_id } of rows) appIds.add(app_id);
  }
  return inGroups([...appIds]);
}

function inGroups(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / idsAtOnce) }, (_, at) =>
    ids.slice(at * idsAtOnce, (at + 1) * idsAtOnce),
  );
}

function verifiedOf(row: ClientRow, plan: Plan): VerifiedClient {
  return Object.freeze({
    appId: row.app_id,
    audience: plan.audience,
    tenant: row.tenant ?? undefined,
    scopes: new Set([...plan.scopes, ...(JSON.parse(row.scopes) as string[])]),
    claims: Object.freeze(JSON.parse(row.claims) as Record<string, string>),
    plan: plan.name,
    registeredOnly: plan.registeredOnly,
  });
}
