import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What to do with a project that was just made, as lines for a terminal.
 *
 * A project is served wherever it lies, because the running engine lends itself to it. The compiler that `check` asks
 * finds the types of the package only where it is installed, so that comes first where it is not.
 */
export function nextSteps(directory: string): string {
  const here = path.relative('.', directory) === '';
  const name = here ? '' : ` ${directory}`;
  const install = [
    '',
    'To check it, install the types that its files import:',
    `  npm install${here ? '' : ` --prefix ${directory}`} ${packageRoot} graphql`,
  ];
  return [
    '',
    `Serve it: tributary start${name}`,
    `Check it: tributary check${name}`,
    ...(findsPackage(directory) ? [] : install),
  ].join('\n');
}

/** The package of the command that runs, from `src/cli/init/` or `dist/cli/init/`. */
const packageRoot = fileURLToPath(new URL('../../../', import.meta.url)).replace(/[\\/]$/, '');

function findsPackage(directory: string): boolean {
  try {
    createRequire(path.resolve(directory, 'tributary.config.ts')).resolve('tributary/package.json');
    return true;
  } catch {
    return false;
  }
}
