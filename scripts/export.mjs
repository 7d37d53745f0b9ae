/** `npm run export -- QUERY.graphql`: builds the exporter where it is missing or stale, then runs it. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BuildError, build } from './build.mjs';

try {
  await build({ only: ['etl'], log: console.error });
  const main = fileURLToPath(new URL('../dist/etl/export/main.js', import.meta.url));
  await import(pathToFileURL(main).href);
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
