import { ProblemsError } from '../config/problems.ts';
import type { Log } from '../telemetry/log.ts';
import { type Clock, steadyClock } from '../util/clock.ts';
import { type Apps, openApps } from './apps/apps.ts';
import { openKnownPlans } from './apps/known-plans.ts';
import { openPlans, type Plans } from './apps/plans.ts';
import type { Audit } from './audit/audit.ts';
import { type ClientVerifier, openKeyVerifier } from './keys/key-verifier.ts';
import { type Keys, openKeys } from './keys/keys.ts';
import { openKnownKeys } from './keys/known-keys.ts';
import { type LastUse, openLastUse } from './keys/last-use.ts';
import { type Pepper, provePepper } from './keys/pepper.ts';
import type { KeyEnvironment, KeyVerifier } from './keys/verified-key.ts';
import { type Groups, openGroups } from './people/groups.ts';
import { type Memberships, openMemberships } from './people/memberships.ts';
import { openUsers, type Users } from './people/users.ts';
import type { MailSender } from './registration/mail.ts';
import { openRegistration, type Registration } from './registration/registration.ts';
import type { Changes } from './state/changes.ts';
import type { Database } from './state/database.ts';
import { openWriter, type Writer } from './writer.ts';

export interface RegistryOptions {
  readonly database: Database;
  readonly changes: Changes;
  readonly audit: Audit;
  readonly pepper: Pepper;
  /** Brings codes to people who register. */
  readonly mail: MailSender;
  /** Of the keys that people who register get. @default 'live' */
  readonly environment?: KeyEnvironment;
  readonly log: Log;
  /** @default steadyClock */
  readonly clock?: Clock;
  /** How many rows of keys are kept in this process. @default 100000 */
  readonly maxKnownKeys?: number;
}

/** Who may use the API, on what plan, with which keys. */
export interface Registry {
  readonly verifier: KeyVerifier & ClientVerifier;
  readonly lastUse: LastUse;
  readonly plans: Plans;
  readonly apps: Apps;
  readonly keys: Keys;
  readonly users: Users;
  readonly groups: Groups;
  readonly memberships: Memberships;
  readonly registration: Registration;
  /** For what else people write: switches, documents. */
  readonly writer: Writer;
  close(): Promise<void>;
}

/**
 * Opens the registry. What it needs at every request is in this process when it resolves, and kept in step from there on.
 *
 * @throws ProblemsError: the pepper is not the one of the database
 */
export async function openRegistry(options: RegistryOptions): Promise<Registry> {
  const { database, changes, audit, pepper, mail, environment = 'live', log, clock = steadyClock } = options;
  const problems = await provePepper(pepper, database);
  if (problems.length > 0) throw new ProblemsError(problems);
  const writer = openWriter(database, changes, audit, clock);
  const knownPlans = await openKnownPlans(database, changes);
  const knownKeys = await openKnownKeys(database, changes, options.maxKnownKeys ?? 100_000);
  const lastUse = openLastUse({ database, clock, log });
  return {
    verifier: openKeyVerifier({
      keys: knownKeys,
      plans: knownPlans,
      pepper,
      changes,
      clock,
    }),
    lastUse,
    plans: openPlans(knownPlans, writer),
    apps: openApps(database, writer),
    keys: openKeys(database, writer, pepper),
    users: openUsers(database, writer),
    groups: openGroups(database, writer),
    memberships: await openMemberships(database, changes),
    registration: openRegistration({ database, writer, pepper, mail, environment, clock, log }),
    writer,
    close: () => lastUse.close(),
  };
}
