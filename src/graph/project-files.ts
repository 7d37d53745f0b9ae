import { readdir } from 'node:fs/promises';
import path from 'node:path';

/**
 * The files of one folder of a project, however deep, sorted, relative to the project and with `/`.
 *
 * @param extension with its dot; declaration files and tests are left out
 * @returns `undefined` where the folder does not exist
 */
export async function projectFiles(
  directory: string,
  folder: string,
  extension: string,
): Promise<readonly string[] | undefined> {
  try {
    const entries = await readdir(path.join(directory, folder), { recursive: true, withFileTypes: true });
    return entries
      .filter(
        (entry) => entry.isFile() && entry.name.endsWith(extension) && !/\.(d|test)\.ts$/.test(entry.name),
      )
      .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
      .sort();
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw thrown;
  }
}
