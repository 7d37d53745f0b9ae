/**
 * `npm start`: builds what is missing or stale, starts the backends of the reference graph that no variable says to be
 * elsewhere, each in a process of its own, and serves the graph.
 */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BuildError, build } from './build.mjs';
import { LaunchError, launchBackends } from './launch-backends.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

try {
  await build({ log: console.log });
  const { urls, stop } = await launchBackends({ log: console.log });
  Object.assign(process.env, urls);
  const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  // In this process, so that signals reach it.
  process.argv = [process.argv[0] ?? 'node', main, 'start', root];
  await import(pathToFileURL(main).href);
  // It could not be served, and has said why.
  if (process.exitCode) await stop();
} catch (error) {
  if (!(error instanceof BuildError || error instanceof LaunchError)) throw error;
  console.error(error.message);
  process.exit(1);
}
