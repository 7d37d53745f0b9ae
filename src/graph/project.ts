import path from 'node:path';
import type { GraphQLSchema } from 'graphql';
import type { Audience } from '../caller.ts';
import type { Problem } from '../config/problems.ts';
import type { ServerConfig } from '../config/server-config.ts';
import { protect } from './access/protect.ts';
import { attachResolvers } from './attach.ts';
import { contractsOf } from './audiences/contracts.ts';
import { type BoundField, isBound, type LoadedDatasource, type ProjectDraft } from './draft.ts';
import { type ImportModule, typescriptImporter } from './module-loader.ts';
import { readConfig, readDatasourceNames, readProject } from './read-project.ts';
import { startRules } from './rules/start-rules.ts';

/** A graph project that can be served. */
export interface Project {
  /** Absolute. */
  readonly directory: string;
  /** The whole contract. Executable: fields with an entry have their `resolve`. */
  readonly schema: GraphQLSchema;
  /** What each audience sees of it, executable for its callers. An audience that sees no query type has none. */
  readonly contracts: ReadonlyMap<Audience, GraphQLSchema>;
  /** With the file that each came from. */
  readonly datasources: readonly LoadedDatasource[];
  /** By coordinate. */
  readonly bindings: ReadonlyMap<string, BoundField>;
  readonly config: ServerConfig;
  /** Registered operations, by id. */
  readonly manifest: ReadonlyMap<string, string>;
}

export interface ProjectOptions {
  /** The namespace object of the package's entry: what the project imports as `tributary`. */
  readonly engineModule: object;
  readonly variables: NodeJS.ProcessEnv;
  /** How to import a TypeScript file. @default through jiti, without a build */
  readonly importModule?: ImportModule;
}

/**
 * Reads a graph project: contract, datasources, resolvers, configuration.
 *
 * @param directory with `schema/`, `resolvers/`, `datasources/` and `tributary.config.ts`
 * @returns the project, or everything that is wrong with it
 */
export async function loadProject(
  directory: string,
  options: ProjectOptions,
): Promise<{ readonly project?: Project; readonly problems: readonly Problem[] }> {
  const { draft, problems } = await draftProject(directory, options);
  return problems.length > 0 ? { problems } : { project: projectOf(draft), problems };
}

/** The project as far as it can be read, and everything that is wrong with it: `check` goes on from there. */
export async function draftProject(
  directory: string,
  { engineModule, variables, importModule }: ProjectOptions,
): Promise<{ readonly draft: ProjectDraft; readonly problems: readonly Problem[] }> {
  const absolute = path.resolve(directory);
  const importer = importModule ?? typescriptImporter(absolute, engineModule);
  const { draft, problems } = await readProject(absolute, importer, variables);
  return { draft, problems: [...problems, ...startRules.flatMap((rule) => rule(draft))] };
}

/** The configuration alone, for who needs no more of the project; and everything that is wrong with it. */
export async function projectConfig(
  directory: string,
  { engineModule, variables, importModule }: ProjectOptions,
): Promise<{ readonly config: ServerConfig; readonly problems: readonly Problem[] }> {
  const absolute = path.resolve(directory);
  const problems: Problem[] = [];
  const importer = importModule ?? typescriptImporter(absolute, engineModule);
  return { ...(await readConfig(absolute, importer, variables, problems)), problems };
}

/**
 * The names of the datasources alone, for who needs no more of the project; what is wrong with it is not told.
 *
 * @returns the names, and whether they are all: not so where a file cannot be imported, or there is no project
 */
export async function datasourceNames(
  directory: string,
  { engineModule, importModule }: Omit<ProjectOptions, 'variables'>,
): Promise<{ readonly names: ReadonlySet<string>; readonly isComplete: boolean }> {
  const absolute = path.resolve(directory);
  return await readDatasourceNames(absolute, importModule ?? typescriptImporter(absolute, engineModule));
}

/** Makes a draft that has no problems executable. */
export function projectOf({
  directory,
  schema,
  datasources,
  fields,
  config,
  manifest,
}: ProjectDraft): Project {
  if (schema === undefined) throw new Error('A project without a contract cannot be served.');
  attachResolvers(fields);
  const contracts = contractsOf(schema);
  for (const contract of contracts.values()) protect(contract, schema, config.access.everyOwnerScope);
  const bindings = new Map(fields.filter(isBound).map((field) => [field.coordinate, field]));
  return { directory, schema, contracts, datasources, bindings, config, manifest: manifest ?? new Map() };
}
