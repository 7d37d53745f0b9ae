import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type BoardAnswer, backendNames, board, startNode } from '../support/reference-graph.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-start-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('npm start', () => {
  const variables = (): Record<string, string> => ({
    PORT: '0',
    ADMIN_PORT: '0',
    BACKENDS_PORT: '0',
    REDIS_URL: '',
    FLEET_DATABASE_URL: `sqlite:${join(folder, 'fleet.db')}`,
    WAREHOUSE_DATABASE_URL: `sqlite:${join(folder, 'warehouse.db')}`,
  });

  it('starts every backend in a process of its own, serves Board, and ends all of them', async () => {
    const started = startNode(['scripts/start.mjs'], variables());
    const [, url] = await started.line(/Tributary is ready: (http:\/\/\S+)/);
    const pids = await Promise.all(
      backendNames.map(async (name) => {
        const [, pid] = await started.line(
          new RegExp(`${name} listening on http://127\\.0\\.0\\.1:\\d+ \\(pid (\\d+)\\)`),
        );
        return Number(pid);
      }),
    );
    expect(new Set([...pids, started.child.pid]).size).toBe(backendNames.length + 1);
    const { data, errors } = await ask<BoardAnswer>(url as string, board);
    expect(errors).toBeUndefined();
    expect(data.rides?.nodes).toHaveLength(100);
    const statistics = '{ rideStatistics(from: "2025-06-01", to: "2025-06-30") { nodes { rides } } }';
    expect(await ask(url as string, statistics)).toEqual({ data: { rideStatistics: { nodes: [] } } });
    expect(await started.stop()).toBe(0);
    await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  });

  it('answers what is in flight before it ends', async () => {
    const started = startNode(['scripts/start.mjs'], variables());
    const [, url] = await started.line(/Tributary is ready: (http:\/\/\S+)/);
    const [, weather] = await started.line(/weather listening on (http:\/\/\S+)/);
    await fetch(`${weather}/faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ delayMs: 700 }),
    });
    const slow = ask<BoardAnswer>(url as string, board);
    await expect
      .poll(async () => ((await (await fetch(`${weather}/calls`)).json()) as { total: number }).total, {
        timeout: 10_000,
      })
      .toBe(3);
    const ended = started.stop();
    const { data, errors } = await slow;
    expect(errors).toBeUndefined();
    expect(data.rides?.nodes[0]?.weather?.summary).toEqual(expect.any(String));
    expect(await ended).toBe(0);
  });

  it('names every port that is taken, and ends with a code that is not zero', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const started = startNode(['scripts/start.mjs'], {
      ...variables(),
      PORT: String(port),
      ADMIN_PORT: String(port),
    });
    expect(await started.ended).not.toBe(0);
    const said = started.lines.join('\n');
    expect(said).toMatch(
      new RegExp(
        `Port ${port} of 127\\.0\\.0\\.1 is in use[\\s\\S]*Port ${port} of 127\\.0\\.0\\.1 is in use`,
      ),
    );
    expect(said).not.toMatch(/\n\s+at /);
    await new Promise((resolve) => taken.close(resolve));
  });
});

describe('a project with many mistakes', () => {
  it('is told all of them at once: option, variable, contract, operation and port', async () => {
    const directory = join(folder, 'broken');
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const files = {
      'tributary.config.ts': `import { defineConfig } from 'tributary';\nexport default defineConfig({ prot: 4000, port: ${port} } as never);\n`,
      'schema/shop.graphql':
        'type Query {\n  article(id: ID!): Article\n}\ntype Article {\n  id: ID!\n  price: Pirce\n}\n',
      'datasources/shop.ts':
        "import { env, get, rest } from 'tributary';\nexport const shop = rest('shop', { baseUrl: env('SHOP_URL_THAT_NOBODY_SETS'), operations: { article: get<{ id: string }, object>('/articles/{id}') } });\n",
      'resolvers/query.ts':
        "import { argument, bind } from 'tributary';\nimport { shop } from '../datasources/shop.ts';\nexport const Query = { article: bind((shop as any).artcle, { id: argument('id') }) };\n",
    };
    for (const [name, text] of Object.entries(files)) {
      await import('node:fs/promises').then(({ mkdir }) =>
        mkdir(join(directory, name, '..'), { recursive: true }),
      );
      await writeFile(join(directory, name), text);
    }
    const started = startNode(['dist/cli/main.js', 'start', directory], { PORT: '', ADMIN_PORT: '0' });
    expect(await started.ended).toBe(78);
    const said = started.lines.join('\n');
    expect(said).toMatch(/tributary\.config\.ts.*\n.*prot/);
    expect(said).toMatch(/schema\/shop\.graphql:6:\d+/);
    expect(said).toMatch(/datasources\/shop\.ts.*\n.*SHOP_URL_THAT_NOBODY_SETS/);
    expect(said).toMatch(/resolvers\/query\.ts:3 +Query\.article\n.*does not exist.*shop\.article/);
    expect(said).toMatch(new RegExp(`Port ${port} of 127\\.0\\.0\\.1 is in use`));
    expect(said).not.toMatch(/\n\s+at /);
    await new Promise((resolve) => taken.close(resolve));
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
