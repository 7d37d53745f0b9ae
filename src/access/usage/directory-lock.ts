import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';

/** A directory that one process alone writes to. */
export interface DirectoryLock {
  release(): void;
}

const lockName = 'lock';

/**
 * Locks a directory, or answers nothing where a living process holds it. The lock is the kernel's, through SQLite, which
 * knows how every platform locks files: it is gone the moment its process is, however that ended, and it counts between
 * containers that share a volume, where process ids tell nothing.
 */
export function lockDirectory(directory: string): DirectoryLock | undefined {
  const database = new DatabaseSync(join(directory, lockName));
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return { release: () => database.close() };
  } catch (thrown) {
    database.close();
    if (/locked|busy/i.test(String(thrown))) return undefined;
    throw thrown;
  }
}

/** Whether a file of a node's directory is the lock, or what SQLite puts beside it. */
export function isLockFile(name: string): boolean {
  return name.startsWith(lockName);
}
