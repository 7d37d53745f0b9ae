import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const rows = [...read('docs/security.md').matchAll(/^\| ([A-Z]\d\d) \| .* \| `(test\/[^`]+)` \|$/gm)].map(
  ([, id, file]) => [id as string, file as string] as const,
);

/** A title of a test, or of a table of them, begins with the id, alone or beside others. */
const titled = (id: string): RegExp => new RegExp(`['"\`](?:[A-Z]\\d\\d(?:, | ))*${id}\\b`);

describe('the page on security', () => {
  it('has a row for each id, once', () => {
    expect(rows.length).toBeGreaterThan(60);
    expect(new Set(rows.map(([id]) => id)).size).toBe(rows.length);
  });

  it.each(rows)('says of %s what is so: %s has a test of that name', (id, file) => {
    expect(read(file)).toMatch(titled(id));
  });
});
