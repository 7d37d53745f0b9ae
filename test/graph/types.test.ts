import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fixture } from './load.ts';

const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const project = fixture('types-project');

/** The lines of a file at which the compiler sees an error, each once. */
function errorLines(output: string, file: string): number[] {
  const lines = output.split('\n').flatMap((line) => {
    const [, where, row] = /^(.+?)\((\d+),\d+\): error/.exec(line) ?? [];
    return where === file ? [Number(row)] : [];
  });
  return [...new Set(lines)].sort((a, b) => a - b);
}

function markedLines(file: string): number[] {
  return readFileSync(path.join(project, file), 'utf8')
    .split('\n')
    .flatMap((line, index) => (line.endsWith('// error') ? [index + 1] : []));
}

describe('the types of resolver files', () => {
  const { stdout } = spawnSync(process.execPath, [compiler, '--noEmit', '--pretty', 'false', '-p', '.'], {
    cwd: project,
    encoding: 'utf8',
  });

  it('refuse each planted mistake at its own line, and nothing else in the file', () => {
    expect(markedLines('resolvers/bad.ts')).toHaveLength(22);
    expect(errorLines(stdout, 'resolvers/bad.ts')).toEqual(markedLines('resolvers/bad.ts'));
  });

  it('accept what fits: bindings, functions, parts, connections', () => {
    const elsewhere = stdout
      .split('\n')
      .filter((line) => /^(resolvers|datasources|schema)\/(?!bad)/.test(line));
    expect(elsewhere).toEqual([]);
  });
});

describe.each(['types-project', 'small-project'])('the generated types of %s', (name) => {
  it('say that they are generated, and use nothing that cannot be erased', () => {
    const text = readFileSync(path.join(fixture(name), 'schema/types.generated.ts'), 'utf8');
    expect(text.split('\n')[0]).toMatch(/^\/\/ Generated .* do not edit\.$/);
    expect(text).not.toMatch(/^export (enum|namespace)/m);
  });
});
