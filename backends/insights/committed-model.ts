import { readFileSync } from 'node:fs';
import { featureNames } from './features.ts';
import type { Model } from './model.ts';

/** The model that is served: `npm run train` writes it, and it is committed. */
export const committedModel: Model = readModel();

function readModel(): Model {
  const read: Model = JSON.parse(readFileSync(new URL('./model.json', import.meta.url), 'utf8'));
  if (read.features.join() !== featureNames.join())
    throw new Error('backends/insights/model.json is of other features; run `npm run train`.');
  return read;
}
