/** The command line from the sources: builds the engine where it is missing or stale, then runs it. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BuildError, build } from './build.mjs';

try {
  await build({ only: ['engine'], log: console.error });
  const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  process.argv[1] = main;
  await import(pathToFileURL(main).href);
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
