import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { quickenStrings } from '../../src/util/string-prototype.ts';

/** Runs code in a process of its own, where `isQuick` tells how V8 holds the methods of strings. */
function run(code: string): string {
  const isQuick = 'const isQuick = () => %HasFastProperties(String.prototype);';
  return execFileSync(process.execPath, ['--allow-natives-syntax', '-e', isQuick + code], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
  }).trim();
}

it('gives strings their speed back, for good', () => {
  const told = run(`
    class Text extends String {}
    const before = isQuick();
    (${quickenStrings})();
    const after = isQuick();
    class Later extends String {}
    console.log(before, after, isQuick());
  `);
  expect(told).toBe('false true true');
});

it('is needed as long as ioredis takes it away', () => {
  expect(run(`require('ioredis'); console.log(isQuick());`)).toBe('false');
});
