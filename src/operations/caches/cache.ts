import type { CancelSignal } from '../../util/abort.ts';
import type { Validator } from '../outcome.ts';
import type { Key, Keys } from './key.ts';

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

/** What is asked of a cache. */
export interface Question {
  readonly key: string;
  /** What the answer falls under: evicting any of them evicts it. */
  readonly tags: readonly string[];
  /** What `peek` gave, for whoever has asked it in this very moment. */
  readonly entry?: CacheEntry | undefined;
}

/**
 * What is known of an answer's tags before it is asked of the backend. What is kept under a stamp is found only while
 * none of the tags has been evicted since.
 */
export interface Stamp {
  /** Of this process's log of evictions. */
  readonly moment: number;
  readonly tags: readonly string[];
  /** Where a cache is shared: the version of everything, then of each tag. */
  readonly versions: readonly Version[];
}

/** A version of a tag in a shared cache: an eviction gives it another one. */
export interface Version {
  readonly version: string;
  /** Made here, because there was none; another process may have been faster. */
  readonly isProposed: boolean;
}

export interface Found {
  readonly entry: CacheEntry | undefined;
  /** What an answer is kept under that is asked of the backend from now on. */
  readonly stamp: Stamp;
}

/** What a cache is asked for one input and, after that, what it found. */
export interface Lookup extends Question {
  readonly input: unknown;
  /** The key in its parts. */
  readonly parts?: Key;
  entry: CacheEntry | undefined;
  stamp: Stamp;
}

/** An answer to keep; and, for whoever has them, its key in parts and the size of its value, which is frozen then. */
export type Kept = readonly [
  entry: CacheEntry,
  stamp: Stamp,
  key?: Key | undefined,
  size?: number | undefined,
];

/**
 * Keeps answers. A miss and a hit give the same value. Nothing here rejects: a cache that is slow or down is a miss.
 */
export interface Cache {
  /**
   * What this process holds under a key, without waiting: fresh or not, but never evicted.
   *
   * @param now for whoever has read the clock already
   */
  peek(key: string, now?: number): CacheEntry | undefined;
  /** As `peek`, for a batch; `undefined` where nothing is held under any of the keys. */
  peekMany(keys: Keys, now: number): readonly (CacheEntry | undefined)[] | undefined;
  /**
   * Absent where there are other levels to ask than this process. Otherwise what this process does not hold is nowhere,
   * and this is the moment of the stamp of what is asked of the backend from now on.
   */
  moment?(): number;
  /** Asks every level, in one question for all keys. One answer per question, in the same order. */
  getMany(questions: readonly Question[]): Promise<readonly Found[]>;
  /** Whether nothing was evicted, as far as this process knows, that an answer under this stamp is made of. */
  isCurrent(stamp: Stamp): boolean;
  /** Resolves when the entry of each stamp is kept, or given up. */
  setMany(kept: readonly Kept[]): Promise<void>;
  /**
   * As `setMany`, but those who wait for the answers come first: what is to be kept is made and kept when the event loop
   * has nothing better to do, or before anybody looks. Rejects with what `make` throws.
   */
  keep(make: () => readonly Kept[]): Promise<void>;
  /**
   * Nothing that carries one of the tags is found any more, nor what was under way when this was called. Resolves when
   * that is so for whoever asks the same levels, or when the shared one does not answer: then it is made up for before
   * that one is used again.
   */
  evict(tags: readonly string[]): Promise<void>;
  /** As `evict`, for everything. */
  evictAll(): Promise<void>;
  /** Agreements with other processes on who fills what; without them every process fills what it misses. */
  readonly leases?: Leases;
  /** Where it is shared: resolves with whether the others can be reached, at once or within so many milliseconds. */
  whenShared?(limitMs: number): Promise<boolean>;
  /** What keeps it from working, for the readiness page; `undefined` while it works. */
  fault(): string | undefined;
  close(): Promise<void>;
}

/** Agreements between processes on which of them asks the backend for what many have missed. */
export interface Leases {
  /**
   * For each: a lease, for whoever is to ask the backend now; the answer, where it has come meanwhile; `undefined` where
   * another process is asking. Everybody gets a lease where the processes cannot agree.
   */
  take(fills: readonly Fill[]): Promise<readonly (Lease | CacheEntry | undefined)[]>;
  /**
   * Waits for other processes. Resolves with what they told of some of these; or, after a moment and when the signal is
   * aborted, with nothing: then it is time to look again.
   */
  wait(fills: readonly Fill[], signal: CancelSignal): Promise<ReadonlyMap<Fill, Told>>;
}

/** An answer that is to be asked for, under the versions of its tags. */
export interface Fill {
  readonly key: string;
  readonly stamp: Stamp;
}

/** The right to ask the backend, renewed until it ends; it passes on when the process dies. */
export interface Lease {
  /** Ends it, and tells whoever waits. */
  end(told: Told): void;
}

/** `kept`: the answer is there; `unkept`: there is none to share; `left`: nobody asks any more. */
export type Told = 'kept' | 'unkept' | 'left';
