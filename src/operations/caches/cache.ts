import type { Validator } from '../outcome.ts';

/** An answer that is kept. All times are milliseconds since the epoch. */
export interface CacheEntry {
  /** The whole key, checked on read: whoever hands out another answer than the one asked for is caught. */
  readonly key: string;
  /** JSON. */
  readonly value: unknown;
  /** Served without asking until then. */
  readonly freshUntil: number;
  /** Served at once while one refresh runs until then. */
  readonly staleUntil: number;
  /** Served when the backend fails until then. */
  readonly errorUntil: number;
  /** Of no use at all after that; until then its validator may save the backend from sending it again. */
  readonly keptUntil: number;
  readonly validator?: Validator;
}

/**
 * Keeps answers. A miss and a hit give the same value. Nothing here rejects: a cache that is slow or down is a miss.
 */
export interface Cache {
  /** One entry per key, in the same order; `undefined` is a miss. */
  getMany(keys: readonly string[]): Promise<readonly (CacheEntry | undefined)[]>;
  /** Resolves when the entries are kept, or given up. */
  setMany(entries: readonly CacheEntry[]): Promise<void>;
  deleteMany(keys: readonly string[]): Promise<void>;
  /** What keeps it from working, for the readiness page; `undefined` while it works. */
  fault(): string | undefined;
  close(): Promise<void>;
}
