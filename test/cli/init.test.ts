import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, startNode } from '../support/reference-graph.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

interface Ran {
  readonly code: number | null;
  readonly said: string;
}

async function tributary(...args: readonly string[]): Promise<Ran> {
  const running = startNode(['dist/cli/main.js', ...args]);
  const code = await running.ended;
  return { code, said: running.lines.join('\n') };
}

let inside: string;
let outside: string;
beforeAll(async () => {
  await mkdir(join(root, '.data'), { recursive: true });
  // Where the name of the package leads to this repository, as it does where the package is installed.
  inside = await mkdtemp(join(root, '.data', 'init-'));
  outside = await mkdtemp(join(tmpdir(), 'tributary-init-'));
});
afterAll(() => Promise.all([inside, outside].map((folder) => rm(folder, { recursive: true }))));

/** A command loads the engine, `check` a compiler as well: seconds each on a busy machine. */
const timeout = 60_000;

describe('tributary init', { timeout }, () => {
  let project: string;
  let made: Ran;
  beforeAll(async () => {
    project = join(inside, 'library');
    made = await tributary('init', project);
  });

  it('makes the folder, names what it has written, and what to do next', async () => {
    expect(made.code).toBe(0);
    expect(made.said.split('\n')).toEqual([
      '.gitignore',
      'codegen.yml',
      'datasources/library.ts',
      'resolvers/query.ts',
      'schema/library.graphql',
      'schema/types.ts',
      'tributary.config.ts',
      'tsconfig.json',
      '',
      `Serve it: tributary start ${project}`,
      `Check it: tributary check ${project}`,
    ]);
    expect((await readdir(project)).sort()).toEqual([
      '.gitignore',
      'codegen.yml',
      'datasources',
      'resolvers',
      'schema',
      'tributary.config.ts',
      'tsconfig.json',
    ]);
  });

  it('makes a project that check finds nothing wrong with', async () => {
    expect(await tributary('check', project)).toEqual({
      code: 0,
      said: 'check: no problems in 2 types, 1 binding, 1 operation',
    });
  });

  it('makes a project that answers at once', async () => {
    const served = startNode(['dist/cli/main.js', 'start', project], { PORT: '0', ADMIN_PORT: '0' });
    const [, url = ''] = await served.line(/ready: (http:\S+)/);
    const query =
      '{ known: book(isbn: "9780201896831") { title authors } unknown: book(isbn: "0") { title } }';
    expect(await ask(url, query)).toEqual({
      data: { known: { title: 'Fundamental Algorithms', authors: ['Knuth'] }, unknown: null },
    });
    expect(await served.stop()).toBe(0);
  });

  it('writes the types that codegen makes of its contract', async () => {
    const file = join(project, 'schema/types.ts');
    const written = await readFile(file, 'utf8');
    await rm(file);
    const codegen = join(root, 'node_modules/.bin/graphql-codegen');
    await promisify(execFile)(codegen, ['--config', 'codegen.yml'], { cwd: project });
    expect(await readFile(file, 'utf8')).toBe(written);
  });

  it('refuses a folder that holds anything, and leaves it as it is', async () => {
    const folder = join(inside, 'full');
    await mkdir(folder);
    await writeFile(join(folder, 'notes.txt'), 'mine');
    expect(await tributary('init', folder)).toEqual({
      code: 1,
      said: `${folder}\n  The folder is not empty: it holds \`notes.txt\`. Name an empty folder, or one that does not exist yet.\n1 problem`,
    });
    expect(await readdir(folder)).toEqual(['notes.txt']);
  });

  it('refuses a file where the folder should be', async () => {
    const file = join(inside, 'file');
    await writeFile(file, '');
    const { code, said } = await tributary('init', file);
    expect(code).toBe(1);
    expect(said).toContain('The folder cannot be used: EEXIST. Name a folder that you may write to.');
  });
});

describe('tributary init, far from the repository', { timeout }, () => {
  it('says what to install, and the project is checked with it', async () => {
    const made = await tributary('init', outside);
    expect(made.code).toBe(0);
    expect(made.said).toContain(`  npm install --prefix ${outside} ${root} graphql`);
    // What that command leaves behind: links to the package and to a package of its own.
    await mkdir(join(outside, 'node_modules'));
    await symlink(root, join(outside, 'node_modules/tributary'));
    await symlink(join(root, 'node_modules/graphql'), join(outside, 'node_modules/graphql'));
    expect(await tributary('check', outside)).toMatchObject({ code: 0 });
  });

  it('takes a folder in which the package was installed first', async () => {
    const folder = await mkdtemp(join(outside, 'installed-'));
    await mkdir(join(folder, 'node_modules'));
    await symlink(root, join(folder, 'node_modules/tributary'));
    await writeFile(join(folder, 'package.json'), '{ "private": true }');
    const made = await tributary('init', folder);
    expect(made.code).toBe(0);
    expect(made.said).not.toContain('npm install');
    expect(await readdir(folder)).toEqual(expect.arrayContaining(['package.json', 'resolvers', 'schema']));
  });
});
