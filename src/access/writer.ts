import { isTributaryError, TributaryError } from '../errors.ts';
import type { Clock } from '../util/clock.ts';
import type { Actor } from './actor.ts';
import type { Audit } from './audit/audit.ts';
import type { ChangeKind, Changes } from './state/changes.ts';
import type { Database } from './state/database.ts';
import { mayPass, reasonOfFailure } from './state/sql-errors.ts';

/** Who does what to what: what the audit log is told. */
export interface Intent {
  readonly actor: Actor;
  /** `key.revoke` */
  readonly action: string;
  /** The id of what is acted on, where it has one already. */
  readonly target?: string;
}

/** A write under way. */
export interface Step {
  readonly database: Database;
  /** Whole milliseconds since the epoch. */
  readonly now: number;
  publish(kind: ChangeKind, subject: string): Promise<void>;
}

/** What a write comes to. Of `before` and `after` the audit log keeps a hash each. */
export interface Outcome<Result> {
  readonly result: Result;
  readonly target?: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/**
 * Writes of people: the rows, an entry in the audit log and changes in the feed, in one transaction, or nothing of it. Resolves when
 * this replica has followed; the others are woken. What the work refuses with `FORBIDDEN` is in the audit log as well.
 */
export interface Writer {
  /** Rejects as the work does; with `AUTH_UNAVAILABLE` where the database does not answer. */
  write<Result>(intent: Intent, work: (step: Step) => Promise<Outcome<Result>>): Promise<Result>;
}

export function openWriter(database: Database, changes: Changes, audit: Audit, clock: Clock): Writer {
  return {
    async write(intent, work) {
      try {
        const result = await database.transaction(async (transaction) => {
          const outcome = await work({
            database: transaction,
            now: Math.floor(clock.now()),
            publish: (kind, subject) => changes.publish(transaction, kind, subject),
          });
          const { before, after, target = intent.target ?? '' } = outcome;
          await audit.append(transaction, { ...intent, target, before, after });
          return outcome.result;
        });
        await changes.wake();
        return result;
      } catch (thrown) {
        if (isTributaryError(thrown) && thrown.code === 'FORBIDDEN')
          await database.transaction((transaction) =>
            audit.append(transaction, { ...intent, target: intent.target ?? '', result: 'denied' }),
          );
        throw withoutDriver(thrown);
      }
    },
  };
}

/** A driver's error as one that callers may be told: `AUTH_UNAVAILABLE` where a later attempt may succeed. */
export function withoutDriver(thrown: unknown): unknown {
  if (isTributaryError(thrown)) return thrown;
  const { code, errcode } = Object(thrown) as { code?: unknown; errcode?: unknown };
  if ((code === undefined && errcode === undefined) || !mayPass(thrown)) return thrown;
  return new TributaryError('AUTH_UNAVAILABLE', 'The state database does not answer at present.', {
    detail: reasonOfFailure(thrown),
  });
}
