import { existsSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { GraphQLSchema } from 'graphql';
import type { Problem } from '../config/problems.ts';
import { readServerConfig, type ServerConfig } from '../config/server-config.ts';
import { collectDatasources } from './datasource-files.ts';
import { readManifest } from './document-manifest.ts';
import type { LoadedField, ProjectDraft } from './draft.ts';
import { type ImportModule, importFile, type Module } from './module-loader.ts';
import { projectFiles } from './project-files.ts';
import { collectEntries, looseBindings, type TextOf } from './resolver-files.ts';
import { unknownOperations } from './rules/known-operations.ts';
import { customScalars, implementKnownScalars } from './scalars.ts';
import { readSchema } from './schema-files.ts';

const configFile = 'tributary.config.ts';

/**
 * Reads all that a graph project consists of, however much of it is wrong: the contract, the datasources, the
 * resolvers and the configuration. The rules have their say afterwards.
 *
 * @param directory absolute
 */
export async function readProject(
  directory: string,
  importModule: ImportModule,
  variables: NodeJS.ProcessEnv,
): Promise<{ readonly draft: ProjectDraft; readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const found = await stat(directory).catch(() => undefined);
  if (!found?.isDirectory()) problems.push(noDirectory(directory));
  const { schema, problems: schemaProblems } = found ? await readSchema(directory) : { problems: [] };
  problems.push(...schemaProblems);
  const { config } = await readConfig(directory, importModule, variables, problems);

  const datasourceModules = await importFolder(directory, 'datasources', importModule, problems);
  const { datasources, problems: datasourceProblems } = collectDatasources(datasourceModules.modules);
  problems.push(...datasourceProblems);

  const resolverModules = await importFolder(directory, 'resolvers', importModule, problems);
  const isPartial = !datasourceModules.isComplete || !resolverModules.isComplete;
  const fields = schema ? await readEntries(directory, schema, resolverModules, problems) : [];
  if (schema === undefined) {
    const bindings = looseBindings(resolverModules.modules, textIn(directory));
    problems.push(...unknownOperations({ fields: bindings, datasources, isPartial }));
  }
  const { manifest: place } = config.documents;
  const registered = place === undefined ? undefined : await readManifest(directory, place);
  problems.push(...(registered?.problems ?? []));
  const manifest = registered?.documents ?? new Map();
  return { draft: { directory, schema, datasources, isPartial, fields, config, manifest }, problems };
}

/** The names of the datasources alone, as far as their files can be imported. */
export async function readDatasourceNames(
  directory: string,
  importModule: ImportModule,
): Promise<{ readonly names: ReadonlySet<string>; readonly isComplete: boolean }> {
  const { modules, isComplete } = await importFolder(directory, 'datasources', importModule, []);
  const names = new Set(collectDatasources(modules).datasources.map(({ info }) => info.name));
  // No folder, or an empty one, is no graph project.
  return { names, isComplete: isComplete && names.size > 0 };
}

interface Folder {
  readonly modules: ReadonlyMap<string, Module>;
  readonly isComplete: boolean;
}

/** One after another: a module that fails is then named once, however many import it. */
async function importFolder(
  directory: string,
  folder: string,
  importModule: ImportModule,
  problems: Problem[],
): Promise<Folder> {
  const modules = new Map<string, Module>();
  let isComplete = true;
  for (const file of (await projectFiles(directory, folder, '.ts')) ?? []) {
    const outcome = await importFile(directory, file, importModule);
    if (outcome.problem === undefined) {
      modules.set(file, outcome.exports);
      continue;
    }
    isComplete = false;
    const { place } = outcome.problem;
    if (!place.includes(':') || !problems.some((known) => known.place === place))
      problems.push(outcome.problem);
  }
  return { modules, isComplete };
}

async function readEntries(
  directory: string,
  schema: GraphQLSchema,
  { modules, isComplete }: Folder,
  problems: Problem[],
): Promise<readonly LoadedField[]> {
  const entries = collectEntries(schema, modules, textIn(directory));
  problems.push(...entries.problems);
  const unimplemented = await implementKnownScalars(
    customScalars(schema).filter((scalar) => !entries.implementedScalars.has(scalar)),
  );
  // A file that cannot be imported may hold what seems to be missing.
  for (const { name, astNode } of isComplete ? unimplemented : []) {
    const at = astNode?.loc;
    problems.push({
      place: at ? `${at.source.name}:${at.startToken.line}:${at.startToken.column}` : 'schema',
      subject: name,
      message: 'Nothing says what values this scalar has: `graphql-scalars` does not know the name.',
      mend: `Export it from a resolver file: \`export const ${name} = new GraphQLScalarType({ … })\`.`,
    });
  }
  return entries.fields;
}

/** The configuration alone; what is wrong with it is added to the problems. */
export async function readConfig(
  directory: string,
  importModule: ImportModule,
  variables: NodeJS.ProcessEnv,
  problems: Problem[],
): Promise<{ readonly config: ServerConfig }> {
  let input: unknown = {};
  if (existsSync(path.join(directory, configFile))) {
    const outcome = await importFile(directory, configFile, importModule);
    if (outcome.problem) problems.push(outcome.problem);
    else input = outcome.exports.default;
  }
  const read = readServerConfig(input, variables, configFile);
  problems.push(...read.problems);
  return read;
}

function noDirectory(directory: string): Problem {
  return {
    place: directory,
    message: 'There is no such folder.',
    mend: 'Name the folder of a graph project: it has `schema/`, `resolvers/` and `datasources/`.',
  };
}

function textIn(directory: string): TextOf {
  return (file) => readFileSync(path.join(directory, file), 'utf8');
}
