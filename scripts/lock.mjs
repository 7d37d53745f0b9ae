/** A lock between processes: a folder, because making one succeeds for exactly one of them. */
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** A build takes seconds; what is older than this was left behind, whoever has its process id by now. */
const maxAgeMs = 10 * 60_000;
/** Between making the folder and writing the owner into it lies an instant, not seconds. */
const ownerlessMs = 5_000;

/**
 * Does the work while no other process does work under the same lock; waits for the lock as long as its owner lives.
 * A lock whose owner was killed is taken over.
 *
 * @template T
 * @param {string} folder the lock; its parent must exist
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(folder, work) {
  while (!(await take(folder))) {
    await removeIfAbandoned(folder);
    await wait(50);
  }
  try {
    return await work();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {string} folder */
async function take(folder) {
  try {
    await mkdir(folder);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
  await writeFile(ownerFile(folder), String(process.pid));
  return true;
}

/** @param {string} folder */
async function removeIfAbandoned(folder) {
  const owner = await readFile(ownerFile(folder), 'utf8').catch(() => undefined);
  const made = await stat(folder).catch(() => undefined);
  if (!made) return;
  const ageMs = Date.now() - made.mtimeMs;
  const abandoned = owner ? !isAlive(Number(owner)) || ageMs > maxAgeMs : ageMs > ownerlessMs;
  if (!abandoned) return;
  // Renamed first: of several that find it abandoned one succeeds, the others find nothing to rename.
  const aside = `${folder}-abandoned-${process.pid}`;
  try {
    await rename(folder, aside);
  } catch {
    return;
  }
  const taken = await readFile(ownerFile(aside), 'utf8').catch(() => undefined);
  // Someone took the lock between the look and the rename: it is given back.
  if (
    taken !== owner &&
    (await rename(aside, folder).then(
      () => true,
      () => false,
    ))
  )
    return;
  await rm(aside, { recursive: true, force: true });
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, as another user's.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** @param {string} folder */
function ownerFile(folder) {
  return `${folder}/pid`;
}
