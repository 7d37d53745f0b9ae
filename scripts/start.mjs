/**
 * `npm start`: builds what is missing or stale, starts the backends of the reference graph that no variable says to be
 * elsewhere, each in a process of its own, makes the tables of the warehouse where there are none, and serves the graph.
 * `node scripts/start.mjs FOLDER` serves the graph project of that folder instead, over the same backends.
 */
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BuildError, build } from './build.mjs';
import { LaunchError, launchBackends } from './launch-backends.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
// Before the folder of work changes: a relative name means where the caller is.
const project = resolve(process.argv[2] ?? root);
process.chdir(root);

try {
  await build({ log: console.log });
  const { urls, stop } = await launchBackends({ log: console.log });
  Object.assign(process.env, urls);
  await prepareWarehouse();
  const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  // In this process, so that signals reach it.
  process.argv = [process.argv[0] ?? 'node', main, 'start', project];
  await import(pathToFileURL(main).href);
  // It could not be served, and has said why.
  if (process.exitCode) await stop();
} catch (error) {
  if (!(error instanceof BuildError || error instanceof LaunchError)) throw error;
  console.error(error.message);
  process.exit(1);
}

/** An empty warehouse answers empty statistics. One that cannot be had nulls only its own fields. */
async function prepareWarehouse() {
  const compiled = fileURLToPath(new URL('../dist/etl/warehouse/open.js', import.meta.url));
  const warehouse = await import(pathToFileURL(compiled).href);
  const url = process.env.WAREHOUSE_DATABASE_URL || warehouse.defaultUrl;
  try {
    await warehouse.prepareWarehouse(url);
    console.log('warehouse ready; `npm run etl` in another terminal fills it');
  } catch (error) {
    console.log(`warehouse: ${/** @type {Error} */ (error).message}`);
  }
}
