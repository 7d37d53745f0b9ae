import { createHash, randomBytes } from 'node:crypto';
import { shardOf } from '../../redis/shards.ts';
import type { CacheEntry, Fill, Stamp, Version } from './cache.ts';

/** Changes with the form of what is written, so that two releases on one Redis never misread each other. */
const format = 2;
const longestPlainTag = 60;
/** The version of a tag is forgotten after a day; what was filled under it is then a miss. */
export const tagLifeMs = 86_400_000;

/** An entry as it is in Redis, with the version of each tag that it was filled under. */
export interface StoredEntry {
  readonly entry: CacheEntry;
  readonly versions: readonly (readonly [tag: string, version: string])[];
}

/** Keys hold whole inputs, which may be long; the entry echoes its key, so a short digest is safe. */
export function entryName(key: string): string {
  const digest = digestOf(key);
  return `tributary:${shardOf(digest)}:answer:${digest}`;
}

/** The version of everything: evicting it evicts all. */
export const epochName = 'tributary:{0}:epoch';

export function tagName(tag: string): string {
  if (tag.length <= longestPlainTag) return `tributary:${shardOf(tag)}:tag:${tag}`;
  const digest = digestOf(tag);
  return `tributary:${shardOf(digest)}:long-tag:${digest}`;
}

/**
 * The lease of an answer under its versions: who asks after an eviction never waits for who asked before. It stands in
 * the entry's shard, so that both can be asked for in order.
 */
export function leaseName({ key, stamp }: Fill): string {
  const versions = stamp.versions.map(({ version, isProposed }) => (isProposed ? '' : version)).join(' ');
  return `tributary:${shardOf(digestOf(key))}:lease:${digestOf(`${versions} ${key}`)}`;
}

export function writeEntry(entry: CacheEntry, stamp: Stamp): string {
  return JSON.stringify({ format, ...entry, versions: namedVersions(stamp) });
}

/** The version of everything stands under no name. */
function namedVersions({ tags, versions }: Stamp): readonly (readonly [tag: string, version: string])[] {
  return versions.map(({ version }, index) => [tags[index - 1] ?? '', version]);
}

/** The entry, where the text is one, belongs to the key and is not over; a poisoned or foreign one is none. */
export function readEntry(text: unknown, key: string, now: number): StoredEntry | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const stored: unknown = JSON.parse(text);
    if (!isStored(stored) || stored.key !== key || stored.keptUntil <= now) return undefined;
    const { format: _format, versions, ...entry } = stored;
    return { entry, versions };
  } catch {
    return undefined;
  }
}

/** Whether an entry was filled under these versions. Where there was no version, anybody's proposal is as good as ours. */
export function isUnder(
  { versions }: StoredEntry,
  { tags, versions: known }: Stamp,
  proposals = false,
): boolean {
  return (
    versions.length === known.length &&
    known.every(({ version, isProposed }, index) => {
      const [tag, stored] = versions[index] ?? [];
      return tag === (tags[index - 1] ?? '') && (stored === version || (proposals && isProposed));
    })
  );
}

/** What is under a tag's name may be anything: it is compared, so only its size matters. */
export function readVersion(text: string | null | undefined): Version | undefined {
  if (typeof text !== 'string' || text.length === 0 || text.length > 64) return undefined;
  return { version: text, isProposed: false };
}

const processName = randomBytes(6).toString('base64url');
let versionsMade = 0;

/** A version that nobody has ever had: counters start again when a store is emptied, this does not. */
export function newVersion(): string {
  return `${processName}.${(versionsMade++).toString(36)}`;
}

function isStored(
  value: unknown,
): value is CacheEntry & { format: number; versions: StoredEntry['versions'] } {
  if (typeof value !== 'object' || value === null || !('value' in value)) return false;
  const stored = value as Record<string, unknown>;
  const { freshUntil, staleUntil, errorUntil, keptUntil } = stored;
  return (
    stored.format === format &&
    typeof stored.key === 'string' &&
    [freshUntil, staleUntil, errorUntil, keptUntil].every(Number.isFinite) &&
    Array.isArray(stored.versions) &&
    stored.versions.every(Array.isArray)
  );
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
