import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Gives all tests one folder for what they write into the folder of temporary files, and removes it after the last: a
 * worker that is ended cannot tidy up. Databases that run as a user of their own must get into it.
 */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-tests-'));
  chmodSync(folder, 0o755);
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
