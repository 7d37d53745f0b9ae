/**
 * Runs one backend of the reference graph in the foreground: `npm run backend -- rides [--port n]`; `fleet` seeds the
 * fleet database and ends. Builds the backends first where they are stale.
 */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BuildError, build } from './build.mjs';

const compiled = (/** @type {string} */ path) =>
  fileURLToPath(new URL(`../dist/backends/${path}`, import.meta.url));

const [name, ...rest] = process.argv.slice(2);
try {
  await build({ only: ['backends'], log: console.error });
  const { backendNames } = await import(pathToFileURL(compiled('ports.js')).href);
  if (name !== undefined && backendNames.includes(name)) {
    const main = compiled(`${name}/main.js`);
    // In this process, so that signals reach it; it reads its options as if it had been called itself.
    process.argv = [process.argv[0] ?? 'node', main, ...rest];
    await import(pathToFileURL(main).href);
  } else {
    const problem = name === undefined ? 'Which backend?' : `There is no backend "${name}".`;
    console.error(`${problem} Known are ${backendNames.join(', ')}.`);
    process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
