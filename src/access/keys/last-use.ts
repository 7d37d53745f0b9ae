import type { Log } from '../../telemetry/log.ts';
import type { Clock } from '../../util/clock.ts';
import { networkOf } from '../network-of.ts';
import type { Database } from '../state/database.ts';
import { reasonOfFailure } from '../state/sql-errors.ts';

/** When and from where keys were last used: written now and then, so that a use costs no statement. */
export interface LastUse {
  /** Cheap enough for every request. */
  note(keyId: string, address: string, agent: string): void;
  /** Writes what was noted since. Where it fails, it is tried again with the next. */
  flush(): Promise<void>;
  /** Flushes, and stops. */
  close(): Promise<void>;
}

export interface LastUseOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** @default 30000 */
  readonly flushMs?: number;
}

interface Use {
  readonly at: number;
  readonly address: string;
  readonly agent: string;
}

const maxNoted = 100_000;
const maxAgentLength = 120;
const rowsAtOnce = 500;

export function openLastUse({ database, clock, log, flushMs = 30_000 }: LastUseOptions): LastUse {
  let noted = new Map<string, Use>();
  const flush = async (): Promise<void> => {
    const uses = noted;
    noted = new Map();
    try {
      const entries = [...uses];
      for (let at = 0; at < entries.length; at += rowsAtOnce)
        await store(database, entries.slice(at, at + rowsAtOnce));
    } catch (thrown) {
      // What was noted meanwhile is later.
      for (const [keyId, use] of uses) if (!noted.has(keyId) && noted.size < maxNoted) noted.set(keyId, use);
      log.warn({ cause: reasonOfFailure(thrown) }, 'The last use of keys could not be written.');
    }
  };
  const timer = setInterval(() => void flush(), flushMs).unref();
  return {
    note(keyId, address, agent) {
      if (noted.size < maxNoted || noted.has(keyId)) noted.set(keyId, { at: clock.now(), address, agent });
    },
    flush,
    close() {
      clearInterval(timer);
      return flush();
    },
  };
}

/** Another replica may have seen a later use. */
async function store(database: Database, entries: readonly (readonly [string, Use])[]): Promise<void> {
  await database.run(
    `INSERT INTO key_uses (key_id, used_at, address, agent) VALUES ${entries.map(() => '(?, ?, ?, ?)').join(', ')}
     ON CONFLICT (key_id) DO UPDATE SET used_at = excluded.used_at, address = excluded.address, agent = excluded.agent
     WHERE excluded.used_at > key_uses.used_at`,
    entries.flatMap(([keyId, { at, address, agent }]) => [
      keyId,
      Math.floor(at / 60_000) * 60_000,
      networkOf(address),
      Buffer.from(agent.replaceAll(/\p{Cc}/gu, '').slice(0, maxAgentLength)).toString(),
    ]),
  );
}
