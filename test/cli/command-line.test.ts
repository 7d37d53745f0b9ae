import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../graph/load.ts';
import setup from '../support/build.ts';
import { redisAtHand } from '../support/redis.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

beforeAll(setup, 120_000);

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

const redis = await redisAtHand();
const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts the command line; `printed` resolves with what matches in its output, `ended` when it has ended. */
function begin(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, LOG_LEVEL: 'silent', PORT: '0', ADMIN_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let [out, error] = ['', ''];
  const looks = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    for (const look of looks) look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    error += text;
  });
  const ended = once(child, 'close').then(([code]): Ran => {
    running.delete(child);
    return { code: code as number | null, out, error };
  });
  const printed = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(out);
        if (found) resolve(found);
      };
      looks.add(look);
      look();
      void ended.then((ran) => reject(new Error(`ended: ${JSON.stringify(ran)}`)));
    });
  return { child, ended, printed };
}

describe('tributary check', () => {
  it('prints one line for a project without problems', async () => {
    const { code, out, error } = await begin(['check', fixture('small-project')]).ended;
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out).toBe('check: no problems in 7 types, 3 bindings, 4 operations\n');
  });

  it('lists every problem with its place and its mend, and fails', async () => {
    const { code, error } = await begin(['check', fixture('bare-project')]).ended;
    expect(code).toBe(1);
    expect(error).toContain('resolvers/query.ts:10  Query.hidden\n  The binding');
    expect(error).toMatch(/Query\.forgotten\n {2}.* Add `forgotten`/);
    expect(error).toMatch(/3 problems\n$/);
  });

  it('prints one JSON object for programs', async () => {
    const { code, out } = await begin(['check', '--json', fixture('bare-project')]).ended;
    const report = JSON.parse(out) as { problems: { subject?: string }[]; operations: number };
    expect(code).toBe(1);
    expect(report.problems.map(({ subject }) => subject)).toContain('Query.hidden');
    expect(report.operations).toBe(0);
  });
});

describe('R01 tributary start, with a Redis that must be there', () => {
  let folder: string;
  beforeAll(async () => {
    // Below the repository, so that it finds the packages that it imports.
    folder = await mkdtemp(fileURLToPath(new URL('../../dist/redis-', import.meta.url)));
    await cp(fixture('small-project'), folder, { recursive: true });
    await writeFile(
      join(folder, 'tributary.config.ts'),
      'export default { graphiql: false, redisRequired: true };\n',
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('does not start while it is not, and says so without the password', async () => {
    const redisUrl = 'redis://:canary-password@127.0.0.1:1';
    const { code, out, error } = await begin(['start', folder], { REDIS_URL: redisUrl }).ended;
    expect(code).toBe(1);
    expect(error).toContain('redisRequired\n  Redis does not answer: ');
    expect(error).toContain('set `redisRequired` to false');
    expect(out + error).not.toContain('canary');
  });

  it('does not start where none is named, whatever is tried again', async () => {
    const { code, error } = await begin(['start', folder], { REDIS_URL: '' }).ended;
    expect(code).toBe(78);
    expect(error).toContain('No Redis is named.');
  });

  it.skipIf('reason' in redis)(
    `starts where it is${'reason' in redis ? `: not tested, ${redis.reason}` : ''}`,
    async () => {
      const started = begin(['start', folder], { REDIS_URL: (redis as { url: string }).url });
      await started.printed(/ready/);
      started.child.kill('SIGTERM');
      expect((await started.ended).code).toBe(0);
    },
  );
});

describe('tributary schema', () => {
  it('prints the contract', async () => {
    const { code, out } = await begin(['schema', fixture('small-project')]).ended;
    expect(code).toBe(0);
    expect(out).toContain('union Found = Driver | Vehicle');
  });
});

describe('tributary schema --audience', () => {
  it('takes an audience as the contract writes it, and as people do', async () => {
    for (const audience of ['PARTNER', 'partner'])
      expect((await begin(['schema', '--audience', audience, fixture('small-project')]).ended).out).toContain(
        'type Query {',
      );
    const { code, error } = await begin(['schema', '--audience', 'nobody', fixture('small-project')]).ended;
    expect([code, error]).toEqual([1, expect.stringContaining('open, partner, internal')]);
  });
});

describe('tributary explain', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-explain-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Explains a document to the small project. */
  async function explain(text: string, ...more: readonly string[]): Promise<Ran> {
    const file = join(folder, 'query.graphql');
    await writeFile(file, text);
    return begin(['explain', file, '--project', fixture('small-project'), ...more]).ended;
  }

  const document = `
    query List { drivers { nodes { name isSenior vehicle { plate } } edges { node { id } } } }
    mutation Rename { rename(id: 1, name: "x") { ...Named } }
    fragment Named on Driver { name vehicle { plate } }
  `;

  it('prints the calls of each operation, and runs none', async () => {
    const { code, out, error } = await explain(document);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' | '))).toEqual([
      'query List',
      'Query.drivers | fleet.drivers | once | not cached',
      'Driver.isSenior | ? | a function decides | unknown until it runs',
      expect.stringMatching(
        /^Driver\.vehicle \| fleet\.vehicle \| under a list, (batched|one request each) \| /,
      ),
      expect.stringMatching(
        /^whole answer: not kept: `Query\.drivers` asks `fleet\.drivers`, which is not cached\.$/,
      ),
      '',
      'mutation Rename',
      'Mutation.rename | ? | a function decides | unknown until it runs',
      expect.stringMatching(/^Driver\.vehicle \| fleet\.vehicle \| once \| /),
      'whole answer: not kept: Only queries are kept.',
      '',
    ]);
  });

  it('prints one JSON object for programs', async () => {
    const { out } = await explain(document, '--json');
    const { operations } = JSON.parse(out) as { operations: { kind: string; calls: { field: string }[] }[] };
    expect(operations.map(({ kind, calls }) => [kind, calls.map(({ field }) => field)])).toEqual([
      ['query', ['Query.drivers', 'Driver.isSenior', 'Driver.vehicle']],
      ['mutation', ['Mutation.rename', 'Driver.vehicle']],
    ]);
  });

  it('names the place of what is wrong with the document, or with its file', async () => {
    const unknown = await explain('{\n  nowhere\n}');
    expect([unknown.code, unknown.error]).toEqual([
      1,
      expect.stringContaining('query.graphql:2:3\n  Cannot query'),
    ]);
    expect((await explain('{ drivers {')).error).toContain('Syntax Error');
    const missing = await begin(['explain', join(folder, 'none'), '--project', fixture('small-project')])
      .ended;
    expect([missing.code, missing.error]).toEqual([1, expect.stringContaining('no such file')]);
  });
});

describe('tributary start', () => {
  it('serves a project until it is told to stop', async () => {
    const { child, ended, printed } = begin(['start', fixture('small-project')]);
    const [, url = ''] = await printed(/ready: (http:\S+)/);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ since(at: "2025-06-30T17:59:30Z") }' }),
    });
    expect(await response.json()).toEqual({ data: { since: '2025-06-30T17:59:30.000Z' } });
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, error: '' });
  });

  it('lists all that keeps a project from being served, a port in use among them, and exits with 78', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    const { code, error } = await begin(['start', fixture('bare-project')], { PORT: String(port) }).ended;
    holder.close();
    expect(code).toBe(78);
    for (const part of ['Query.forgotten', 'Query.hidden', String(port)]) expect(error).toContain(part);
    expect(error).not.toMatch(/^\s+at /m);
  });

  it('leaves nothing behind in a folder that is no project', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'tributary-no-project-'));
    try {
      const { code, error } = await begin(['start', join(parent, 'misspelt')]).ended;
      expect([code, error]).toEqual([78, expect.stringMatching(/misspelt\n {2}There is no such folder\./)]);
      expect((await begin(['start', parent]).ended).error).toContain('no folder `schema/`');
      expect(await readdir(parent)).toEqual([]);
    } finally {
      await rm(parent, { recursive: true });
    }
  });
});

describe('the command line', () => {
  it('refuses a command that it does not know', async () => {
    const { code, error } = await begin(['sart']).ended;
    expect(code).toBe(1);
    expect(error).toContain("unknown command 'sart'");
  });
});
