import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWarehouse, prepareWarehouse } from '../../etl/warehouse/open.ts';
import { type Backend, type Graph, seedFleet, startBackend, startGraph } from '../support/reference-graph.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/data.md'), 'utf8');
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, text]) => text as string,
  );

let folder: string;
let rides: Backend;
let graph: Graph;
let warehouse: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-data-'));
  warehouse = `sqlite:${join(folder, 'warehouse.db')}`;
  rides = await startBackend('rides');
  const variables = { RIDES_URL: rides.url, FLEET_DATABASE_URL: `sqlite:${join(folder, 'fleet.db')}` };
  await seedFleet(variables);
  await prepareWarehouse(warehouse);
  graph = await startGraph({ ...variables, WAREHOUSE_DATABASE_URL: warehouse });
});
afterAll(async () => {
  await graph.process.stop();
  await rides.process.stop();
  rmSync(folder, { recursive: true });
});

describe('docs/data.md', () => {
  it.each(blocks('graphql'))('shows a query that the graph answers: %s', async (query) => {
    const answer = await graph.ask<{ data: object; errors?: unknown }>(query);
    expect(answer.errors).toBeUndefined();
  });

  it('shows SQL that the warehouse answers', async () => {
    const database = await openWarehouse(warehouse);
    for (const sql of blocks('sql')) expect(await database.transaction(({ all }) => all(sql))).toEqual([]);
    await database.close();
  });

  it('exports as it says', async () => {
    const query = blocks('graphql').find((text) => text.startsWith('# rides.graphql')) as string;
    writeFileSync(join(folder, 'rides.graphql'), query);
    const commands = blocks('sh')
      .flatMap((block) => block.split('\n'))
      .filter((line) => line.includes('export --'));
    expect(commands.length).toBe(2);
    for (const command of commands) expect(await shell(command)).toBe(0);
    const lines = readFileSync(join(folder, 'rides.ndjson'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(4_361);
    expect(Object.keys(JSON.parse(lines[0] as string) as object)).toEqual([
      'id',
      'requestedAt',
      'distanceKm',
      'driver',
    ]);
    const [head, ...rows] = readFileSync(join(folder, 'oslo.csv'), 'utf8').trimEnd().split('\r\n');
    expect(head).toBe('id,requestedAt,distanceKm,driver.id,driver.name');
    expect(rows.length).toBeGreaterThan(500);
  });

  it('names every reason that a record may be rejected for', () => {
    const source = readFileSync(join(root, 'etl/validate.ts'), 'utf8');
    const [, union = ''] = /export type Reason =([\s\S]*?);/.exec(source) ?? [];
    const reasons = [...union.matchAll(/'(\w+)'/g)].map(([, name]) => name as string);
    expect(reasons.length).toBeGreaterThan(10);
    for (const reason of reasons) expect(page).toContain(`\`${reason}\``);
  });
});

/** The command as a shell runs it, in a folder of its own; npm finds the repository by its prefix. */
function shell(command: string): Promise<number | null> {
  const local = command.replace('npm run -s export --', `node ${join(root, 'scripts/export.mjs')}`);
  const child = spawn('sh', ['-c', local], {
    cwd: folder,
    env: { ...process.env, TRIBUTARY_URL: graph.url },
  });
  return new Promise((resolve) => child.once('exit', resolve));
}
