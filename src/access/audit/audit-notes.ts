import type { Log } from '../../telemetry/log.ts';
import type { Clock } from '../../util/clock.ts';
import type { Actor } from '../actor.ts';
import type { Database } from '../state/database.ts';
import { reasonOfFailure } from '../state/sql-errors.ts';
import type { Audit } from './audit.ts';
import type { AuditEntry } from './audit-entry.ts';
import { NoteBudget } from './note-budget.ts';

/** What is noted beside the work, each kind with a budget of its own. */
export type NoteKind = 'key.use-after-revoke' | 'admin.denied' | 'admin.login' | 'anomaly' | 'load';

export interface AuditNotesOptions {
  readonly database: Database;
  readonly audit: Pick<Audit, 'append'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Of each kind, on this replica. @default 60 */
  readonly mostAMinute?: number;
  /** How soon entries are written, in milliseconds. @default 1000 */
  readonly writeMs?: number;
}

/** While the database is down, entries beyond these are left out; how many is told. */
const mostWaiting = 1_000;
/** Other writers have their turn between two batches. */
const batch = 100;
const againAfterMs = 30_000;

/** The server itself, as an actor. */
export const server: Actor = { type: 'system', id: 'server' };

/**
 * Entries of the audit log that no answer waits for: of those who may cause as many as they like, and of the server itself.
 * They are written in the background, a second later, with the time at which they came. What is beyond the budget of a
 * minute is left out, and one entry `audit.omitted` says how many.
 */
export class AuditNotes {
  readonly #options: AuditNotesOptions;
  readonly #budget: NoteBudget<NoteKind>;
  readonly #timer: NodeJS.Timeout;
  #waiting: AuditEntry[] = [];
  #writing: Promise<void> | undefined;
  #notBefore = 0;

  constructor(options: AuditNotesOptions) {
    this.#options = options;
    this.#budget = new NoteBudget(options.mostAMinute ?? 60, options.clock);
    this.#timer = setInterval(() => {
      if (options.clock.now() >= this.#notBefore) void this.flush();
    }, options.writeMs ?? 1_000).unref();
  }

  /**
   * Takes a note. Never throws, never waits.
   *
   * @returns whether it will be written
   */
  note(kind: NoteKind, entry: AuditEntry): boolean {
    if (!this.#budget.take(kind)) return false;
    if (this.#waiting.length < mostWaiting) return this.#add(entry);
    this.#budget.leaveOut(kind);
    return false;
  }

  /** Writes what waits. Where that fails, the log is told, and it is tried again later. Never rejects. */
  flush(): Promise<void> {
    this.#tellOmitted(false);
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /** Writes what waits, and stops. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    this.#tellOmitted(true);
    await this.flush();
  }

  #add(entry: AuditEntry): boolean {
    this.#waiting.push({ ...entry, at: this.#options.clock.now() });
    return true;
  }

  /** Where too many wait already, the numbers go on to grow, and are told later. */
  #tellOmitted(all: boolean): void {
    if (this.#waiting.length >= mostWaiting) return;
    for (const { kind, count } of this.#budget.omitted(all))
      this.#add({ actor: server, action: 'audit.omitted', target: `${kind}:${count}` });
  }

  async #write(): Promise<void> {
    const { database, audit, clock, log } = this.#options;
    try {
      while (this.#waiting.length > 0) {
        const entries = this.#waiting.slice(0, batch);
        await database.transaction(async (transaction) => {
          for (const entry of entries) await audit.append(transaction, entry);
        });
        this.#waiting = this.#waiting.slice(entries.length);
      }
      this.#notBefore = 0;
    } catch (thrown) {
      this.#notBefore = clock.now() + againAfterMs;
      log.warn(
        { cause: reasonOfFailure(thrown), waiting: this.#waiting.length },
        'The audit log could not be written: the entries wait.',
      );
    }
  }
}
