import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/**
 * One version of a tag. What was filled under it is good only while it is current: no clock is asked, so that a fill
 * which was under way during an eviction cannot outlive it.
 */
export interface TagVersion {
  readonly tag: string;
  readonly version: string;
  isCurrent: boolean;
  /** Made here because the shared store had none; another process may have been faster. */
  isProposed: boolean;
}

/** The tag that everything has; no author can write it. */
export const epochTag = '\u0000epoch';

const processName = randomBytes(6).toString('base64url');
let versionsMade = 0;

/** A version that nobody has ever had: counters start again when a store is emptied, this does not. */
export function newVersion(): string {
  return `${processName}.${(versionsMade++).toString(36)}`;
}

/** Whether none of the tags was evicted since. */
export function isCurrent(versions: readonly TagVersion[]): boolean {
  for (const version of versions) if (!version.isCurrent) return false;
  return true;
}

/**
 * What this process knows of the versions of tags: as many as fit, the least recently used forgotten first. What was
 * filled under a forgotten version counts as evicted.
 */
export class TagVersions {
  readonly #known: LRUCache<string, TagVersion>;
  #epoch: TagVersion = versionOf(epochTag, newVersion());
  /** What was heard, counted: a version that was asked for before an eviction was heard of is out of date. */
  #heard = 0;
  readonly #heardAt: LRUCache<string, number>;
  #forgottenUntil = 0;

  constructor(maxTags: number) {
    this.#known = new LRUCache({
      max: maxTags,
      dispose: (version) => {
        version.isCurrent = false;
      },
    });
    this.#heardAt = new LRUCache({
      max: 10_000,
      dispose: (at, _tag, reason) => {
        if (reason === 'evict') this.#forgottenUntil = Math.max(this.#forgottenUntil, at);
      },
    });
  }

  /** Hand it to `learn` with whatever was asked for after this moment. */
  get moment(): number {
    return this.#heard;
  }

  /** The version known here, or a new one. */
  of(tag: string): TagVersion {
    return this.known(tag) ?? this.#become(tag, newVersion());
  }

  known(tag: string): TagVersion | undefined {
    return tag === epochTag ? this.#epoch : this.#known.get(tag);
  }

  /**
   * Takes the version that a shared store had after the given moment, unless an eviction was heard of since.
   *
   * @returns the version that counts
   */
  learn(tag: string, version: string, moment: number): TagVersion {
    const known = this.known(tag);
    if (known?.version === version) {
      known.isProposed = false;
      return known;
    }
    if (this.#wasEvictedSince(tag, moment)) return known ?? versionOf(tag, version, { isCurrent: false });
    return this.#become(tag, version);
  }

  /** For a tag that the shared store had no version of at the given moment. */
  propose(tag: string, moment: number): TagVersion {
    const known = this.known(tag);
    if (known !== undefined && (known.isProposed || this.#wasEvictedSince(tag, moment))) return known;
    const proposed = this.#become(tag, newVersion());
    proposed.isProposed = true;
    return proposed;
  }

  /** Everything filled under another version of the tag is worth nothing from now on. */
  evict(tag: string, version: string): void {
    this.#heardAt.set(tag, ++this.#heard);
    if (this.known(tag)?.version !== version) this.#become(tag, version);
  }

  /** For when evictions may have been missed: nothing that is known counts any more. */
  forget(): void {
    this.forgetTags();
    this.#become(epochTag, newVersion());
  }

  /** As `forget`, but leaves alone what has no tags. */
  forgetTags(): void {
    this.#known.clear();
  }

  #wasEvictedSince(tag: string, moment: number): boolean {
    return (this.#heardAt.get(tag) ?? this.#forgottenUntil) > moment;
  }

  #become(tag: string, version: string): TagVersion {
    const current = versionOf(tag, version);
    if (tag === epochTag) {
      this.#epoch.isCurrent = false;
      this.#epoch = current;
    } else this.#known.set(tag, current);
    return current;
  }
}

function versionOf(tag: string, version: string, { isCurrent } = { isCurrent: true }): TagVersion {
  return { tag, version, isCurrent, isProposed: false };
}
