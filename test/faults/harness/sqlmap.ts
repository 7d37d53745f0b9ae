import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const hasSqlmap = spawnSync('sqlmap', ['--version']).status === 0;

export interface SqlmapReport {
  /** The places that it could inject into. */
  readonly holes: readonly string[];
  /** The places that it gave up. */
  readonly sound: readonly string[];
  /** All that it said. */
  readonly text: string;
}

/**
 * Lets sqlmap attack each place of a JSON body that has an asterisk, in turn.
 *
 * @param effort its own `--level`, 1 to 5, and `--risk`, 1 to 3: how many payloads it tries, and how rough they are
 */
export async function attack(
  url: string,
  body: string,
  effort: { readonly level: number; readonly risk: number },
): Promise<SqlmapReport> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-sqlmap-'));
  try {
    const { stdout } = await promisify(execFile)(
      'sqlmap',
      [
        ...['--url', url, '--method', 'POST', '--data', body, '--headers', 'Content-Type: application/json'],
        // An enum or a number that is none is refused with 400; that says nothing about the others.
        ...['--ignore-code', '400', '--keep-alive', '--timeout', '10', '--time-sec', '1'],
        ...['--level', String(effort.level), '--risk', String(effort.risk)],
        // The asterisks alone: not the headers, which higher levels would try too.
        ...['--batch', '--answers', 'keep testing the others=Y', '--param-filter', '(custom) POST'],
        ...['--flush-session', '--disable-coloring', '--output-dir', folder],
      ],
      { maxBuffer: 100_000_000 },
    );
    return {
      holes: [...stdout.matchAll(/^Parameter: (\S+ \S+)/gm)].map(([, place]) => place as string),
      sound: [...stdout.matchAll(/ parameter '(.*)' does not seem to be injectable$/gm)].map(
        ([, place]) => place as string,
      ),
      text: stdout,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
