import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Problem } from '../config/problems.ts';
import { projectFiles } from './project-files.ts';

/**
 * Reads the registered operations of a project: `{ "id": "text of a document" }`, or a folder of `.graphql` files.
 *
 * @param manifest relative to the project
 */
export async function readManifest(
  directory: string,
  manifest: string,
): Promise<{ readonly documents: ReadonlyMap<string, string>; readonly problems: readonly Problem[] }> {
  const absolute = path.join(directory, manifest);
  const found = await stat(absolute).catch(() => undefined);
  if (found?.isDirectory()) return { documents: await readFolder(directory, manifest), problems: [] };
  const wrong = (message: string): Problem => ({
    place: manifest,
    subject: 'documents.manifest',
    message,
    mend: 'Write `{ "id": "text of a document" }`, or name a folder of `.graphql` files.',
  });
  if (found === undefined)
    return { documents: new Map(), problems: [wrong('There is no such file or folder.')] };
  try {
    const content: unknown = JSON.parse(await readFile(absolute, 'utf8'));
    const entries = Object.entries(Object(content) as Record<string, unknown>);
    const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    if (texts.length === entries.length) return { documents: new Map(texts), problems: [] };
    return { documents: new Map(), problems: [wrong('A document of the manifest is no text.')] };
  } catch {
    return { documents: new Map(), problems: [wrong('The manifest is not JSON.')] };
  }
}

async function readFolder(directory: string, folder: string): Promise<ReadonlyMap<string, string>> {
  const files = (await projectFiles(directory, folder, '.graphql')) ?? [];
  const texts = files.map(
    async (file) =>
      [path.basename(file, '.graphql'), await readFile(path.join(directory, file), 'utf8')] as const,
  );
  return new Map(await Promise.all(texts));
}
