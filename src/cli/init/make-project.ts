import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProblemsError } from '../../config/problems.ts';
import { toError } from '../../errors.ts';

/** The files of the new project, each with a suffix: no compiler, formatter or packager takes them for its own. */
const templates = fileURLToPath(new URL('./project/', import.meta.url));
const suffix = '.template';

/** What stands in a folder where a package was installed or a repository begun: it may stay. */
const harmless: ReadonlySet<string> = new Set(['.git', 'node_modules', 'package.json', 'package-lock.json']);

/**
 * Writes a graph project of one field: contract, datasource, binding, configuration and compiler settings.
 *
 * @param directory made where there is none
 * @returns the files written, relative to the directory, sorted
 * @throws {ProblemsError} before anything is written, where something stands there already, or no folder can be made
 */
export async function makeProject(directory: string): Promise<readonly string[]> {
  const found = await entriesOf(directory);
  const [first] = found.filter((entry) => !harmless.has(entry)).sort();
  if (first !== undefined) {
    const message = `The folder is not empty: it holds \`${first}\`.`;
    const mend = 'Name an empty folder, or one that does not exist yet.';
    throw new ProblemsError([{ place: directory, message, mend }]);
  }
  const files = await templateFiles();
  for (const file of files) {
    const target = path.join(directory, file);
    await mkdir(path.dirname(target), { recursive: true });
    // Never over a file that has come in the meantime.
    await writeFile(target, await readFile(path.join(templates, file + suffix)), { flag: 'wx' });
  }
  return files;
}

/** What the folder holds; it is made where there is none. */
async function entriesOf(directory: string): Promise<readonly string[]> {
  try {
    await mkdir(directory, { recursive: true });
    return await readdir(directory);
  } catch (thrown) {
    const message = `The folder cannot be used: ${(toError(thrown) as NodeJS.ErrnoException).code ?? 'unknown'}.`;
    const mend = 'Name a folder that you may write to.';
    throw new ProblemsError([{ place: directory, message, mend }]);
  }
}

async function templateFiles(): Promise<readonly string[]> {
  const entries = await readdir(templates, { recursive: true });
  return entries
    .filter((entry) => entry.endsWith(suffix))
    .map((entry) => entry.slice(0, -suffix.length).split(path.sep).join('/'))
    .sort();
}
