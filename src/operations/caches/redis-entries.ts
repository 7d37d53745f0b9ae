import { createHash } from 'node:crypto';
import { shardOf } from '../../redis/shards.ts';
import type { CacheEntry, Fill, Stamp } from './cache.ts';
import { epochTag } from './tag-versions.ts';

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

export function tagName(tag: string): string {
  if (tag === epochTag) return 'tributary:{0}:epoch';
  if (tag.length <= longestPlainTag) return `tributary:${shardOf(tag)}:tag:${tag}`;
  const digest = digestOf(tag);
  return `tributary:${shardOf(digest)}:long-tag:${digest}`;
}

/**
 * The lease of an answer under its versions: who asks after an eviction never waits for who asked before. It stands in
 * the entry's shard, so that both can be asked for in order.
 */
export function leaseName({ key, stamp }: Fill): string {
  const versions = stamp.map(({ version, isProposed }) => (isProposed ? '' : version)).join(' ');
  return `tributary:${shardOf(digestOf(key))}:lease:${digestOf(`${versions} ${key}`)}`;
}

export function writeEntry(entry: CacheEntry, stamp: Stamp): string {
  return JSON.stringify({ format, ...entry, versions: stamp.map(({ tag, version }) => [tag, version]) });
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

/** Whether an entry was filled under these versions. */
export function isUnder({ versions }: StoredEntry, stamp: Stamp): boolean {
  return (
    versions.length === stamp.length &&
    stamp.every(({ tag, version }, index) => versions[index]?.[0] === tag && versions[index]?.[1] === version)
  );
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
