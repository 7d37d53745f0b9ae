import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/**
 * Variables for a server of a test: whoever has no credentials is one of us, and what it keeps (keys, usage, the audit
 * log) lies in a folder of its own that is gone with this process.
 */
export function privateState(): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-state-'));
  folders.push(folder);
  return {
    ANONYMOUS_AUDIENCE: 'INTERNAL',
    STATE_URL: `sqlite:${join(folder, 'state.db')}`,
    USAGE_DIRECTORY: join(folder, 'usage'),
    TRIBUTARY_PEPPER: '1:pepper-of-the-tests-which-is-no-secret',
  };
}
