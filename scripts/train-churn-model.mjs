/**
 * `npm run train`: trains the churn model of `insights` on the seeded history and writes it to
 * `backends/insights/model.json`, which is committed. The same history gives the same model.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BuildError, build } from './build.mjs';

const compiled = (/** @type {string} */ path) =>
  pathToFileURL(fileURLToPath(new URL(`../dist/backends/insights/${path}`, import.meta.url))).href;

try {
  await build({ only: ['backends'], log: console.error });
  const { seedHistory } = await import(compiled('history.js'));
  const { trainModel } = await import(compiled('training.js'));
  const model = trainModel(seedHistory());
  const file = fileURLToPath(new URL('../backends/insights/model.json', import.meta.url));
  await writeFile(file, `${JSON.stringify(model, null, 2)}\n`);
  const { areaUnderCurve, examples } = model.heldOut;
  console.log(
    `${model.version}: area under the curve ${areaUnderCurve} on ${examples} riders it had not seen`,
  );
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
