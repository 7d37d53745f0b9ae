import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { decodeXml } from './xml/encoding.ts';

/** Descriptions and schemas on this machine's disk, and what was read of them so far. */
export interface LocalDocuments {
  /** The text of a document; rejects for one that cannot be read, and for any address but a file's. */
  read(location: string): Promise<string>;
  /** Changes with the content of what was read, not with where it is; empty where nothing was. */
  digest(): string;
}

/** Reads files alone: nothing that a description names is fetched. */
export function localDocuments(): LocalDocuments {
  const digests = new Map<string, string>();
  return {
    async read(location) {
      if (!location.startsWith('file:')) throw new Error('Only files are read.');
      const bytes = await readFile(fileURLToPath(location));
      digests.set(location, createHash('sha256').update(bytes).digest('base64url'));
      return decodeXml(bytes);
    },
    digest() {
      if (digests.size === 0) return '';
      // In the order in which they were read, which their content decides.
      const all = [...digests.values()].join('\n');
      return createHash('sha256').update(all).digest('base64url').slice(0, 8);
    },
  };
}
