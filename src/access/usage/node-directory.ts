import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { type Problem, ProblemsError } from '../../config/problems.ts';
import { toError } from '../../errors.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';

/** The directory of one node, which it alone writes to. */
export interface NodeDirectory {
  /** Names the node: new at every start, so that nobody continues what another has begun. */
  readonly node: string;
  readonly path: string;
  readonly lock: DirectoryLock;
}

/**
 * Makes a directory for this process below the root, and locks it.
 *
 * @throws ProblemsError where it cannot be made or written
 */
export function openNodeDirectory(root: string): NodeDirectory {
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 });
    for (;;) {
      const node = ulid().toLowerCase();
      const path = join(root, node);
      mkdirSync(path, { mode: 0o700 });
      const lock = lockDirectory(path);
      // Somebody took the empty directory for one that was left behind.
      if (lock !== undefined) return { node, path, lock };
    }
  } catch (thrown) {
    throw new ProblemsError([unusable(thrown)]);
  }
}

function unusable(thrown: unknown): Problem {
  const code = (thrown as NodeJS.ErrnoException).code ?? toError(thrown).name;
  return {
    place: 'usage.directory',
    message: `The directory of the usage log cannot be written to (${code}).`,
    mend: 'Give `usage.directory` or USAGE_DIRECTORY a path that this process may write.',
  };
}
