import { vi } from 'vitest';
import { type Datasource, datasourceInfo } from '../../../src/operations/datasource.ts';
import type { OpenContext, Transport } from '../../../src/operations/transport.ts';
import {
  column,
  columns,
  executeReturning,
  expression,
  input,
  keys,
  list,
  many,
  one,
  row,
  sql,
} from '../../../src/transports/sql/index.ts';
import { describeTransport, type TransportFixture } from '../../contracts/transport.ts';
import { type Item, world } from '../../contracts/world.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { availableDatabases } from './fixture.ts';
import { proxyTo } from './proxy.ts';

const item = columns({
  id: 'id',
  owner: 'owner',
  name: 'name',
  code: 'code',
  amount: column.bigint('amount'),
  note: 'note',
});

const sleep = {
  sqlite: '1',
  postgres: 'pg_sleep(30)',
  mariadb: "SELECT MAX(amount) FROM items WHERE SLEEP(30) = 0 AND id = 'i1'",
};

function itemsAt(url: string, kind: TestDatabase['kind']) {
  return sql('items', {
    url,
    timeoutMs: 10_000,
    operations: {
      item: one<{ id: string }, Item>`SELECT ${item} FROM items WHERE id IN (${keys('id')})`,
      itemsOf: many<{ owner: string }, Item>`SELECT ${item} FROM items WHERE owner IN (${keys('owner')})`,
      echo: row<{ text: string }, { text: string }>`
        SELECT ${columns({ text: 'text' })} FROM (SELECT ${input('text', 'text')} AS text) AS given`,
      rename: executeReturning<{ id: string; name: string }, Item>`
        UPDATE items SET name = ${input('name')} WHERE id = ${input('id')} RETURNING ${item}`,
      big: list<Record<never, never>, { id: string }>({ maxRows: 3 })`
        SELECT ${columns({ id: 'id' })} FROM items`,
      garbage: row<Record<never, never>, { day: string }>`
        SELECT ${columns({ day: column.date(expression("'not a day'")) })}`,
      slow: row<Record<never, never>, { slept: unknown }>`
        SELECT ${columns({ slept: column.text(expression(sleep[kind])) })}`,
    },
  });
}

for (const database of await availableDatabases()) {
  const isServer = database.kind !== 'sqlite';
  // MariaDB answers no rows from UPDATE, and its operation would be refused at the start.
  const returns = database.kind !== 'mariadb';
  describeTransport(`SQL on ${database.kind}`, { batches: true }, () => fixture(database, returns), [
    'echo',
    'big',
    'garbage',
    ...(returns ? (['rename'] as const) : []),
    ...(isServer ? (['slow', 'stop'] as const) : []),
  ]);
}

async function fixture(database: TestDatabase, returns: boolean): Promise<TransportFixture> {
  await fill(database);
  if (database.kind === 'sqlite') return embedded(database);
  const { requests, url, stop } = await countedWay(database);
  const items = itemsAt(url, database.kind);
  const { rename, ...others } = items;
  const datasource = returns ? items : withoutRename(url, database.kind);
  const operations = returns ? { ...others, rename } : datasource;
  const isRunning = async () => (await database.run(running[database.kind])).length > 0;
  return {
    datasource,
    operations: operations as never,
    requests,
    slowBegan: () => vi.waitUntil(isRunning, { timeout: 5_000 }).then(() => {}),
    slowEnded: () => vi.waitUntil(async () => !(await isRunning()), { timeout: 5_000 }).then(() => {}),
    stop,
    async close() {
      await stop();
      await database.drop();
    },
  };
}

/** What runs in this process shows no statements from outside: the calls of the transport are counted, one statement each. */
function embedded({ url, kind, drop }: TestDatabase): TransportFixture {
  let count = 0;
  const items = itemsAt(url, kind);
  const info = items[datasourceInfo];
  const open = async (context: OpenContext): Promise<Transport> => {
    const transport = await info.open(context);
    return {
      ping: (signal) => transport.ping?.(signal) ?? Promise.resolve(),
      close: () => transport.close?.() ?? Promise.resolve(),
      prepare<I, O>(spec: unknown, name: string) {
        const prepared = transport.prepare<I, O>(spec, name);
        const call: typeof prepared.call = (inputs, call) => {
          count += 1;
          return prepared.call(inputs, call);
        };
        return { ...prepared, call };
      },
    };
  };
  const datasource = { ...items, [datasourceInfo]: { ...info, open } } as Datasource;
  return { datasource, operations: items as never, requests: () => count, close: drop };
}

function withoutRename(url: string, kind: TestDatabase['kind']) {
  const { item, itemsOf, echo, big, garbage, slow } = itemsAt(url, kind);
  const specs = Object.entries({ item, itemsOf, echo, big, garbage, slow }).map(([name, operation]) => [
    name,
    operation.info.spec,
  ]);
  return sql('items', { url, timeoutMs: 10_000, operations: Object.fromEntries(specs) });
}

const running = {
  sqlite: 'SELECT 1 WHERE 0',
  postgres: `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
    AND pid <> pg_backend_pid() AND query LIKE '%pg_sleep%'`,
  mariadb: `SELECT 1 FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()
    AND INFO LIKE '%SLEEP%'`,
};

/** A way to the database that counts the statements on it. */
async function countedWay({ kind, url }: TestDatabase) {
  let count = 0;
  const proxy = await proxyTo(url, (chunk) => {
    count += kind === 'postgres' ? executions(chunk) : Number(chunk[3] === 0 && chunk[4] === 0x17);
  });
  const through = new URL(url);
  through.port = String(proxy.port);
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= proxy.stop();
    return stopping;
  };
  return { url: through.href, requests: () => count, stop };
}

/** How many Execute messages (protocol 3.0, §55.7) a chunk of whole messages holds. */
function executions(chunk: Buffer): number {
  let count = 0;
  for (let at = 0; at + 5 <= chunk.length; at += 1 + chunk.readUInt32BE(at + 1)) {
    if (chunk[at] === 0) break; // a start-up message, which has no type
    if (chunk[at] === 'E'.charCodeAt(0)) count += 1;
  }
  return count;
}

async function fill({ kind, run }: TestDatabase): Promise<void> {
  await run(`CREATE TABLE items (id VARCHAR(50) PRIMARY KEY, owner VARCHAR(50), name VARCHAR(50), code VARCHAR(50),
    amount BIGINT, note VARCHAR(50))`);
  const quoted = (text: string | null) =>
    text === null
      ? 'NULL'
      : `'${text.replaceAll("'", "''").replaceAll('\\', kind === 'mariadb' ? '\\\\' : '\\')}'`;
  for (const { id, owner, name, code, amount, note } of world)
    await run(
      `INSERT INTO items VALUES (${[id, owner, name, code].map(quoted).join(', ')}, ${amount}, ${quoted(note)})`,
    );
}
