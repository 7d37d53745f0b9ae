import { z } from 'zod';

/** A text that the state database can be asked for: Postgres takes no NUL. */
export const plainText = z.string().regex(/^\P{Cc}*$/u, 'A text without control characters is expected');

/** What stands in a path: an id, or a name. */
export const idInPath = plainText.min(1).max(64);

/** An instant, ISO 8601, as milliseconds since the epoch. */
export const instant = z.iso
  .datetime({ offset: true, error: 'An instant such as `2026-01-31T12:00:00Z` is expected' })
  .transform((text) => Date.parse(text));

export const scopeList = z.array(z.string().min(1).max(100)).max(100);

/** How much a page of a list has. */
export const pageSize = z.coerce.number().int().min(1).max(1_000).default(100);
