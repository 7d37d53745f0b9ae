/**
 * Builds what is missing or stale, and only that: the engine (`dist/`), the backends (`dist/backends/`), the loader of the
 * warehouse (`dist/etl/`) and the pages (`dist/web/`). Stale means: the contents of an input differ from those that the last build recorded in `dist/.stamps/`,
 * or one of its outputs is gone. Run it (`npm run build`), or call `build()`.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';

/**
 * @typedef {object} Part what is built as one
 * @property {readonly string[]} inputs files and folders, relative to the root
 * @property {string} output the folder it fills, relative to the root
 * @property {readonly string[]} others folders inside `output` that belong to other parts
 * @property {(root: string) => Promise<string[]>} make gives the files it wrote, relative to the root
 *
 * @typedef {'engine' | 'backends' | 'etl' | 'web'} PartName
 */

const common = ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts/build.mjs'];

/** @type {Record<PartName, Part>} */
const parts = {
  engine: {
    inputs: ['src', 'tsconfig.build.json', ...common],
    output: 'dist',
    others: ['dist/backends', 'dist/bench', 'dist/etl', 'dist/web', 'dist/.stamps', 'dist/.lock'],
    make: (root) => compile(root, 'tsconfig.build.json', 'dist', 'src'),
  },
  backends: {
    inputs: ['backends', ...common],
    output: 'dist/backends',
    others: [],
    make: (root) => compile(root, 'backends/tsconfig.json', 'dist/backends', 'backends'),
  },
  etl: {
    inputs: ['etl', ...common],
    output: 'dist/etl',
    others: [],
    make: (root) => compile(root, 'etl/tsconfig.json', 'dist/etl', 'etl'),
  },
  web: {
    inputs: ['web', 'package.json', 'package-lock.json', 'scripts/build.mjs'],
    output: 'dist/web',
    others: [],
    make: async (root) => {
      await run(root, 'vite', ['build', 'web', '--outDir', '../dist/web', '--emptyOutDir']);
      return listFiles(root, 'dist/web', []);
    },
  },
};

/** A failed build; `message` holds what the compiler printed. */
export class BuildError extends Error {}

/**
 * Builds what is missing or stale. Several processes may call it at once: one builds, the others wait for it.
 *
 * @param {object} [options]
 * @param {readonly PartName[]} [options.only] builds no other part. @default all; `web` only where there is a `web/`
 * @param {(line: string) => void} [options.log] is told what is built. @default silent
 * @param {string} [options.root] the repository. @default the one this script is in
 * @returns {Promise<PartName[]>} what was built
 * @throws {BuildError} with the compiler's output
 */
export async function build({ only, log = () => {}, root: given = repository } = {}) {
  // The compiler prints real paths.
  const root = await realpath(given);
  const wanted = only ?? /** @type {PartName[]} */ (Object.keys(parts));
  const present = [];
  for (const name of wanted) {
    // A part without sources is not there: an installed package has no `web/`.
    if (await exists(join(root, /** @type {string} */ (parts[name].inputs[0])))) present.push(name);
    else if (only)
      throw new BuildError(`There is nothing to build "${name}" from: ${parts[name].inputs[0]}/ is missing.`);
  }
  if ((await stale(root, present)).length === 0) return [];
  await mkdir(join(root, 'dist'), { recursive: true });
  return withLock(join(root, 'dist', '.lock'), async () => {
    // Asked again: whoever held the lock may have built it.
    const due = await stale(root, present);
    for (const { name, hash } of due) {
      log(`building ${name} …`);
      await make(root, name, hash);
    }
    return due.map(({ name }) => name);
  });
}

/** @param {string} root @param {readonly PartName[]} names */
async function stale(root, names) {
  const found = [];
  for (const name of names) {
    const hash = await inputHash(root, parts[name].inputs);
    const stamp = await readStamp(root, name);
    if (stamp?.hash !== hash || !(await allExist(root, stamp.outputs))) found.push({ name, hash });
  }
  return found;
}

/**
 * The stamp goes first and comes back last, so that a build that was killed is stale.
 *
 * @param {string} root @param {PartName} name @param {string} hash
 */
async function make(root, name, hash) {
  const part = parts[name];
  const stamp = stampFile(root, name);
  await rm(stamp, { force: true });
  const outputs = await part.make(root);
  // What this build did not write came from sources that are gone.
  const written = new Set(outputs);
  for (const file of await listFiles(root, part.output, part.others)) {
    if (!written.has(file)) await rm(join(root, file));
  }
  await mkdir(dirname(stamp), { recursive: true });
  await writeFile(stamp, JSON.stringify({ hash, outputs }));
}

/**
 * Compiles TypeScript, and takes along the files that it does not know.
 *
 * @param {string} root @param {string} project @param {string} output @param {string} source
 * @returns {Promise<string[]>} the files written, relative to the root
 */
async function compile(root, project, output, source) {
  const printed = await run(root, 'typescript', ['-p', project, '--noEmitOnError', '--listEmittedFiles']);
  const written = [...printed.matchAll(/^TSFILE: (.+)$/gm)].map(([, file]) =>
    relative(root, resolve(root, /** @type {string} */ (file).trim()))
      .split(sep)
      .join('/'),
  );
  for (const file of await listFiles(root, source, [])) {
    if (!/\.(wsdl|xsd|sql|lua|html|graphql|template)$|\/model\.json$/.test(file)) continue;
    const copy = `${output}/${relative(source, file).split(sep).join('/')}`;
    await mkdir(dirname(join(root, copy)), { recursive: true });
    await copyFile(join(root, file), join(root, copy));
    written.push(copy);
  }
  return written;
}

/**
 * Runs a package's command with this Node.
 *
 * @param {string} root @param {'typescript' | 'vite'} name @param {readonly string[]} args
 * @returns {Promise<string>} its output
 * @throws {BuildError} with its output
 */
async function run(root, name, args) {
  const script = join(root, 'node_modules', name, 'bin', name === 'vite' ? 'vite.js' : 'tsc');
  if (!(await exists(script))) throw new BuildError(`${name} is not installed; run npm ci first.`);
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [script, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.once('error', fail);
    child.once('close', (code, signal) => {
      if (code === 0) done(output);
      else
        fail(new BuildError(`${output.trim()}\n${name} ended with ${signal ?? `exit code ${code}`}`.trim()));
    });
  });
}

/** @param {string} root @param {readonly string[]} inputs */
async function inputHash(root, inputs) {
  const hash = createHash('sha256');
  for (const input of inputs) {
    const isFolder = (await exists(join(root, input))) && (await stat(join(root, input))).isDirectory();
    for (const file of isFolder ? await listFiles(root, input, []) : [input]) {
      const contents = await readFile(join(root, file)).catch(() => 'missing');
      hash.update(`${file}\0${contents.length}\0`).update(contents);
    }
  }
  return hash.digest('hex');
}

/**
 * All files below a folder, relative to the root with `/` between, sorted; none when it is missing.
 *
 * @param {string} root @param {string} folder @param {readonly string[]} except
 * @returns {Promise<string[]>}
 */
async function listFiles(root, folder, except) {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
  const found = [];
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`;
    if (except.includes(path) || entry.name === 'node_modules') continue;
    if (entry.isDirectory()) found.push(...(await listFiles(root, path, except)));
    else found.push(path);
  }
  return found.sort();
}

/** @param {string} root @param {PartName} name */
function stampFile(root, name) {
  return join(root, 'dist', '.stamps', `${name}.json`);
}

/**
 * @param {string} root @param {PartName} name
 * @returns {Promise<{ hash: string, outputs: string[] } | undefined>}
 */
async function readStamp(root, name) {
  try {
    return JSON.parse(await readFile(stampFile(root, name), 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {string} root @param {readonly string[]} files */
async function allExist(root, files) {
  const present = await Promise.all(files.map((file) => exists(join(root, file))));
  return !present.includes(false);
}

/** @param {string} path */
async function exists(path) {
  return stat(path).then(
    () => true,
    () => false,
  );
}

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !Object.hasOwn(parts, name));
  try {
    if (unknown.length > 0) {
      throw new BuildError(`There is no part "${unknown[0]}"; known are ${Object.keys(parts).join(', ')}.`);
    }
    const only = names.length > 0 ? { only: /** @type {PartName[]} */ (names) } : {};
    const built = await build({ ...only, log: console.log });
    if (built.length === 0) console.log('everything is up to date');
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
