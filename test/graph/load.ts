import { fileURLToPath } from 'node:url';
import { loadProject, type Project } from '../../src/graph/project.ts';
import * as engineModule from '../../src/index.ts';

export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** Loads through vitest's own import, so that the project and the test share one copy of the engine. */
export function load(directory: string, variables: NodeJS.ProcessEnv = {}) {
  return loadProject(directory, { engineModule, variables, importModule: (file) => import(file) });
}

export async function loadGood(directory: string): Promise<Project> {
  const { project, problems } = await load(directory);
  if (project === undefined) throw new Error(JSON.stringify(problems, undefined, 1));
  return project;
}
