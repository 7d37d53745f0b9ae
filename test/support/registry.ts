import type { Actor } from '../../src/access/actor.ts';
import type { App } from '../../src/access/apps/apps.ts';
import { type Audit, openAudit } from '../../src/access/audit/audit.ts';
import { openPepper } from '../../src/access/keys/pepper.ts';
import type { Mail, MailSender } from '../../src/access/registration/mail.ts';
import { openRegistry, type Registry, type RegistryOptions } from '../../src/access/registry.ts';
import { type Changes, openChanges } from '../../src/access/state/changes.ts';
import type { Database } from '../../src/access/state/database.ts';
import { type Clock, steadyClock } from '../../src/util/clock.ts';
import { openLogLines } from './log-lines.ts';
import type { TestState } from './state.ts';

export const operator: Actor = { type: 'operator', id: 'ada', address: '127.0.0.1' };

export const testPepper = 'a pepper of the tests that is long enough';

/** One replica on a state database, with a connection of its own whose statements are counted. */
export interface TestReplica {
  readonly registry: Registry;
  readonly changes: Changes;
  readonly audit: Audit;
  readonly database: Database;
  readonly lines: readonly string[];
  /** What was sent by mail. */
  readonly mails: readonly Mail[];
  /** How many statements were sent to the database. */
  statements(): number;
  /** As if the database were gone: every statement is refused. */
  cut(isDown: boolean): void;
  /** Answers of questions that hold the text arrive when the promise is settled, although they were made before. */
  hold(text: string, arrival: Promise<unknown>): void;
  close(): Promise<void>;
}

export async function openReplica(
  state: TestState,
  options: Partial<RegistryOptions> & {
    readonly clock?: Clock;
    readonly pollMs?: number;
    readonly pepperText?: string;
  } = {},
): Promise<TestReplica> {
  const clock = options.clock ?? steadyClock;
  const { log, lines } = openLogLines();
  const guarded = guard(await state.connect());
  const { database } = guarded;
  const changes = await openChanges({
    database,
    clock,
    log,
    ...(options.pollMs === undefined ? {} : { pollMs: options.pollMs }),
  });
  const audit = openAudit({ database, clock, log });
  const variables = { TRIBUTARY_PEPPER: options.pepperText ?? testPepper };
  const pepper = openPepper({ variables, directory: '.', log });
  const mails: Mail[] = [];
  const mail: MailSender = { send: async (each) => void mails.push(each) };
  const registry = await openRegistry({ pepper, mail, log, ...options, database, changes, audit, clock });
  return {
    registry,
    changes,
    audit,
    database,
    lines,
    mails,
    statements: guarded.statements,
    cut: guarded.cut,
    hold: guarded.hold,
    async close() {
      guarded.cut(false);
      await registry.close();
      await changes.close();
      audit.close();
    },
  };
}

/** An app on a plan, made by an operator. */
export function createApp(replica: TestReplica, plan = 'partner'): Promise<App> {
  return replica.registry.apps.create(operator, { name: `App on ${plan}`, plan });
}

/** Counts what goes to the database, and refuses it when told to. */
function guard(inner: Database): {
  readonly database: Database;
  statements(): number;
  cut(isDown: boolean): void;
  hold(text: string, arrival: Promise<unknown>): void;
} {
  let count = 0;
  let down = false;
  const held: [text: string, arrival: Promise<unknown>][] = [];
  const counted = <Result>(statement: () => Promise<Result>): Promise<Result> => {
    count += 1;
    return down ? Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })) : statement();
  };
  return {
    database: {
      dialect: inner.dialect,
      all: (sql, values) =>
        counted(async () => {
          const rows = await inner.all(sql, values);
          for (const [text, arrival] of held) if (sql.includes(text)) await arrival;
          return rows as never;
        }),
      run: (sql, values) => counted(() => inner.run(sql, values)),
      transaction: (work) => counted(() => inner.transaction(work)),
      close: () => inner.close(),
    },
    statements: () => count,
    cut(isDown) {
      down = isDown;
    },
    hold: (text, arrival) => void held.push([text, arrival]),
  };
}
