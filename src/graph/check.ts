import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isObjectType } from 'graphql';
import type { Problem } from '../config/problems.ts';
import { operationsOf } from '../operations/datasource.ts';
import { isBound, type ProjectDraft } from './draft.ts';
import { draftProject, type ProjectOptions } from './project.ts';
import { projectFiles } from './project-files.ts';
import { checkRules } from './rules/check-rules.ts';
import { unusedOperations } from './rules/unused-operations.ts';
import { typeCheck } from './type-check.ts';

/** What `check` found. */
export interface CheckReport {
  readonly problems: readonly Problem[];
  /** Worth knowing, and no reason to fail: whole sentences. */
  readonly notes: readonly string[];
  readonly types: number;
  readonly bindings: number;
  readonly operations: number;
}

/**
 * Checks a graph project without serving it: its types, then everything that would stop a start, then the rules. Opens
 * no datasource, and needs no setting: what can be told of documents without is told.
 */
export async function checkProject(directory: string, options: ProjectOptions): Promise<CheckReport> {
  const absolute = path.resolve(directory);
  const [typeProblems, { draft, problems }] = await Promise.all([
    typeCheck(absolute),
    draftProject(absolute, options),
  ]);
  const documentProblems = await problemsOfDocuments(draft);
  const unused = unusedOperations(draft, await resolverTexts(absolute));
  return {
    problems: [
      ...typeProblems,
      ...problems,
      ...documentProblems,
      ...checkRules.flatMap((rule) => rule(draft)),
    ],
    notes: unused.map((name) => `No field uses the operation \`${name}\`.`),
    ...countsOf(draft),
  };
}

/** A datasource knows its name, and not the file that it was defined in. */
async function problemsOfDocuments({ datasources }: ProjectDraft): Promise<readonly Problem[]> {
  const found = await Promise.all(
    datasources.map(async ({ info, file }) =>
      ((await info.check?.()) ?? []).map((each) => ({
        ...each,
        place: each.place === info.name ? file : each.place,
      })),
    ),
  );
  return found.flat();
}

function countsOf({ schema, fields, datasources }: ProjectDraft) {
  const types = Object.values(schema?.getTypeMap() ?? {});
  return {
    types: types.filter((type) => isObjectType(type) && !type.name.startsWith('__')).length,
    bindings: fields.filter(isBound).length,
    operations: datasources.flatMap(({ datasource }) => operationsOf(datasource)).length,
  };
}

async function resolverTexts(directory: string): Promise<readonly string[]> {
  const files = (await projectFiles(directory, 'resolvers', '.ts')) ?? [];
  return Promise.all(files.map((file) => readFile(path.join(directory, file), 'utf8')));
}
