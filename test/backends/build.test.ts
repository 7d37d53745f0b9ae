import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
// @ts-expect-error: plain JavaScript with JSDoc types
import { BuildError, build } from '../../scripts/build.mjs';

const repository = resolve(import.meta.dirname, '../..');

describe('the build script', () => {
  let root: string;

  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const backends = (): Promise<string[]> => build({ only: ['backends'], root });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'build-'));
    symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
    write('package.json', '{"type":"module"}');
    write('tsconfig.json', readFileSync(join(repository, 'tsconfig.json'), 'utf8'));
    write('backends/tsconfig.json', readFileSync(join(repository, 'backends/tsconfig.json'), 'utf8'));
    write('backends/one.ts', "import { two } from './deep/two.ts';\nexport const one: number = two - 1;\n");
    write('backends/deep/two.ts', 'export const two = 2;\n');
    write('backends/deep/menu.wsdl', '<wsdl/>');
  });

  afterEach(() => rmSync(root, { recursive: true }));

  test('builds once, takes other files along, and then only what changed', async () => {
    expect(await backends()).toEqual(['backends']);
    expect(readFileSync(join(root, 'dist/backends/deep/menu.wsdl'), 'utf8')).toBe('<wsdl/>');
    expect(await backends()).toEqual([]);
    // A fresh clone has other times; only contents count.
    utimesSync(join(root, 'backends/one.ts'), new Date(), new Date());
    expect(await backends()).toEqual([]);
    write('backends/deep/menu.wsdl', '<wsdl2/>');
    expect(await backends()).toEqual(['backends']);
    expect(readFileSync(join(root, 'dist/backends/deep/menu.wsdl'), 'utf8')).toBe('<wsdl2/>');
  });

  test.each(['package-lock.json', 'tsconfig.json', 'backends/tsconfig.json', 'backends/three.ts'])(
    'builds again when %s changes',
    async (file) => {
      await backends();
      const before = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';
      write(file, `${before}\n`);
      expect(await backends()).toEqual(['backends']);
    },
  );

  test('builds again when an output is gone, and leaves nothing of sources that are gone', async () => {
    await backends();
    rmSync(join(root, 'dist/backends/deep/two.js'));
    expect(await backends()).toEqual(['backends']);
    expect(existsSync(join(root, 'dist/backends/deep/two.js'))).toBe(true);
    write('backends/one.ts', 'export const one = 1;\n');
    rmSync(join(root, 'backends/deep'), { recursive: true });
    await backends();
    const left = readdirSync(join(root, 'dist/backends'), { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual(['one.js']);
  });

  test('keeps the parts of dist apart', async () => {
    write('tsconfig.build.json', readFileSync(join(repository, 'tsconfig.build.json'), 'utf8'));
    write('src/index.ts', 'export const engine = 1;\n');
    expect((await build({ root })).sort()).toEqual(['backends', 'engine']);
    write('src/index.ts', 'export const engine = 2;\n');
    expect(await build({ root })).toEqual(['engine']);
    expect(existsSync(join(root, 'dist/backends/one.js'))).toBe(true);
    expect(await build({ root })).toEqual([]);
  });

  test('fails with what the compiler said, keeps the old output, and tries again', async () => {
    await backends();
    write('backends/one.ts', "export const one: number = 'text';\n");
    await expect(backends()).rejects.toThrow(/one\.ts.*Type 'string' is not assignable to type 'number'/s);
    await expect(backends()).rejects.toBeInstanceOf(BuildError);
    expect(readFileSync(join(root, 'dist/backends/one.js'), 'utf8')).toContain('two');
  });

  test('takes over the lock of a process that is gone, and two builds at once make one', async () => {
    const gone = spawn(process.execPath, ['-e', '']);
    await new Promise((done) => gone.once('close', done));
    write('dist/.lock/pid', String(gone.pid));
    const built = await Promise.all([backends(), backends()]);
    expect(built.flat()).toEqual(['backends']);
    expect(readdirSync(join(root, 'dist')).sort()).toEqual(['.stamps', 'backends']);
  });

  test('says what is missing', async () => {
    await expect(build({ only: ['engine'], root })).rejects.toThrow('src/ is missing');
    rmSync(join(root, 'node_modules'));
    await expect(backends()).rejects.toThrow('run npm ci first');
  });
});
