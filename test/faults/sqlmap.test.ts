import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { startTributary, type Tributary } from '../../src/tributary.ts';
import { openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { privateState } from '../support/private-state.ts';
import { attack, hasSqlmap } from './harness/sqlmap.ts';

if (!hasSqlmap && process.env.TRIBUTARY_REQUIRE_SERVICES === '1')
  throw new Error('Services are required, but no `sqlmap` is on the path.');

/** `SQLMAP_LEVEL=5 SQLMAP_RISK=3` tries everything, for minutes. */
const effort = { level: Number(process.env.SQLMAP_LEVEL ?? 1), risk: Number(process.env.SQLMAP_RISK ?? 2) };
const limitMs = 30 * 60_000;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const note = '{ "query": "query ($id: ID!) { note(id: $id) { id body } }", "variables": { "id": "a*" } }';
const search = JSON.stringify({
  query: `query ($text: String!, $from: Int!, $by: NoteOrder!) {
    notes(containing: $text, from: $from, sortedBy: $by) { id body } }`,
  variables: { text: '%first%*', from: 0, by: 'ID*' },
}).replace('"from":0', '"from":0*');
const rename = JSON.stringify({
  query: 'mutation ($id: ID!, $body: String!) { rename(id: $id, body: $body) }',
  variables: { id: 'b*', body: 'third*' },
});

/** What a server must not be: its statement is glued together from what the client sent. */
async function openInjectable(): Promise<string> {
  const database = new DatabaseSync(':memory:');
  database.exec("CREATE TABLE notes (id TEXT, body TEXT); INSERT INTO notes VALUES ('a', 'first')");
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    response.setHeader('content-type', 'application/json');
    try {
      const { variables } = JSON.parse(Buffer.concat(chunks).toString());
      const found = database.prepare(`SELECT id, body FROM notes WHERE id = '${variables.id}'`).get() ?? null;
      response.end(JSON.stringify({ data: { note: found } }));
    } catch {
      response.end(JSON.stringify({ data: { note: null } }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
    database.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

async function openNotes(database: TestDatabase): Promise<Tributary> {
  await database.run(
    'CREATE TABLE notes (id VARCHAR(190) PRIMARY KEY, body TEXT NOT NULL, weight INT NOT NULL)',
  );
  await database.run("INSERT INTO notes VALUES ('a', 'first', 1), ('b', 'second', 2)");
  const tributary = await startTributary({
    directory: fileURLToPath(new URL('sql-project', import.meta.url)),
    variables: { NOTES_URL: database.url, LOG_LEVEL: 'silent', ...privateState() },
    importModule: (file) => import(file),
  });
  closing.push(() => tributary.close());
  return tributary;
}

/** How many inputs an operation was given, and how many of its calls failed. */
async function countsOf(tributary: Tributary, operation: string): Promise<{ asked: number; failed: number }> {
  const metrics = await (await fetch(`${tributary.adminUrl}/metrics`)).text();
  const sumOf = (name: string): number =>
    [...metrics.matchAll(new RegExp(`^${name}\\{operation="${operation}".*\\} (\\d+)$`, 'gm'))].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
  return {
    asked: sumOf('tributary_operation_inputs_total'),
    failed: sumOf('tributary_operation_errors_total'),
  };
}

const missing = hasSqlmap ? '' : ' (not tested: no `sqlmap` is on the path)';

describe.skipIf(!hasSqlmap)(`I01: sqlmap${missing}`, () => {
  it('finds the hole of a server that has one: it is a judge', async () => {
    const { holes, text } = await attack(await openInjectable(), note, { level: 1, risk: 1 });
    expect(holes).toEqual(['JSON #1*']);
    expect(text).toContain('the back-end DBMS is SQLite');
  }, 60_000);

  it.for(['sqlite', 'postgres', 'mariadb'] as const)(
    'finds nothing in a graph over %s, and all that it sends arrives as a value',
    { timeout: limitMs },
    async (kind, { skip }) => {
      const database = await openTestDatabase(kind);
      if ('missing' in database) return skip(database.missing);
      closing.push(() => database.drop());
      const tributary = await openNotes(database);
      const attacks = [
        ['notes.byId', note, ['#1*']],
        ['notes.search', search, ['#1*', '#2*', '#3*']],
        ['notes.rename', rename, ['#1*', '#2*']],
      ] as const;
      for (const [operation, body, places] of attacks) {
        const { holes, sound } = await attack(tributary.url, body, effort);
        expect(holes).toEqual([]);
        expect(sound).toEqual(places.map((place) => `JSON ${place}`));
        const { asked, failed } = await countsOf(tributary, operation);
        if (effort.level > 1) console.log(`${kind} ${operation}: ${asked} values, ${failed} refused`);
        expect(asked).toBeGreaterThan(50);
        expect(failed).toBeLessThan(asked / 10);
      }
      const rows = await database.run('SELECT id, weight FROM notes ORDER BY id');
      expect(rows.map(({ id, weight }) => [id, Number(weight)])).toEqual([
        ['a', 1],
        ['b', 2],
      ]);
    },
  );
});
