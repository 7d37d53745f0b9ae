import { mkdirSync, renameSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Database } from './warehouse/database.ts';

const linesPerRead = 500;

/**
 * Writes all rejected records of the warehouse as NDJSON, each with the reason and what is wrong in words. The file takes
 * the place of the last one when it is whole.
 *
 * @returns how many there are by reason, the most frequent first
 */
export async function writeRejectedFile(
  database: Database,
  path: string,
): Promise<readonly (readonly [reason: string, count: number])[]> {
  mkdirSync(dirname(path), { recursive: true });
  const counts = new Map<string, number>();
  const unfinished = `${path}.${process.pid}.tmp`;
  const file = await open(unfinished, 'w');
  try {
    let [source, id] = ['', ''];
    for (;;) {
      const rows = await database.transaction(({ all }) =>
        all(
          `SELECT source, record_id, reason, detail, record FROM etl_rejected
           WHERE source > ? OR (source = ? AND record_id > ?) ORDER BY source, record_id LIMIT ${linesPerRead}`,
          [source, source, id],
        ),
      );
      for (const row of rows) {
        const reason = String(row.reason);
        counts.set(reason, (counts.get(reason) ?? 0) + 1);
        [source, id] = [String(row.source), String(row.record_id)];
        const line = { source, id, reason, detail: row.detail, record: JSON.parse(String(row.record)) };
        await file.write(`${JSON.stringify(line)}\n`);
      }
      if (rows.length < linesPerRead) break;
    }
  } finally {
    await file.close();
  }
  renameSync(unfinished, path);
  return [...counts].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
}
