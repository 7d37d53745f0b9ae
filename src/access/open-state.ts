import path from 'node:path';
import type { ServerConfig } from '../config/server-config.ts';
import type { RedisLink } from '../redis/redis-link.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { type Clock, steadyClock } from '../util/clock.ts';
import { given } from '../util/given.ts';
import { type Audit, openAudit } from './audit/audit.ts';
import { AuditNotes } from './audit/audit-notes.ts';
import { ownName } from './identity/issuer-problems.ts';
import { openPepper, type Pepper } from './keys/pepper.ts';
import { type DeniedTokens, openDeniedTokens } from './oauth/denied-tokens.ts';
import { mailToFile } from './registration/mail.ts';
import { openRegistry, type Registry } from './registry.ts';
import { type Changes, openChanges } from './state/changes.ts';
import type { Database } from './state/database.ts';
import { openDatabase } from './state/open-database.ts';
import { openSwitches, type Switches } from './switches/switches.ts';

export interface AccessStateOptions {
  readonly config: Pick<
    ServerConfig['access'],
    'stateUrl' | 'pepperFile' | 'maxKnownKeys' | 'mail' | 'mailFile' | 'environment' | 'publicUrl' | 'issuers'
  >;
  /** Of the graph project: paths are relative to it. */
  readonly directory: string;
  readonly variables: NodeJS.ProcessEnv;
  readonly log: Log;
  /** Tells other replicas of changes at once; without it they find them by themselves, within half a second. */
  readonly redis?: RedisLink | undefined;
  readonly metrics?: Metrics;
  readonly clock?: Clock;
}

/** Everything about access that is kept: what a server and the command line both work on. */
export interface AccessState {
  readonly database: Database;
  readonly changes: Changes;
  readonly audit: Audit;
  /** What nobody waits for to be in the audit log. */
  readonly notes: AuditNotes;
  readonly pepper: Pepper;
  readonly registry: Registry;
  readonly switches: Switches;
  readonly denied: DeniedTokens;
  /** The claim `iss` of each issuer whose tokens are believed, by its name; this server is one. */
  readonly issuers: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/** Opens it. Rejects with a `ProblemsError` where the database or the pepper cannot be had; then nothing is open. */
export async function openAccessState(options: AccessStateOptions): Promise<AccessState> {
  const { config, directory, variables, log, clock = steadyClock } = options;
  const pepper = openPepper({ variables, directory, file: config.pepperFile, log });
  const database = await openDatabase(config.stateUrl, { directory, clock });
  const open: { close(): unknown }[] = [database];
  const close = async (): Promise<void> => {
    // In the order opposite to that of opening: the database last.
    for (const each of open.splice(0).reverse()) await each.close();
  };
  try {
    const changes = await openChanges({
      database,
      clock,
      log,
      ...given({ redis: options.redis, metrics: options.metrics }),
    });
    open.push(changes);
    const audit = openAudit({ database, clock, log });
    open.push(audit);
    const notes = new AuditNotes({ database, audit, clock, log });
    open.push(notes);
    const { maxKnownKeys, environment, mail = mailToFile(path.resolve(directory, config.mailFile)) } = config;
    const kept = { database, changes, audit, pepper };
    const registry = await openRegistry({ ...kept, mail, environment, log, clock, maxKnownKeys });
    open.push(registry);
    const switches = await openSwitches({ database, changes, writer: registry.writer, clock });
    const denied = await openDeniedTokens({ database, changes, audit, clock });
    const issuers = new Map(config.issuers.map(({ name, issuer }) => [name, issuer]));
    issuers.set(ownName, config.publicUrl);
    return { database, changes, audit, notes, pepper, registry, switches, denied, issuers, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
