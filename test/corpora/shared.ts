import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where real documents lie beside the checkout; `undefined`, with a word about it, where they do not. */
export function corpus(folder: string): string | undefined {
  const path = fileURLToPath(new URL(`../../../shared/corpora/${folder}/`, import.meta.url));
  if (existsSync(path)) return path;
  console.warn(`skipped: the corpus ${folder} is not beside this checkout (../shared/corpora/${folder})`);
  return undefined;
}
