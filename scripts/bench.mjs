/**
 * `npm run bench -- NAME [ARGUMENT ...]`: builds what is stale and runs one benchmark. Each prints its figures, and last
 * one line of JSON with them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const names = readdirSync(`${root}/bench`)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3));
const [name, ...rest] = process.argv.slice(2);

if (name === undefined || !names.includes(name)) {
  console.error(`Which benchmark? npm run bench -- ${names.join(' | ')}`);
  process.exit(1);
}
await build({ only: ['engine', 'backends'], log: () => {} });
try {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'bench/tsconfig.json'], {
    cwd: root,
    stdio: 'inherit',
  });
} catch {
  process.exit(1);
}
const { status } = spawnSync(process.execPath, ['--expose-gc', `dist/bench/bench/${name}.js`, ...rest], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
