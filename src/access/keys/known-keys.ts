import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Change, Changes } from '../state/changes.ts';
import type { Database } from '../state/database.ts';
import { KeyRecord, type KeyRow, selectKeyPage, selectKeyRows } from './key-record.ts';

/**
 * The keys of the database, in this process: the id of every key, so that an id that is not there costs nothing, and the rows of
 * as many as may be kept, so that most keys are verified without a question.
 */
export interface KnownKeys {
  /** Whether there is such a key, as far as this replica knows. */
  has(id: string): boolean;
  /** The key, where its row is kept. */
  get(id: string): KeyRecord | undefined;
  /** Reads a row that is not kept, once for all who ask at the same time. Rejects with the driver's error. */
  load(id: string): Promise<KeyRecord | undefined>;
}

/** So few that reading one holds up no request. */
const page = 500;
const selectPage = selectKeyPage(page);
/** How many ids one statement names. */
const idsAtOnce = 200;

/** @param maxRecords how many rows are kept: about 1.5 KB each */
export async function openKnownKeys(
  database: Database,
  changes: Changes,
  maxRecords: number,
): Promise<KnownKeys> {
  const keys = new ReplicaKeys(database, maxRecords);
  await changes.follow({
    kinds: ['key', 'app'],
    changed: (news) => keys.reread(news),
    resync: () => keys.readAll(),
  });
  return keys;
}

class ReplicaKeys implements KnownKeys {
  readonly #database: Database;
  readonly #maxRecords: number;
  readonly #records: LRUCache<string, KeyRecord>;
  readonly #loading = new Map<string, Promise<KeyRecord | undefined>>();
  #ids = new Set<string>();
  /** Counts up whenever rows were read anew: what was read before that may be older. */
  #epoch = 0;

  constructor(database: Database, maxRecords: number) {
    this.#database = database;
    this.#maxRecords = maxRecords;
    this.#records = new LRUCache({ max: maxRecords });
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  get(id: string): KeyRecord | undefined {
    return this.#records.get(id);
  }

  load(id: string): Promise<KeyRecord | undefined> {
    const loading = this.#loading.get(id);
    if (loading !== undefined) return loading;
    const load = this.#load(id).finally(() => this.#loading.delete(id));
    this.#loading.set(id, load);
    return load;
  }

  async reread(news: readonly Change[]): Promise<void> {
    await this.#rereadWhere('k.key_id', subjectsOf(news, 'key'));
    await this.#rereadWhere('k.app_id', subjectsOf(news, 'app'));
  }

  async readAll(): Promise<void> {
    const ids = new Set<string>();
    let rows: readonly KeyRow[] = [];
    for (let last = ''; ; last = rows.at(-1)?.key_id ?? '') {
      rows = await this.#database.all<KeyRow>(selectPage, [last]);
      for (const row of rows) {
        ids.add(row.key_id);
        // What is kept already must not stay as it was.
        if (ids.size <= this.#maxRecords || this.#records.has(row.key_id)) this.#keep(row);
      }
      if (rows.length < page) break;
      await nextTurn();
    }
    for (const id of this.#records.keys()) if (!ids.has(id)) this.#records.delete(id);
    this.#ids = ids;
    this.#epoch += 1;
  }

  async #rereadWhere(column: 'k.key_id' | 'k.app_id', subjects: readonly string[]): Promise<void> {
    for (let at = 0; at < subjects.length; at += idsAtOnce) {
      const some = subjects.slice(at, at + idsAtOnce);
      const rows = await this.#database.all<KeyRow>(
        `${selectKeyRows} WHERE ${column} IN (${some.map(() => '?').join(', ')})`,
        some,
      );
      for (const row of rows) {
        this.#ids.add(row.key_id);
        this.#keep(row);
      }
      this.#epoch += 1;
    }
  }

  async #load(id: string): Promise<KeyRecord | undefined> {
    for (;;) {
      const epoch = this.#epoch;
      const [row] = await this.#database.all<KeyRow>(`${selectKeyRows} WHERE k.key_id = ?`, [id]);
      // A change that came in meanwhile may be newer than the row: a revoked key would come back.
      if (epoch === this.#epoch) return row === undefined ? undefined : this.#keep(row);
    }
  }

  #keep(row: KeyRow): KeyRecord {
    const record = new KeyRecord(row);
    record.wasVerified = this.#records.peek(row.key_id)?.wasVerified ?? false;
    this.#records.set(row.key_id, record);
    return record;
  }
}

function subjectsOf(news: readonly Change[], kind: Change['kind']): readonly string[] {
  return [...new Set(news.filter((change) => change.kind === kind).map(({ subject }) => subject))];
}
