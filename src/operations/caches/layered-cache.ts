import type { Cache, CacheEntry } from './cache.ts';

/** Two levels: what the near one misses is asked of the far one, in one question, and kept near. */
export function layeredCache(near: Cache, far: Cache): Cache {
  return {
    async getMany(keys) {
      const found = [...(await near.getMany(keys))];
      const missing: number[] = [];
      for (let index = 0; index < keys.length; index++) if (found[index] === undefined) missing.push(index);
      if (missing.length === 0) return found;
      const fetched = await far.getMany(missing.map((index) => keys[index] as string));
      const promoted: CacheEntry[] = [];
      fetched.forEach((entry, position) => {
        if (entry === undefined) return;
        found[missing[position] as number] = entry;
        promoted.push(entry);
      });
      if (promoted.length > 0) await near.setMany(promoted);
      return found;
    },
    async setMany(entries) {
      await Promise.all([near.setMany(entries), far.setMany(entries)]);
    },
    async deleteMany(keys) {
      await Promise.all([near.deleteMany(keys), far.deleteMany(keys)]);
    },
    fault: () => near.fault() ?? far.fault(),
    async close() {
      await Promise.all([near.close(), far.close()]);
    },
  };
}
