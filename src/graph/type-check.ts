import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Problem } from '../config/problems.ts';
import { coordinateAt } from './entry-places.ts';

/**
 * Runs the TypeScript compiler over a project, with the project's `tsconfig.json` and the project's compiler, else the
 * one that this package finds.
 *
 * @param directory absolute
 * @returns the errors in the project's own files: others are not the graph's
 */
export async function typeCheck(directory: string): Promise<readonly Problem[]> {
  if (!existsSync(path.join(directory, 'tsconfig.json'))) {
    const message = 'The project has no `tsconfig.json`, so its types cannot be checked.';
    return [{ place: 'tsconfig.json', message, mend: 'Add one with `"strict": true`.' }];
  }
  const compiler = findCompiler(directory);
  if (compiler === undefined) {
    const message = 'No TypeScript compiler is installed, so the types cannot be checked.';
    return [{ place: 'package.json', message, mend: 'Run `npm install --save-dev typescript`.' }];
  }
  const { code, output } = await run(compiler, directory);
  const problems = readDiagnostics(output, (file) => textOf(directory, file));
  if (code === 0 || problems.length > 0 || /^\S+\(\d+,\d+\): error/m.test(output)) return problems;
  const message = `The TypeScript compiler failed: ${output.trim().split('\n')[0] ?? ''}`;
  return [{ place: 'tsconfig.json', message, mend: 'Run `tsc --noEmit` and mend what it names.' }];
}

/**
 * Reads what `tsc --pretty false` prints: `resolvers/ride.ts(12,3): error TS2322: …`, followed by indented lines, or
 * `error TS5023: …` where no file is meant.
 */
export function readDiagnostics(
  output: string,
  textOfFile: (file: string) => string | undefined,
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const line of output.split('\n')) {
    const [, file, row, column, code, text] =
      /^(?:(.+?)\((\d+),(\d+)\): )?error (TS\d+): (.*)$/.exec(line.trimEnd()) ?? [];
    if (code === undefined) continue;
    const message = `${text?.replace(/\.$/, '')} (${code}).`;
    if (file === undefined) {
      problems.push({ place: 'tsconfig.json', message, mend: 'Mend the compiler settings.' });
    } else if (/^(schema|resolvers|datasources)\/|^tributary\.config\.ts$/.test(file)) {
      const subject = file.startsWith('resolvers/')
        ? coordinateAt(textOfFile(file) ?? '', Number(row))
        : undefined;
      const mend = mendOf(code, text ?? '');
      problems.push({ place: `${file}:${row}:${column}`, ...(subject ? { subject } : {}), message, mend });
    }
  }
  return problems;
}

function mendOf(code: string, text: string): string {
  const [, missing] = (code === 'TS2307' && /^Cannot find module '([^']+)'/.exec(text)) || [];
  if (missing === undefined) return 'Make the types fit.';
  return missing.startsWith('.')
    ? 'Mend the path, or write the file.'
    : `Install it: \`npm install ${missing}\`.`;
}

function findCompiler(directory: string): string | undefined {
  for (const from of [path.join(directory, 'package.json'), import.meta.url]) {
    try {
      const file = createRequire(from).resolve('typescript/package.json');
      const { bin } = JSON.parse(readFileSync(file, 'utf8')) as { bin: { tsc: string } };
      return path.join(path.dirname(file), bin.tsc);
    } catch {
      // Not installed there: the next place is looked at.
    }
  }
  return undefined;
}

function run(
  compiler: string,
  directory: string,
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [compiler, '--noEmit', '--pretty', 'false', '-p', '.'], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

function textOf(directory: string, file: string): string | undefined {
  const absolute = path.join(directory, file);
  return existsSync(absolute) ? readFileSync(absolute, 'utf8') : undefined;
}
